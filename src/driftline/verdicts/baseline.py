"""What the reference teaches about itself: how much its own windows differ from the whole, by metric and column."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass, field
from functools import reduce
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from driftline import registry
from driftline.config.budget import DAY, Budget
from driftline.profiles.plan import Plan
from driftline.profiles.profile import Profile
from driftline.stats import intervals
from driftline.stats.ranks import kruskal_wallis
from driftline.types import Level, ProfileKey
from driftline.verdicts.measure import of
from driftline.verdicts.measurement import Measurement
from driftline.verdicts.tolerance import BaselineStats
from driftline.windows import Windows, weekday

_DAYS = (1, 7)
_LEAST = 3  # windows of one length, to learn from them


@dataclass(frozen=True)
class Baseline:
    """How each metric's effect on each column ("metric/column") varies among the reference's windows, by days.

    Tolerated is the largest that there was; where the next window could well be over that, as far as it will not be on
    any metric and column but for the share of windows that the budget allows, if windows were independent and normal.
    """

    effects: Mapping[int, Mapping[str, BaselineStats]] = field(default_factory=dict)
    replayed: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    """How many windows there were, and how many alert by what others teach: by days (0: days against their weekday; of
    windows shorter than a day less than 0: so many seconds)."""

    def usual(self, length: float | None, *, seasonal: bool = False) -> Mapping[str, BaselineStats]:
        """What was learnt from windows like one of that length (microseconds): the longest not much longer than it.

        If `seasonal`, from days measured against their weekday.
        """
        if length is not None and (short := self.effects.get(-round(length / 1e6))) is not None:
            return short
        if seasonal:
            return self.effects[0]
        days = [days for days in self.effects if days > 0 and length is not None and days * DAY <= 1.35 * length]
        shortest = min((days for days in self.effects if days > 0), default=0)
        return self.effects.get(max(days, default=shortest), {}) if length is not None else {}

    def of(self, length: float | None, *, seasonal: bool = False) -> Mapping[str, float]:
        """What of it is tolerated of a window."""
        return {key: usual.limit for key, usual in self.usual(length, seasonal=seasonal).items()}

    def with_short(self, width: float, learnt: "Learnt") -> "Baseline":
        """The same, with what windows of a width (microseconds) less than a day teach."""
        key = -round(width / 1e6)
        return Baseline({**self.effects, key: learnt[0]}, {**self.replayed, key: learnt[1]})

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Baseline":
        """The inverse of `state`."""
        effects = {
            int(days): {
                str(key): BaselineStats(float(one[0]), float(one[1]), float(one[2]), float(one[3]), int(one[4]))
                for key, one in found.items()
            }
            for days, found in state["effects"].items()
        }
        return cls(effects, {int(days): (int(one[0]), int(one[1])) for days, one in state["replayed"].items()})

    def state(self) -> dict[str, Any]:
        """Plain values for the codec."""
        effects = {
            days: {key: list(astuple(one)) for key, one in found.items()} for days, found in self.effects.items()
        }
        return {"effects": effects, "replayed": {days: list(one) for days, one in self.replayed.items()}}


def calibrate(
    plan: Plan, cells: Mapping[ProfileKey, Profile], windows: Windows
) -> tuple[Baseline, dict[ProfileKey, Profile]]:
    """Learn from the reference's daily windows, and from the weeks that they make; and its weekdays if they differ."""
    whole = cells[ProfileKey()]
    days = [
        (i, cells[ProfileKey(windows.name(i))]) for i in range(windows.count) if ProfileKey(windows.name(i)) in cells
    ]
    learnt, replayed = {}, {}
    kept: dict[ProfileKey, Profile] = {}
    for length in _DAYS:
        blocks = [list(block) for _, block in groupby(days, key=lambda day: day[0] // length)]
        full = [
            (block[0][0], reduce(Profile.merge, [day for _, day in block])) for block in blocks if len(block) == length
        ]
        usual = float(np.median([part.rows for _, part in full])) if full else 0.0
        full = [part for part in full if part[1].rows >= usual / 2]  # of a day cut short or an outage nothing is learnt
        if len(full) >= _LEAST:
            taken = taken_of(plan, [(part, whole) for _, part in full])
            learnt[length], replayed[length] = learnt_of(plan, taken, len(full), length * DAY)
            if length == 1 and (seasons := _seasons(plan, taken, full, windows)):
                against = [(part, seasons[_weekday(windows, i)]) for i, part in full]
                weeks = min(sum(_weekday(windows, i) == day for i, _ in full) for day in range(7))
                taken = taken_of(plan, against)
                learnt[0], replayed[0] = learnt_of(plan, taken, len(full), DAY, weeks / (weeks - 1))
                kept = {ProfileKey(season(day)): part for day, part in seasons.items()}
    return Baseline(learnt, replayed), kept


def season(day: int) -> str:
    """What the cell of a weekday is called; 0 is Monday."""
    return f"weekday/{day}"


def _weekday(windows: Windows, index: int) -> int:
    return weekday(windows.start + index * windows.width)


def _seasons(
    plan: Plan, taken: "Taken", days: list[tuple[int, Profile]], windows: Windows
) -> dict[int, Profile] | None:
    """The reference's weekdays, each of at least two days, if they are wanted and differ more than chance lets them."""
    by_day: dict[int, list[Profile]] = {}
    for index, part in days:
        by_day.setdefault(_weekday(windows, index), []).append(part)
    if plan.config.season == "none" or len(by_day) < 7 or min(map(len, by_day.values())) < 2:
        return None
    weekdays = np.array([_weekday(windows, index) for index, _ in days])
    if plan.config.season == "auto":
        p_values = [_differs(weekdays, found) for found in taken.values()]
        if not any(p <= 0.01 / len(p_values) for p in p_values):
            return None
    return {day: reduce(Profile.merge, parts) for day, parts in by_day.items()}


def _differs(weekdays: npt.NDArray[np.int64], found: list[tuple[int, Measurement]]) -> float:
    """The p-value of no difference between the weekdays' effects: analysis of variance of their ranks."""
    at = weekdays[[place for place, _ in found]]
    values = np.array([reading.effect.value for _, reading in found])
    groups = [values[at == day] for day in np.unique(at)]
    if len(groups) < 2 or np.ptp(values) == 0:
        return 1.0
    return kruskal_wallis(groups)


Taken = dict[str, list[tuple[int, Measurement]]]
"""By "metric/column", the readings of windows, each with its place among them."""
Learnt = tuple[dict[str, BaselineStats], tuple[int, int]]
"""How each effect varies among windows; how many windows there are, and how many alert by what the others teach."""


def taken_of(plan: Plan, pairs: list[tuple[Profile, Profile]]) -> Taken:
    """The readings of all windows, each against its reference, that windows are followed by."""
    taken: Taken = {}
    for metric in registry.every("metrics").values():
        if not metric.windowed or not metric.judged:
            continue
        for at, (part, against) in enumerate(pairs):
            for reading in of(metric, plan, ProfileKey(), part, against):
                if reading.estimate.n >= plan.config.judge.min_rows and math.isfinite(reading.effect.value):
                    key = f"{metric.name}/{reading.column.name if reading.column else ''}"
                    taken.setdefault(key, []).append((at, reading))
    return taken


def learnt_of(plan: Plan, taken: Taken, count: int, width: float, scale: float = 1.0) -> Learnt:
    """What so many windows teach.

    `scale` makes up for windows being part of what they are measured against.
    """
    chance = Budget.parse(plan.config.alerts.budget).chance(width) / max(len(taken), 1)
    effects = {
        key: _usual(scale * np.array([reading.effect.value for _, reading in found]), chance)
        for key, found in taken.items()
    }
    return effects, (count, len({at for found in taken.values() for at in _alerting(found, chance)}))


def _alerting(found: list[tuple[int, Measurement]], chance: float) -> Iterator[int]:
    """The windows in which this reading alerts, by the limit that all the others set."""
    values = np.array([reading.effect.value for _, reading in found])
    for place, (at, reading) in enumerate(found):
        others = np.delete(values, place)
        effect = reading.effect
        beyond = reading.metric.most is Level.ALERT and effect.p_value <= chance and effect.low > reading.smallest
        if beyond and others.size > 1 and effect.low > _usual(others, chance).limit:
            yield at


def _usual(values: npt.NDArray[np.float64], chance: float) -> BaselineStats:
    limit = max(0.0, float(values.max()), intervals.upper_prediction(values, chance))
    if values.size < 2:
        return BaselineStats(limit)
    apart = values - values.mean()
    squares = float((apart**2).sum())
    follows = float((apart[1:] * apart[:-1]).sum()) / squares if squares else 0.0
    follows += (1 + 3 * follows) / values.size  # short series make it look less than it is (Kendall 1954)
    return BaselineStats(
        limit, float(values.mean()), float(values.std(ddof=1)), min(max(follows, 0.0), 0.9), values.size
    )
