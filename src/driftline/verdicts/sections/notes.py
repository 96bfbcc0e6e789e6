"""What is worth telling a person besides the verdicts: why something could not be judged, or was bounded."""

import math
from collections.abc import Iterator, Mapping

import numpy as np

from driftline import humanize
from driftline.profiles.fitting.task import WIDTH
from driftline.profiles.plan import ColumnPlan, Plan
from driftline.profiles.profile import Profile
from driftline.profiles.segments.splits import make_splits
from driftline.profiles.sketches.categories import Categories
from driftline.profiles.sketches.confident_answers import ConfidentAnswers
from driftline.profiles.sketches.confusion import Confusion
from driftline.profiles.sketches.expected_errors import ExpectedErrors
from driftline.profiles.sketches.moments import Moments
from driftline.profiles.sketches.regression import Regression
from driftline.profiles.sketches.scored import Scored
from driftline.profiles.sketches.scored_answers import ScoredAnswers
from driftline.types import ProfileKey, Role, Task
from driftline.windows import Windows, seconds

_READ = 0.01  # share of the reference's values that may be unreadable before that is told
_MATURE = 0.02  # share of labels that may be missing, beyond those that the reference lacks, before that is told
_SURE = 3.0
"""Standard errors apart, from which on both differ."""
_APART = 0.1
"""Difference of two shares of labelled rows that is told."""
_FEW = 30


def notes(plan: Plan, current: Profile, reference: Profile, windows: Windows | None) -> tuple[str, ...]:
    """The notes of one check, as sentences."""
    return (
        *plan.doubts,
        *_of_reading(reference),
        *([plan.redactions] if plan.redactions else ()),
        *_of_roles(plan, current, reference),
        *_of_scores(plan, current, reference),
        *_of_bounds(plan, windows),
        *_of_detectors(plan, current),
    )


def _of_detectors(plan: Plan, current: Profile) -> Iterator[str]:
    if plan.config.detectors and current.window is None:
        titles = ", ".join(each.title for each in plan.config.detectors)
        yield f"Detectors ({titles}) follow windows with memory: `driftline watch` and `serve` do, one check does not."


def _of_reading(reference: Profile) -> Iterator[str]:
    for name, column in reference.columns.items():
        counts, kind = column.counts, column.plan.column.kind
        if counts.invalid > _READ * counts.rows:
            share = humanize.quantity(counts.invalid / counts.rows, "share")
            yield f"{share} of the reference's values of {name!r} cannot be read as {kind.value}: they are left out."


def _of_roles(plan: Plan, current: Profile, reference: Profile) -> Iterator[str]:
    target = plan.with_role(Role.TARGET)
    answer = plan.with_role(Role.PREDICTION) or (None if plan.task is Task.MULTICLASS else plan.with_role(Role.SCORE))
    if target is None and answer is not None:
        yield "There is a prediction but no target: performance cannot be judged. Name it with --target."
    if target is not None and answer is None:
        yield "There is a target but no prediction: performance cannot be judged. Name it with --prediction."
    if target is not None and current.rows and not current.columns[target.name].counts.values:
        yield f"The target {target.name!r} has no values yet: performance cannot be judged.{_of_estimates(plan)}"
    elif target is not None and current.rows:
        came, usual = (side.columns[target.name].counts.values / side.rows for side in (current, reference))
        if came < usual - _MATURE:
            yield (
                f"The target {target.name!r} has values in {came:.0%} of the rows so far: performance is that of these "
                "rows, and may change as more labels come."
            )
    if plan.task is not None and target is not None and len(target.categories) == 1:
        yield f"The target {target.name!r} has one class only in the reference: {target.categories[0]!r}."


def _of_estimates(plan: Plan) -> str:
    """What is done instead where performance can be estimated without labels, and what that does not see."""
    if not any(sketch.suits(plan) for sketch in (ScoredAnswers, ConfidentAnswers, ExpectedErrors)):
        return ""
    return (
        " It is estimated from what the reference's labels say of such predictions; that what leads to the target has "
        "changed (concept drift) is invisible to the estimate."
    )


def _of_scores(plan: Plan, current: Profile, reference: Profile) -> Iterator[str]:
    score = plan.with_role(Role.SCORE) if plan.task is Task.BINARY else None
    for where, side in (("in the reference", reference), ("now", current)):
        scores = side.columns[score.name].get_or_none(Moments) if score else None
        if score and scores and scores.n and (scores.minimum < -WIDTH or scores.maximum > 1 + WIDTH):
            ends = f"{humanize.number(scores.minimum)} to {humanize.number(scores.maximum)}"
            yield f"The score {score.name!r} is {ends} {where}: rows outside 0 to 1 do not count for performance."


