"""Measures: every metric that applies, on every column, of all rows and of each segment."""

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from driftline import registry
from driftline.metrics.base import Metric
from driftline.profiles.groups import Groups, list_groups
from driftline.profiles.plan import ColumnPlan, Plan
from driftline.profiles.profile import ColumnProfile, NoSketchError, Profile
from driftline.types import Estimate, Health, ProfileKey, Role, SeriesKey
from driftline.verdicts.measurement import Measurement

if TYPE_CHECKING:
    from driftline.verdicts.sides import Current, Reference

_FAMILY_OF = {
    "schema": "quality",
    "estimate": "performance",
    "fairness": "performance",
}  # what the setting `only` counts it to
_Side = Profile | ColumnProfile | Groups
_OF_DERIVED = frozenset({"description", "drift"})
_ALSO_OF_DERIVED = frozenset({"new_categories", "out_of_range"})  # values that were never there show in few groups


def measure(reference: "Reference", current: "Current", *, needs_labels: bool | None = None) -> list[Measurement]:
    """All measurements of one check, in a fixed order: all rows first, then the segments by name.

    Metrics that are followed over windows compare all rows with the reference's windows of the same season, where it
    has any. `needs_labels` takes only the metrics that need labels, or only the others; None takes all.
    """
    season = reference.baseline.season(current.span)
    tolerances = reference.baseline.tolerances_of(current.span)
    keys = [key for key in sorted(current.profiles) if not key.window and key in reference.profiles]
    of_rows = [
        measurement
        for key in keys
        for metric in registry.every("metrics").values()
        if not key.segment or metric.by_segment
        for measurement in measure_metric(
            metric, reference.plan, key, current.profiles[key],
            choose_side(metric, reference.profiles[key], None if key.segment else season),
            tolerances, needs_labels=needs_labels,
        )
    ]  # fmt: skip
    return [*of_rows, *_measure_groups(reference, current, needs_labels)]


def _measure_groups(reference: "Reference", current: "Current", needs_labels: bool | None) -> Iterator[Measurement]:
    """How far the groups of each protected attribute are apart, now and in the reference."""
    plan = reference.plan
    sides = zip(list_groups(plan, current.profiles), list_groups(plan, reference.profiles), strict=True)
    for now, was in sides:
        for metric in registry.every("metrics").values():
            if metric.on == "groups":
                yield from measure_metric(metric, plan, ProfileKey(), now, was, needs_labels=needs_labels)


def choose_side(metric: Metric, whole: Profile, season: Profile | None) -> Profile:
    """What a window is compared with: the reference's windows of its season, if there are any and the metric asks."""
    return season if season is not None and metric.windowed and metric.seasonal else whole


def measure_metric(  # noqa: PLR0913 - each is a fact of its own
    metric: Metric,
    plan: Plan,
    key: ProfileKey,
    current: Profile | Groups,
    reference: Profile | Groups,
    tolerances: Mapping[SeriesKey, float] | None = None,
    *,
    needs_labels: bool | None = None,
) -> Iterator[Measurement]:
    """The measurements of one metric on one pair of profiles."""
    settings = plan.metric_settings(metric.name, key.segment)
    if not settings.enabled or not metric.installed or not is_wanted(metric.family, plan.config.only):
        return
    threshold = (metric.threshold or 0.0) if settings.threshold is None else settings.threshold
    relative = metric.relative if settings.relative is None else settings.relative
    judged = metric.judged if settings.judged is None else settings.judged
    described = plan.describes or metric.on != "column" or metric.name in plan.config.metrics
    if not (judged or described):
        return
    for column, estimate in _estimate(metric, plan, current, reference, needs_labels, described=described):
        if estimate is not None:
            series = SeriesKey(metric.name, column.name if column else None)
            learnt = (tolerances or {}).get(series, 0.0) if settings.threshold is None else 0.0
            yield Measurement(
                metric, column.column if column else None, key, estimate, threshold, relative,
                judged=judged and _is_judged(column), learnt=learnt,
                stated=settings.threshold is not None or settings.relative is not None,
            )  # fmt: skip


