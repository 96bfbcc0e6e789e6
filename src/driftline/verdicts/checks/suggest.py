"""Limits that a reference suggests: lines for `checks:`, each with its reason, for a person to take or leave."""

import math
from collections.abc import Iterator, Mapping

from driftline import humanize, registry
from driftline.config.budget import DAY
from driftline.config.checks import write_name, write_value
from driftline.profiles.plan import Plan
from driftline.profiles.profile import ColumnProfile, Profile
from driftline.profiles.sketches.distinct import Distinct
from driftline.profiles.sketches.moments import Moments
from driftline.types import Kind, Role, SeriesKey
from driftline.verdicts.baseline import Baseline
from driftline.verdicts.checks import facts
from driftline.verdicts.seasons import WindowKind

_MOST_COLUMNS, _MOST_VALUES, _LONGEST = 60, 12, 30
_ROOM = 1.2


def suggest_checks(plan: Plan, reference: Profile, baseline: Baseline) -> list[tuple[str, str]]:
    """Pairs of a limit and its reason. The reference itself keeps them all, and so did each of its days.

    A share or an error may be a fifth more than days of the reference may have (than in all of it, where no days are
    known); values may be those of the reference, and numbers a tenth beyond. Of wide tables the first 60 columns.
    """
    days = {series: stats.limit for series, stats in baseline.stats.get(WindowKind(DAY), {}).items()}
    columns = [column for column in reference.columns.values() if column.plan.source is None and column.n]
    found = [line for column in columns[:_MOST_COLUMNS] for line in _of_column(column, days)]
    return [*found, *_of_model(plan, reference, days)]


def _of_column(column: ColumnProfile, days: Mapping[SeriesKey, float]) -> Iterator[tuple[str, str]]:
    plan, name = column.plan, write_name(column.plan.name)
    if plan.role is Role.ID and facts.repeated(column).value == 0:
        yield f"unique({name})", f"none of {column.n:,} repeats in the reference"
    share = column.counts.null / column.n
    if plan.role is not Role.ID and share < 0.9:
        worst = share + days.get(SeriesKey("missing", plan.name), 0.0)
        said = f"in the reference {humanize.quantity(share, 'share') if share else 'none'}"
        said += f", on a day up to {humanize.quantity(worst, 'share')}" if worst > share else ""
        yield f"missing({name}) <= {min(math.ceil(100 * max(_ROOM * worst, worst + 0.01)), 100)}%", said
    if plan.role is Role.FEATURE and plan.kind in {Kind.CATEGORICAL, Kind.BOOLEAN} and plan.complete:
        # a set with a label that is not kept cannot be written
        plain = len(plan.common) == len(plan.categories) and all(
            len(label) <= _LONGEST and label.isprintable() and "'" not in label for label in plan.categories
        )
        if 1 < len(plan.categories) <= _MOST_VALUES and plain and not column.counts.invalid:
            yield (
                f"values({name}) in {{{', '.join(map(write_value, sorted(plan.categories)))}}}",
                "all that the reference has",
            )
    if plan.kind is Kind.NUMERIC and plan.role is not Role.SCORE and column.get(Distinct).hashes.size > 1:
        yield from _range(column, name)


def _range(column: ColumnProfile, name: str) -> Iterator[tuple[str, str]]:
    moments, counts = column.get(Moments), column.counts
    reach = moments.maximum - moments.minimum
    odd = counts.invalid + counts.positive_infinite + counts.negative_infinite
    if not moments.n or odd or not 1e-6 < reach < 1e12:
        return
    low, high = moments.minimum, moments.maximum
    said, mostly = f"{humanize.number(low)} to {humanize.number(high)} in the reference", ""
    if column.plan.core is not None and 0 < (middle := column.plan.core[1] - column.plan.core[0]) < reach / 10:
        low, high, reach, mostly = *column.plan.core, middle, " mostly 95%"  # its ends are far out: strays
        said = f"{said}, 98 % of them {humanize.number(low)} to {humanize.number(high)}"
    whole = column.plan.column.dtype.startswith(("Int", "UInt"))
    step = max(10.0 ** math.floor(math.log10(reach / 10)), 1.0 if whole else 0.0)
    bottom = 0 if low >= 0 else math.floor((low - reach / 10) / step)
    yield (
        f"values({name}) in [{_plain(bottom * step)}, {_plain(math.ceil((high + reach / 10) / step) * step)}]{mostly}",
        said,
    )


def _of_model(plan: Plan, reference: Profile, days: Mapping[SeriesKey, float]) -> Iterator[tuple[str, str]]:
    """Limits on the judged measures of performance, against the reference's own value."""
    for name, metric in registry.every("metrics").items():
        needs = metric.needs
        if metric.family != "performance" or not metric.judged or metric.compares or not plan.task_in(metric.tasks):
            continue
        if (
            metric.on != "table"
            or metric.worse == "both"
            or (needs is not None and reference.get_or_none(needs) is None)
        ):
            continue
        found = metric(reference, reference)
        value = found.value if found is not None else None
        if value is None or value <= 0:
            continue
        far = days.get(SeriesKey(name), 0.0)
        percent = max(10, 5 * math.ceil(20 * _ROOM * far / value))
        said = f"in the reference {humanize.quantity(value, metric.unit)}"
        sign, worst = ("<=", value + far) if metric.worse == "up" else (">=", value - far)
        said += f", on a day up to {humanize.quantity(worst, metric.unit)}" if far > 0 else ""
        if metric.worse == "up" or percent < 100:
            yield f"{name} {sign} reference {'+' if metric.worse == 'up' else '-'} {percent}%", said


def _plain(number: float) -> str:
    return f"{number:.10g}"
