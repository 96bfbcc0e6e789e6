"""Since when: follows what stands out through the windows of the current rows."""

import dataclasses
from collections.abc import Mapping, Sequence

from driftline import registry
from driftline.profiles.plan import Plan
from driftline.profiles.profile import Profile
from driftline.types import Level, Point, ProfileKey, Timeline, Verdict
from driftline.verdicts.measure import of


def timelines(
    plan: Plan,
    current: Mapping[ProfileKey, Profile],
    reference: Profile,
    verdicts: Sequence[Verdict],
    learnt: Mapping[str, float],
) -> tuple[tuple[Timeline, ...], list[Verdict]]:
    """The timelines of all findings over all rows, and the verdicts with their `since`.

    A finding began with the window that best parts the windows into quiet ones before and those that stand out by
    themselves after: with the fewest windows on the wrong side. `since` stays unknown where even then fewer than half
    of those after stand out. What was there from the first window that can be judged is dated to the first of all.
    """
    windows = [cell for cell in sorted(current) if cell.window]
    lines, dated = [], list(verdicts)
    for position, verdict in enumerate(verdicts):
        metric = registry.every("metrics")[verdict.metric]
        if not windows or verdict.segment or verdict.level.rank < Level.WARNING.rank or not metric.windowed:
            continue
        whole = reference.only(verdict.column)
        taken = [reading for cell in windows for reading in of(metric, plan, cell, current[cell], whole, learnt)]
        judged = registry.find("rules", "budget")(taken, plan.config.judge, plan.config.judge.fdr, {})
        points = tuple(Point(v.window or "", v.value, v.low, v.high, v.n) for v in judged)
        lines.append(
            Timeline(
                metric=verdict.metric,
                title=verdict.title,
                column=verdict.column,
                segment=None,
                unit=verdict.unit,
                reference=verdict.reference,
                threshold=verdict.threshold,
                points=points,
            )
        )
        dated[position] = dataclasses.replace(verdict, since=_began(judged))
    return tuple(lines), dated


def _began(judged: Sequence[Verdict]) -> str | None:
    known = [verdict for verdict in judged if verdict.level is not Level.UNKNOWN]
    bad = [verdict.level.rank >= Level.WARNING.rank for verdict in known]
    if not any(bad):
        return None
    fits = [bad[:start].count(False) + bad[start:].count(True) for start in range(len(bad))]
    start = fits.index(max(fits))
    if 2 * sum(bad[start:]) < len(bad[start:]):
        return None
    return ((known[start] if start else judged[0]).window or "").split("/")[0]
