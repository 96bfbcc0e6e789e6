"""Results of what needs labels while some are still to come, and of both halves of a window together."""

from collections.abc import Mapping
from dataclasses import replace

from driftline.profiles.plan import Plan
from driftline.profiles.profile import Profile
from driftline.types import Level, ProfileKey, Role, Verdict
from driftline.verdicts.result import Result


def join_results(inputs: Result, labelled: Result | None = None) -> Result:
    """One result of what needs no labels and what does."""
    if labelled is None:
        return inputs
    return replace(
        inputs,
        verdicts=inputs.verdicts + labelled.verdicts,
        timelines=inputs.timelines + labelled.timelines,
        notes=tuple(dict.fromkeys(inputs.notes + labelled.notes)),
    )


def as_provisional(result: Result, share: float) -> Result:
    """A result while labels are still to come: rows that have theirs soon may differ from the others."""
    if share >= 1:
        return result
    return replace(result, verdicts=tuple(_soften(verdict, share) for verdict in result.verdicts))


def share_of_labels(plan: Plan, profiles: Mapping[ProfileKey, Profile]) -> float:
    """Share of a window's rows with a label, 0 to 1; nan without a target."""
    whole, target = profiles[ProfileKey()], plan.with_role(Role.TARGET)
    return whole.columns[target.name].counts.values / max(whole.rows, 1) if target else float("nan")


def _soften(verdict: Verdict, share: float) -> Verdict:
    """A verdict that says how far labels have come (`labelled`, 0 to 1), and is a warning at most."""
    level = Level.WARNING if verdict.level is Level.ALERT else verdict.level
    reason = f"{verdict.reason}; provisional: {share:.0%} of the rows have a label so far"
    return replace(verdict, level=level, reason=reason, detail={**verdict.detail, "labelled": share})
