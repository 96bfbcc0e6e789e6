"""Assembles the result of a check: verdicts with their onset, a person's own limits, charts and notes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version

from driftline import registry
from driftline.types import Level, ProfileKey, Role, Verdict
from driftline.verdicts.baseline import describe_changes
from driftline.verdicts.charts import chart_columns
from driftline.verdicts.checks.evaluate import evaluate_checks
from driftline.verdicts.decide import decide
from driftline.verdicts.measure import measure_metric, needs_labels_of
from driftline.verdicts.result import Result
from driftline.verdicts.sections.audit import audit_estimates
from driftline.verdicts.sections.figures import make_figures
from driftline.verdicts.sections.groups import note_groups, tabulate_groups
from driftline.verdicts.sections.notes import compare_labelled, notes
from driftline.verdicts.sections.residuals import chart_residuals_over_time
from driftline.verdicts.sections.weak_segments import tabulate_weak_segments
from driftline.verdicts.sides import Current, Reference
from driftline.verdicts.timeline import date_verdicts
from driftline.windows import microseconds


def assemble(
    reference: Reference,
    current: Current,
    verdicts: Sequence[Verdict],
    *,
    elapsed: float,
    needs_labels: bool | None = None,
) -> Result:
    """The result of a check that took so many seconds.

    `needs_labels` takes only the limits of a person's own that need labels, or only the others; None takes all.
    """
    plan = reference.plan
    timelines, dated = date_verdicts(reference, current, verdicts)
    end = current.window.end if current.window else None
    now = next((time for time in (current.now, end) if time is not None), microseconds(datetime.now(UTC)))
    fitted = reference.fixed or reference  # a person's own limits are of the rows that the monitor was fitted on
    limits = evaluate_checks(plan, current.profiles, fitted.profiles, now)
    kept = [limit for limit in limits if needs_labels in {None, _is_labelled(reference, limit)}]
    whole = reference.profiles[ProfileKey()]
    return Result(
        model=plan.config.model.name, task=plan.task, reference=reference.dataset, current=current.dataset,
        columns=tuple(column.column for column in plan.columns),
        verdicts=(*dated, *_describe_segments(reference, current, verdicts), *kept),
        distributions=tuple(chart_columns(current.profiles[ProfileKey()], whole)), timelines=timelines,
        fingerprint=plan.fingerprint,
        figures=(
            *tabulate_groups(reference, current),
            *tabulate_weak_segments(current.profiles[ProfileKey()], whole),
            *audit_estimates(reference, current),
            *make_figures(current.profiles[ProfileKey()], whole),
            *chart_residuals_over_time(reference, current),
        ),
        positive=plan.positive,
        version=_find_version(), created=datetime.now(UTC).isoformat(timespec="seconds"), elapsed=elapsed,
        window=str(current.window) if current.window else None, zone=plan.zone,
        notes=(
            *notes(plan, current.profiles[ProfileKey()], whole, current.grid),
            *compare_labelled(plan, current.profiles),
            *note_groups(reference, current),
            *describe_changes(fitted.baseline.changes),
        ),
    )  # fmt: skip


@cache
def _find_version() -> str:
    """The installed version; its file is read once, not in each window."""
    return version("driftline")


def _describe_segments(reference: Reference, current: Current, verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Mean, median and standard deviation of each column that drifts in a segment: so that how much can be said."""
    plan, metrics = reference.plan, registry.every("metrics")
    drifting = {
        (ProfileKey(segment=verdict.segment), verdict.column): None
        for verdict in verdicts
        if verdict.segment and verdict.column and verdict.family == "drift" and verdict.level.rank >= Level.WARNING.rank
    }
    measurements = [
        replace(measurement, judged=False)
        for key, column in drifting
        for name in ("mean", "median", "std")
        for measurement in measure_metric(
            metrics[name], plan, key, current.profiles[key].only(column), reference.profiles[key].only(column)
        )
    ]  # fmt: skip
    return decide(measurements, plan.config.judge, lambda p_values, _: [False] * len(p_values))


def _is_labelled(reference: Reference, limit: Verdict) -> bool:
    metric = registry.every("metrics").get(limit.metric)
    column = reference.plan.by_name.get(limit.column or "")
    role = column.role if column else None
    return role is Role.TARGET if metric is None else needs_labels_of(metric, role)