def is_wanted(family: str, only: Collection[str]) -> bool:
    """Whether metrics of a family are measured where these alone are judged; descriptions always are.

    >>> [is_wanted(family, ["quality"]) for family in ("schema", "description", "drift")]
    [True, True, False]
    """
    return not only or family == "description" or _FAMILY_OF.get(family, family) in only


def needs_labels_of(metric: Metric, role: Role | None = None) -> bool:
    """Whether a metric, on a column of this role, needs labels; so does what is said of the labels themselves."""
    if metric.family == "fairness":
        return metric.needs is not None
    of_labels = metric.on == "table" and metric.health is Health.MODEL and metric.family != "estimate"
    return is_labelled(metric.family, role) or of_labels


def is_labelled(family: str, role: Role | None) -> bool:
    """Whether a metric of this family, on a column of this role, needs labels, which may come days later.

    >>> is_labelled("drift", Role.PREDICTION), is_labelled("drift", Role.TARGET)
    (False, True)
    """
    return family == "performance" or role is Role.TARGET


def _estimate(
    metric: Metric,
    plan: Plan,
    current: Profile | Groups,
    reference: Profile | Groups,
    needs_labels: bool | None,
    *,
    described: bool,
) -> Iterator[tuple[ColumnPlan | None, Estimate | None]]:
    """The estimate of a table, or of each column it applies to; unless `described` only of columns that are judged."""
    if isinstance(current, Groups) or isinstance(reference, Groups):
        wanted = needs_labels in {None, needs_labels_of(metric)} and applies_to_groups(metric, plan)
        if wanted and (metric.needs is None or _has_labels(current)):
            yield reference.column if isinstance(reference, Groups) else None, _call(metric, current, reference)
        return
    if metric.on == "groups" or not _is_ready(metric, current, reference):
        return
    if metric.on == "table":
        if needs_labels in {None, needs_labels_of(metric)} and plan.task_in(metric.tasks):
            yield None, _call(metric, current, reference)
        return
    for name, whole in reference.columns.items() if current.rows else ():
        column = whole.plan
        if not _applies(metric, column):
            continue
        if needs_labels not in {None, needs_labels_of(metric, column.role)} or not (described or _is_judged(column)):
            continue
        now, was = (side.column(name, metric.needs) for side in (current, reference))
        late = column.role is Role.TARGET and not now.counts.values  # the labels may still come
        if not late and (now.n or metric.certain):
            yield column, _call(metric, now, was)


def applies_to_groups(metric: Metric, plan: Plan) -> bool:
    """Whether a metric of groups is one of a model like this: its task, and the columns that it needs."""
    return plan.task in metric.tasks and (metric.needs is None or bool(metric.needs.suits(plan)))


def _applies(metric: Metric, column: ColumnPlan) -> bool:
    """Whether a metric is one of columns like this."""
    return (
        column.kind in metric.kinds
        and column.role in metric.roles
        and (column.source is None or metric.family in _OF_DERIVED or metric.name in _ALSO_OF_DERIVED)
    )


def _call(metric: Metric, current: _Side, reference: _Side) -> Estimate | None:
    """The estimate; one without a value where a profile was folded before the metric's sketch was there."""
    try:
        return metric(current, reference)
    except NoSketchError:
        return Estimate(value=None, why="the reference was fitted without what it needs; fit it again")


def _is_judged(column: ColumnPlan | None) -> bool:
    return column is None or column.source is None or bool(registry.find("transforms", column.source[1]).judged)


def _has_labels(side: Profile | Groups) -> bool:
    """Whether any row has a label; of a model without a target, whether there are rows."""
    profiles = side.profiles.values() if isinstance(side, Groups) else [side]
    target = side.plan.with_role(Role.TARGET)
    return any(part.columns[target.name].counts.values if target else part.rows for part in profiles)


def _is_ready(metric: Metric, current: Profile, reference: Profile) -> bool:
    if metric.needs is None:
        return True
    target = current.plan.with_role(Role.TARGET)
    labelled = target is None or metric.family != "performance" or current.columns[target.name].counts.values > 0
    return (
        labelled and current.get_or_none(metric.needs) is not None and reference.get_or_none(metric.needs) is not None
    )
