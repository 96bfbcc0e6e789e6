"""Finds what changed inside of the reference itself: two halves that differ do not say what is normal."""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from driftline import registry
from driftline.profiles.plan import Plan
from driftline.profiles.profile import Profile
from driftline.stats.divergence import jensen_shannon_alone
from driftline.types import ProfileKey
from driftline.verdicts.baseline import ReferenceChange
from driftline.verdicts.measure import measure_metric
from driftline.verdicts.measurement import Measurement
from driftline.windows import Windows, iso, local

_QUARTERS = 4
_FEWEST = 8
"""Days from which on a change is looked for."""
_VOLUME = 1.5
"""Times as many rows a day from which on their number is said to have changed."""

Days = Sequence[tuple[int, Profile]]
"""The profiles of days, each with its place in the grid of windows."""


def find_changes(plan: Plan, days: Days, windows: Windows) -> tuple[ReferenceChange, ...]:
    """The lasting changes inside of a reference: that of the number of rows, then those of columns, the largest first.

    The days are cut after each quarter of them. A column changed where the rows after a cut surely differ from those
    before it by what matters in a check. The day is the one that best parts the days into such as are nearer to the
    first quarter, and such as are nearer to the last.
    """
    if len(days) < _FEWEST:
        return ()
    ends = [round(len(days) * quarter / _QUARTERS) for quarter in range(_QUARTERS + 1)]
    blocks = [
        reduce(Profile.merge, [part for _, part in days[start:end]])
        for start, end in pairwise(ends)
    ]  # fmt: skip
    found: dict[str, Measurement] = {}
    for cut in range(1, _QUARTERS):
        before, after = reduce(Profile.merge, blocks[:cut]), reduce(Profile.merge, blocks[cut:])
        for column, measurement in _measure(plan, after, before).items():
            if column not in found or _size(measurement) > _size(found[column]):
                found[column] = measurement
    columns = sorted((column for column in found if _size(found[column]) > 1), key=lambda name: -_size(found[name]))
    changes = [_date(plan, column, days, (blocks[0], blocks[-1]), windows) for column in columns]
    return (*_find_volume(days, windows), *changes)


def _measure(plan: Plan, current: Profile, reference: Profile) -> Mapping[str, Measurement]:
    """The distribution's distance of each column that is judged and not derived from another."""
    return {
        measurement.column.name: measurement
        for measurement in measure_metric(
            registry.every("metrics")["jensen_shannon"], plan, ProfileKey(), current, reference
        )
        if measurement.judged and measurement.column and plan.by_name[measurement.column.name].source is None
    }


def _size(measurement: Measurement) -> float:
    """How surely it matters: the least effect in times of the smallest that matters; from 1 on it does."""
    return measurement.effect.low / measurement.min_effect


def _date(plan: Plan, column: str, days: Days, ends: tuple[Profile, Profile], windows: Windows) -> ReferenceChange:
    first, last = (end.columns[column].grouped for end in ends)
    grouped = [part.columns[column].grouped for _, part in days]
    nearer = np.array([jensen_shannon_alone(own, first) - jensen_shannon_alone(own, last) for own in grouped])
    place = _split(nearer)
    before, after = (
        reduce(Profile.merge, [part.only(column) for _, part in own]) for own in (days[:place], days[place:])
    )
    start = iso(local(windows.window(days[place][0]).start, windows.zone))[:10]
    median = next(measure_metric(registry.every("metrics")["median"], plan, ProfileKey(), after, before), None)
    if median is not None and median.estimate.value is not None and median.reference_value is not None:
        return ReferenceChange(column, start, "median", median.reference_value, median.estimate.value)
    own = _measure(plan, after, before)[column]
    return ReferenceChange(column, start, own.metric.title, None, own.effect.value)


def _split(values: npt.NDArray[np.float64]) -> int:
    """The place (1 to n - 1) that best parts values (n,) into two with means of their own, by least squares."""
    counts = np.arange(1, values.size)
    sums = np.cumsum(values - values.mean())[:-1]
    return int(np.argmax(sums**2 / (counts * (values.size - counts)))) + 1


def _find_volume(days: Days, windows: Windows) -> Iterator[ReferenceChange]:
    """The change of the number of rows a day, by weeks' medians on both sides of the day that parts them best."""
    rows = np.array([part.rows for _, part in days], np.float64)
    place = _split(np.log(np.maximum(rows, 1.0)))
    least = len(days) // _QUARTERS
    if not least <= place <= len(days) - least:
        return
    before, after = float(np.median(rows[:place])), float(np.median(rows[place:]))
    if max(before, after) > _VOLUME * max(min(before, after), 1.0):
        start = iso(local(windows.window(days[place][0]).start, windows.zone))[:10]
        yield ReferenceChange(None, start, "rows a day", before, after)
