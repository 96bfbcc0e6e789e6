"""Measures: every metric that applies, on every column, of all rows and of each segment."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, Self
from weakref import WeakKeyDictionary

from driftline import registry
from driftline.metrics.base import Metric
from driftline.profiles.plan import ColumnPlan, Plan
from driftline.profiles.profile import ColumnProfile, NoSketchError, Profile
from driftline.profiles.segments.groups import Groups, list_groups
from driftline.profiles.sketches.confusion import Confusion
from driftline.types import Estimate, Health, ProfileKey, Role, SeriesKey
from driftline.verdicts.measurement import Measurement
from driftline.windows import Window

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


class _Compared(NamedTuple):
    """What a window is compared with: the profiles, that of its season, and what of each series is tolerated."""

    profiles: Mapping[ProfileKey, Profile]
    season: Profile | None
    tolerances: Mapping[SeriesKey, float]

    @classmethod
    def over(cls, reference: "Reference", span: Window | None) -> Self:
        baseline = reference.baseline
        return cls(reference.profiles, baseline.season(span), baseline.tolerances_of(span))


def measure(reference: "Reference", current: "Current", *, needs_labels: bool | None = None) -> list[Measurement]:
    """All measurements of one check, in a fixed order: all rows first, then the segments by name.

    Metrics that are followed over windows compare all rows with the reference's windows of the same season, where it
    has any. `needs_labels` takes only the metrics that need labels, or only the others; None takes all.
    """
    of_rows = measure_profiles(reference, current.profiles, current.span, needs_labels=needs_labels)
    return [*of_rows, *_measure_fairness(reference, current, needs_labels)]


def measure_profiles(
    reference: "Reference",
    profiles: Mapping[ProfileKey, Profile],
    span: Window | None,
    *,
    needs_labels: bool | None = None,
) -> list[Measurement]:
    """The measurements of these profiles, whose rows stand for `span`; without fairness, which compares segments."""
    wanted = reference.plan.config.only
    metrics = [metric for metric in registry.every("metrics").values() if is_wanted(metric.family, wanted)]
    moving = _Compared.over(reference, span)
    fixed = moving if reference.fixed is None else _Compared.over(reference.fixed, span)
    sides = {metric.name: moving if reference.of_metric(metric.name) is reference else fixed for metric in metrics}
    return [
        measurement
        for key in sorted(profiles)
        for metric in metrics
        if not key.window and key in (side := sides[metric.name]).profiles and (not key.segment or metric.by_segment)
        for measurement in measure_metric(
            metric, reference.plan, key, profiles[key],
            choose_side(metric, side.profiles[key], None if key.segment else side.season),
            side.tolerances, needs_labels=needs_labels,
        )
    ]  # fmt: skip


def _measure_fairness(reference: "Reference", current: "Current", needs_labels: bool | None) -> Iterator[Measurement]:
    """How far the groups of each protected attribute are apart, now and in the reference."""
    plan = reference.plan
    sides = zip(list_groups(plan, current.profiles), list_groups(plan, reference.profiles), strict=True)
    for now, was in sides:
        for metric in registry.every("metrics").values():
            settings = plan.metric_settings(metric.name)
            wanted = metric.on == "groups" and settings.enabled and is_wanted(metric.family, plan.config.only)
            wanted = wanted and needs_labels in {None, needs_labels_of(metric)} and applies_to_groups(metric, plan)
            if not wanted or not (metric.needs is None or now.labelled):
                continue
            estimate = _call(metric, now, was)
            if estimate is not None:
                yield Measurement(
                    metric, was.column.column, ProfileKey(), estimate,
                    (metric.threshold or 0.0) if settings.threshold is None else settings.threshold,
                    metric.relative if settings.relative is None else settings.relative,
                    metric.judged if settings.judged is None else settings.judged,
                    stated=settings.threshold is not None or settings.relative is not None,
                )  # fmt: skip


def applies_to_groups(metric: Metric, plan: Plan) -> bool:
    """Whether a metric of groups is one of a model like this: its task, and the columns that it needs."""
    return plan.task in metric.tasks and (metric.needs is None or bool(metric.needs.suits(plan)))


def choose_side(metric: Metric, whole: Profile, season: Profile | None) -> Profile:
    """What a window is compared with: the reference's windows of its season, if there are any and the metric asks."""
    return season if season is not None and metric.seasonal else whole


def measure_metric(  # noqa: PLR0913 - each is a fact of its own
    metric: Metric,
    plan: Plan,
    key: ProfileKey,
    current: Profile,
    reference: Profile,
    tolerances: Mapping[SeriesKey, float] | None = None,
    *,
    needs_labels: bool | None = None,
) -> Iterator[Measurement]:
    """The measurements of one metric on one pair of profiles."""
    pair = [(current, reference)]
    return chain.from_iterable(measure_pairs(metric, plan, key, pair, tolerances, needs_labels=needs_labels))


