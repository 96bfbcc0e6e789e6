"""What is worth telling a person besides the verdicts: why something could not be judged, or was bounded."""

from collections.abc import Iterator

from driftline import humanize
from driftline.profiles.plan import Plan
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.moments import Moments
from driftline.profiles.task import WIDTH
from driftline.types import Role, Task
from driftline.windows import Windows, seconds

_MATURE = 0.02  # share of labels that may be missing, beyond those that the reference lacks, before that is told


def notes(plan: Plan, current: Profile, reference: Profile, windows: Windows | None) -> tuple[str, ...]:
    """The notes of one check, as sentences."""
    return (
        *plan.doubts,
        *([plan.redactions] if plan.redactions else ()),
        *_of_roles(plan, current, reference),
        *_of_scores(plan, current, reference),
        *_of_bounds(plan, windows),
    )


def _of_roles(plan: Plan, current: Profile, reference: Profile) -> Iterator[str]:
    target = plan.with_role(Role.TARGET)
    answer = plan.with_role(Role.PREDICTION) or (None if plan.task is Task.MULTICLASS else plan.with_role(Role.SCORE))
    if target is None and answer is not None:
        yield "There is a prediction but no target: performance cannot be judged. Name it with --target."
    if target is not None and answer is None:
        yield "There is a target but no prediction: performance cannot be judged. Name it with --prediction."
    if target is not None and current.rows and not current.columns[target.name].counts.values:
        yield f"The target {target.name!r} has no values yet: performance cannot be judged."
    elif target is not None and current.rows:
        came, usual = (side.columns[target.name].counts.values / side.rows for side in (current, reference))
        if came < usual - _MATURE:
            yield (
                f"The target {target.name!r} has values in {came:.0%} of the rows so far: performance is that of these "
                "rows, and may change as more labels come."
            )
    if plan.task is not None and target is not None and len(target.categories) == 1:
        yield f"The target {target.name!r} has one class only in the reference: {target.categories[0]!r}."


def _of_scores(plan: Plan, current: Profile, reference: Profile) -> Iterator[str]:
    score = plan.with_role(Role.SCORE) if plan.task is Task.BINARY else None
    for where, side in (("in the reference", reference), ("now", current)):
        scores = side.columns[score.name].get_or_none(Moments) if score else None
        if score and scores and scores.n and (scores.minimum < -WIDTH or scores.maximum > 1 + WIDTH):
            ends = f"{humanize.number(scores.minimum)} to {humanize.number(scores.maximum)}"
            yield f"The score {score.name!r} is {ends} {where}: rows outside 0 to 1 do not count for performance."


def _of_bounds(plan: Plan, windows: Windows | None) -> Iterator[str]:
    if plan.wide:
        yield (
            f"The table has {len(plan.columns):,} columns: of each, only what is judged is measured. "
            "Name a metric in the settings to have it measured, too."
        )
    for name in plan.config.segments:
        column = plan.by_name[name]
        if len(column.categories) > len(column.segments):
            yield (
                f"The segment column {name!r} has over {len(column.segments)} values: "
                "the most frequent are judged one by one, the others together."
            )
    width = plan.config.window
    if windows is not None and width != "auto" and windows.width != seconds(width) * 1e6:
        hours = humanize.count(round(windows.width / 3600e6), "hour")
        yield f"Windows of {width} would be too many here: the current rows are followed in windows of {hours}."
