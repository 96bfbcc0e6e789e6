"""Takes the readings: every metric that applies, on every column, of all rows and of each segment."""

from collections.abc import Iterator, Mapping

from driftline import registry
from driftline.config.settings import MetricConfig
from driftline.metrics.base import Metric
from driftline.profiles.plan import ColumnPlan, Plan
from driftline.profiles.profile import ColumnProfile, NoSketchError, Profile
from driftline.types import Estimate, ProfileKey, Role
from driftline.verdicts.lane import Lane
from driftline.verdicts.measurement import Measurement

_OF_DERIVED = frozenset({"description", "drift"})
_ALSO_OF_DERIVED = frozenset({"new_categories", "out_of_range"})  # values that were never there show in few groups


def readings(
    plan: Plan,
    current: Mapping[ProfileKey, Profile],
    reference: Mapping[ProfileKey, Profile],
    learnt: Mapping[str, float],
    season: Profile | None = None,
    lane: Lane | None = None,
) -> list[Measurement]:
    """All readings of one check, in a fixed order: all rows first, then the segments by name.

    `learnt` is how much the reference itself varies, by "metric/column". `season` is what all rows are compared with
    instead, by the metrics that windows are followed by: the reference's days of the same weekday. `lane`
    leaves out what is of the other one.
    """
    cells = [cell for cell in sorted(current) if not cell.window and cell in reference]
    return [
        reading
        for cell in cells
        for metric in registry.every("metrics").values()
        if not cell.segment or metric.by_segment
        for reading in of(metric, plan, cell, current[cell], _like(metric, cell, reference, season), learnt, lane=lane)
    ]


def _like(metric: Metric, cell: ProfileKey, reference: Mapping[ProfileKey, Profile], season: Profile | None) -> Profile:
    return season if season is not None and metric.windowed and not cell.segment else reference[cell]


def of(  # noqa: PLR0913 - each is a fact of its own
    metric: Metric,
    plan: Plan,
    cell: ProfileKey,
    current: Profile,
    reference: Profile,
    learnt: Mapping[str, float] | None = None,
    *,
    lane: Lane | None = None,
) -> Iterator[Measurement]:
    """The readings of one metric on one pair of profiles."""
    said = plan.config.metrics.get(metric.name, MetricConfig())
    if not said.enabled or not metric.installed:
        return
    threshold = (metric.threshold or 0.0) if said.threshold is None else said.threshold
    relative = metric.relative if said.relative is None else said.relative
    judged = metric.judged if said.judged is None else said.judged
    if plan.wide and not judged and metric.on == "column" and metric.name not in plan.config.metrics:
        return
    for column, estimate in _estimates(metric, plan, current, reference, lane):
        if estimate is not None:
            key = f"{metric.name}/{column.name if column else ''}"
            shown = column is not None and column.source is not None and not _judges(column.source[1])
            floor = (learnt or {}).get(key, 0.0) if said.threshold is None else 0.0
            yield Measurement(
                metric,
                column.column if column else None,
                cell,
                estimate,
                threshold,
                relative,
                judged and not shown,
                floor,
            )


def _estimates(
    metric: Metric, plan: Plan, current: Profile, reference: Profile, lane: Lane | None
) -> Iterator[tuple[ColumnPlan | None, Estimate | None]]:
    if metric.on == "table":
        if (
            lane in {None, Lane.of(metric.family, None)}
            and _ready(metric, current, reference)
            and plan.task_in(metric.tasks)
        ):
            yield None, _taken(metric, current, reference)
        return
    if not _ready(metric, current, reference):
        return
    for name, whole in reference.columns.items():
        column = whole.plan
        if lane not in {None, Lane.of(metric.family, column.role)}:
            continue
        now, was = (side.column(name, metric.needs) for side in (current, reference))
        late = column.role is Role.TARGET and not now.counts.values  # the truth may still come
        if (
            column.kind in metric.kinds
            and column.role in metric.roles
            and current.rows
            and not late
            and (now.n or metric.certain)
            and (column.source is None or metric.family in _OF_DERIVED or metric.name in _ALSO_OF_DERIVED)
        ):
            yield column, _taken(metric, now, was)


def _taken(metric: Metric, current: Profile | ColumnProfile, reference: Profile | ColumnProfile) -> Estimate | None:
    """The estimate; one without a value where a profile was folded before the metric's sketch was there."""
    try:
        return metric(current, reference)
    except NoSketchError:
        return Estimate(value=None, detail={"why": "the reference was fitted without what it needs; fit it again"})


def _judges(derivation: str) -> bool:
    return bool(registry.find("transforms", derivation).judged)


def _ready(metric: Metric, current: Profile, reference: Profile) -> bool:
    if metric.needs is None:
        return True
    target = current.plan.with_role(Role.TARGET)
    labelled = target is None or metric.family != "performance" or current.columns[target.name].counts.values > 0
    return (
        labelled and current.get_or_none(metric.needs) is not None and reference.get_or_none(metric.needs) is not None
    )