def _of_bounds(plan: Plan, windows: Windows | None) -> Iterator[str]:
    if plan.config.describe is None and not plan.describes:
        yield (
            f"The table has {len(plan.columns):,} columns: of each, only what is judged is measured. "
            "Name a metric in the settings to have it measured, too, or set `describe: true`."
        )
    for split in make_splits(plan):
        for part in split.parts:
            within = f" (in {split.name})" if len(split.parts) > 1 else ""
            if part.edges is None and len(part.column.categories) > len(part.labels):
                yield (
                    f"The segment column {part.column.name!r}{within} has over {len(part.labels)} values: "
                    "the most frequent are judged one by one, the others together."
                )
    width = plan.config.window
    if windows is not None and width != "auto" and windows.width != seconds(width) * 1e6:
        hours = humanize.count(round(windows.width / 3600e6), "hour")
        yield f"Windows of {width} would be too many here: the current rows are followed in windows of {hours}."


def compare_labelled(plan: Plan, profiles: Mapping[ProfileKey, Profile]) -> Iterator[str]:
    """Sentences about what surely differs between rows with a label and the others; none where all have one.

    Compared are the predictions of both, or the scores, and how many rows of each segment have a label.
    """
    target, whole = plan.with_role(Role.TARGET), profiles[ProfileKey()]
    labelled = whole.columns[target.name].counts.values if target else 0
    if target is None or min(labelled, whole.rows - labelled) < _FEW:
        return
    yield from _compare_means(plan, whole)
    yield from _compare_classes(plan, whole)
    yield from _compare_segments(target, profiles, labelled / whole.rows)


def _compare_means(plan: Plan, whole: Profile) -> Iterator[str]:
    """Mean prediction of a regression, or mean score, of the rows with a label and of the others."""
    errors, scored = whole.get_or_none(Regression), whole.get_or_none(Scored)
    if errors is not None and errors.n:
        target = plan.require_role(Role.TARGET)
        column, n, mean = plan.require_role(Role.PREDICTION), errors.n, errors.mean
        labelled_mean = float(mean[0] + target.center + target.scale * mean[3])
    elif scored is not None and scored.n:
        column, n, labelled_mean = plan.require_role(Role.SCORE), scored.n, float(scored.sums.sum() / scored.n)
    else:
        return
    all_rows = whole.columns[column.name].get(Moments)
    others = all_rows.n - n
    if others < _FEW or not math.isfinite(labelled_mean):
        return
    others_mean = (all_rows.n * all_rows.mean - n * labelled_mean) / others
    error = math.sqrt(all_rows.m2 / all_rows.n * (1 / n + 1 / others))
    if abs(labelled_mean - others_mean) > _SURE * error:
        yield (
            f"Rows with a label differ from those without one: mean {column.role.value} "
            f"{humanize.number(labelled_mean)}, of the others {humanize.number(others_mean)}."
        )


def _compare_classes(plan: Plan, whole: Profile) -> Iterator[str]:
    """The predicted class whose share differs the most between the rows with a label and the others."""
    confusion, column = whole.get_or_none(Confusion), plan.with_role(Role.PREDICTION)
    if confusion is None or column is None or column.name not in whole.columns:
        return
    counts = whole.columns[column.name].get_or_none(Categories)
    if counts is None:
        return
    predicted = dict(zip(confusion.classes, confusion.matrix.sum(axis=0).tolist(), strict=True))
    labelled = np.array([predicted.get(name, 0) for name in column.categories])
    others = counts.counts[: labelled.size] - labelled
    n, m = int(labelled.sum()), int(others.sum())
    if n < _FEW or m < _FEW:
        return
    ours, theirs, both = labelled / n, others / m, (labelled + others) / (n + m)
    gaps = np.abs(ours - theirs) / np.sqrt(np.maximum(both * (1 - both), 1e-12) * (1 / n + 1 / m))
    at = int(gaps.argmax())
    if gaps[at] > _SURE:
        yield (
            f"Rows with a label differ from those without one: {ours[at]:.0%} of them are predicted "
            f"{column.categories[at]!r}, of the others {theirs[at]:.0%}."
        )


def _compare_segments(target: ColumnPlan, profiles: Mapping[ProfileKey, Profile], usual: float) -> Iterator[str]:
    """The segment whose share of labelled rows is the furthest below that of all rows."""
    shares = {
        key.segment: side.columns[target.name].counts.values / side.rows
        for key, side in profiles.items()
        if key.segment and not key.window and side.rows >= _FEW
    }
    if shares:
        name = min(shares, key=lambda segment: shares[segment])
        if usual - shares[name] > _APART:
            yield f"Labels are uneven: {shares[name]:.0%} of the rows where {name} have one, {usual:.0%} of all."
