"""Since when: follows what stands out through the windows of the current rows."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from driftline import registry
from driftline.types import Level, Point, ProfileKey, Timeline, Verdict
from driftline.verdicts.measure import choose_side, measure_metric

if TYPE_CHECKING:
    from driftline.verdicts.sides import Current, Reference


def date_verdicts(
    reference: "Reference", current: "Current", verdicts: Sequence[Verdict]
) -> tuple[tuple[Timeline, ...], list[Verdict]]:
    """The timelines of all findings over all rows, and the verdicts with their `since`.

    Each window is judged by the rule that is set, with a memory of its own. A finding began with the window that best
    parts the windows into quiet ones before and those that stand out by themselves after: with the fewest windows on
    the wrong side. `since` stays unknown where even then fewer than half of those after stand out. What was there from
    the first window that can be judged is dated to the first of all.
    """
    plan, profiles = reference.plan, current.profiles
    windows = [key for key in sorted(profiles) if key.window]
    rule = registry.find("rules", plan.config.alerts.rule)
    whole, season = reference.profiles[ProfileKey()], reference.baseline.season(current.span)
    tolerances = reference.baseline.tolerances_of(current.span)
    timelines, dated = [], list(verdicts)
    for position, verdict in enumerate(verdicts):
        metric = registry.every("metrics").get(verdict.metric)  # a detector's verdict has its own time
        if not windows or verdict.segment or verdict.level.rank < Level.WARNING.rank:
            continue
        if metric is None or not metric.windowed:
            continue
        side = choose_side(metric, whole, season).only(verdict.column)
        measurements = [
            measurement
            for key in windows
            for measurement in measure_metric(metric, plan, key, profiles[key], side, tolerances)
        ]
        judged = rule(measurements, plan.config.judge, plan.config.judge.fdr, {})
        timelines.append(
            Timeline(
                metric=verdict.metric,
                title=verdict.title,
                column=verdict.column,
                segment=None,
                unit=verdict.unit,
                reference=verdict.reference,
                threshold=verdict.threshold,
                points=tuple(Point(v.window or "", v.value, v.low, v.high, v.n) for v in judged),
            )
        )
        dated[position] = dataclasses.replace(verdict, since=find_onset(judged))
    return tuple(timelines), dated


def find_onset(judged: Sequence[Verdict]) -> str | None:
    """The start of the window, of these in order, in which a finding began; None where that cannot be said."""
    known = [verdict for verdict in judged if verdict.level is not Level.UNKNOWN]
    bad = [verdict.level.rank >= Level.WARNING.rank for verdict in known]
    if not any(bad):
        return None
    fits = [bad[:start].count(False) + bad[start:].count(True) for start in range(len(bad))]
    start = fits.index(max(fits))
    if 2 * sum(bad[start:]) < len(bad[start:]):
        return None
    return ((known[start] if start else judged[0]).window or "").split("/")[0]