def measure_pairs(
    metric: Metric,
    plan: Plan,
    key: ProfileKey,
    pairs: Iterable[tuple[Profile, Profile]],
    tolerances: Mapping[SeriesKey, float] | None = None,
    *,
    needs_labels: bool | None = None,
) -> Iterator[list[Measurement]]:
    """The measurements of one metric on each of some pairs of current and reference profile; nothing if it has none."""
    asked = _ask(metric, plan, key.segment, needs_labels)
    if not asked.columns or not metric.installed:
        return
    learnt = {} if asked.own_threshold else tolerances or {}
    facts = [
        (column, judged, learnt.get(SeriesKey(metric.name, column.name if column else None), 0.0) if learnt else 0.0)
        for column, judged in asked.columns
    ]
    for current, reference in pairs:
        ready = _is_ready(metric, current, reference)
        compared = asked.stated or not (metric.family == "performance" and _has_one_class(reference))
        yield [
            Measurement(
                metric,
                column.column if column else None,
                key,
                estimate,
                asked.threshold,
                asked.relative,
                own and compared,
                most,
                asked.stated,
            )
            for column, own, most in (facts if ready else ())
            if (estimate := _estimate(metric, column, current, reference)) is not None
        ]


class _Asked(NamedTuple):
    """What a plan asks of a metric: its limits, and the columns (None: the table), each with whether it is judged."""

    metric: Metric
    threshold: float
    relative: float
    own_threshold: bool
    stated: bool
    columns: Sequence[tuple[ColumnPlan | None, bool]]


_ASKED: WeakKeyDictionary[Plan, dict[tuple[str, str, bool | None], _Asked]] = WeakKeyDictionary()


def _ask(metric: Metric, plan: Plan, segment: str, needs_labels: bool | None) -> _Asked:
    """What a plan asks of a metric, in all rows or in a segment; worked out once, for it is asked in each window."""
    known, key = _ASKED.setdefault(plan, {}), (metric.name, segment, needs_labels)
    if key not in known or known[key].metric is not metric:
        settings = plan.metric_settings(metric.name, segment)
        judged = metric.judged if settings.judged is None else settings.judged
        described = plan.describes or metric.on == "table" or metric.name in plan.config.metrics
        wanted = settings.enabled and is_wanted(metric.family, plan.config.only) and (judged or described)
        columns = _columns(metric, plan, needs_labels, described=described) if wanted else []
        known[key] = _Asked(
            metric,
            (metric.threshold or 0.0) if settings.threshold is None else settings.threshold,
            metric.relative if settings.relative is None else settings.relative,
            settings.threshold is not None,
            settings.threshold is not None or settings.relative is not None,
            [(column, judged and _is_judged(column)) for column in columns],
        )
    return known[key]


def omit_sketches(plan: Plan) -> Plan:
    """The plan without the sketches that no metric needs which it has measured, by its settings, checks and detectors.

    Where no metric is left out by `only` or `metrics`, it is the plan as it is.
    """
    config = plan.config
    if not config.only and all(settings.enabled for settings in config.metrics.values()):
        return plan
    asked = {check.subject for check in config.checks}
    asked |= {detector.watched.subject for detector in config.detectors if detector.rows is None}
    needed: set[str] = set()
    others: set[str] = set()
    for metric in registry.every("metrics").values():
        if metric.needs is not None and metric.needs.ON_DEMAND and metric.needs.suits(plan):
            wanted = metric.name in asked or _may_be_measured(metric, plan)
            (needed if wanted else others).add(metric.needs.__name__)
    return replace(plan, omitted=tuple(sorted(others - needed)))


def _may_be_measured(metric: Metric, plan: Plan) -> bool:
    """Whether a metric is wanted and enabled, in all rows or in one of the segments that have settings of their own."""
    own = (split.metrics.get(metric.name) for split in plan.config.splits)
    enabled = [plan.metric_settings(metric.name).enabled, *(part.enabled for part in own if part is not None)]
    return is_wanted(metric.family, plan.config.only) and any(enabled)


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


def _columns(metric: Metric, plan: Plan, needs_labels: bool | None, *, described: bool) -> Sequence[ColumnPlan | None]:
    """The columns that a metric is measured on, None for the table; unless `described` only those that are judged."""
    if not plan.task_in(metric.tasks):
        return []
    if metric.on == "table":
        return [None] if needs_labels in {None, needs_labels_of(metric)} else []
    if metric.on == "groups":
        return []
    return [
        column
        for column in plan.columns
        if _applies(metric, column)
        and needs_labels in {None, needs_labels_of(metric, column.role)}
        and (described or _is_judged(column))
    ]


def _estimate(metric: Metric, column: ColumnPlan | None, current: Profile, reference: Profile) -> Estimate | None:
    """The estimate of the table, or of a column; None where there is nothing to estimate."""
    if column is None:
        return _call(metric, current, reference)
    if not current.rows or column.name not in reference.columns:
        return None
    now, was = (side.column(column.name, metric.needs) for side in (current, reference))
    late = column.role is Role.TARGET and not now.counts.values  # the labels may still come
    return _call(metric, now, was) if not late and (now.n or metric.certain) else None


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


def _has_one_class(reference: Profile) -> bool:
    """Whether all labels of a classification's reference are of one class: all answers of that class are right there.

    How right a model was is then no measure of how right it is; `constant_labels` says so.
    """
    confusion = reference.get_or_none(Confusion)
    return confusion is not None and len([true for true, row in confusion.pairs.items() if row]) == 1


def _is_ready(metric: Metric, current: Profile, reference: Profile) -> bool:
    if metric.needs is None:
        return True
    target = current.plan.with_role(Role.TARGET)
    labelled = target is None or metric.family != "performance" or current.columns[target.name].counts.values > 0
    return (
        labelled and current.get_or_none(metric.needs) is not None and reference.get_or_none(metric.needs) is not None
    )
