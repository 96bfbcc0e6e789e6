"""Performance before labels: what the metrics have in common that estimate another one without labels.

Each is named after the metric that it estimates, `estimated_mae` after `mae`, and is worse as that is worse. It
compares the current rows with the reference by the same estimate, so that its errors are on both sides. Where most
current rows have a label the real metric is judged, and the estimate is only shown beside it.
"""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from driftline.arrays import Floats
from driftline.metrics.base import Metric, distance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.confident_answers import ConfidentAnswers
from driftline.profiles.sketches.expected_errors import ExpectedErrors
from driftline.profiles.sketches.expected_losses import ExpectedLosses
from driftline.profiles.sketches.scored import Scored
from driftline.profiles.sketches.scored_answers import ScoredAnswers
from driftline.stats.classification import Which, accuracy, macro
from driftline.stats.expected.errors import expected_mean, modelled_mean
from driftline.stats.expected.outcomes import Calibration, Expected
from driftline.stats.intervals import Interval
from driftline.types import Estimate, Health, Role, Task

PREFIX = "estimated_"
Cells = tuple[float, float, float, float]
OfMatrix = Callable[[Floats], Interval]
_FACTS: dict[str, Any] = {
    "family": "estimate", "health": Health.MODEL, "on": "table", "by_segment": True, "windowed": True, "low": 0,
}  # fmt: skip
_EXPECTED: WeakKeyDictionary[ScoredAnswers, Expected] = WeakKeyDictionary()


def share(**facts: Any) -> Callable[..., Metric]:
    """A metric `f(current, reference)` that estimates a share; worse when over 0.05 lower than in the reference."""
    binary = {"tasks": {Task.BINARY}, "high": 1, "worse": "down", "threshold": 0.05}
    return distance(**_FACTS | binary | facts)


def error(**facts: Any) -> Callable[..., Metric]:
    """A metric `f(current, reference)` that estimates an error; worse when over 10 % larger than in the reference."""
    return distance(**_FACTS | {"threshold": 0.0, "relative": 0.1} | facts)


def of_outcomes(
    current: Profile, reference: Profile, name: str, measure: Callable[[Expected, ScoredAnswers], Interval]
) -> Estimate | None:
    """Of a binary classifier, from its calibrated scores; None where the reference has not labels of both classes.

    `name` is that of the measure: what the reference itself leads to expect is worked out once.
    """
    scored, past = reference.get_or_none(Scored), reference.get_or_none(ScoredAnswers)
    answers, calibration = current.get_or_none(ScoredAnswers), scored.calibration if scored else None
    if scored is None or calibration is None or answers is None or past is None:
        return None

    def estimate(side: ScoredAnswers, n: int) -> Estimate:
        return Estimate.from_interval(measure(_expect(side, calibration), side), n)

    was = reference.once(f"expected {name}", lambda _: estimate(past, scored.n))
    return compare(current, estimate(answers, answers.n), was)


def _expect(answers: ScoredAnswers, calibration: Calibration) -> Expected:
    """What these answers lead to expect; kept, for each metric asks for it."""
    known = _EXPECTED.get(answers)
    if known is None or known.rows is not answers.counts or known.calibration is not calibration:
        known = _EXPECTED[answers] = Expected(answers.counts, calibration)
    return known


def of_classes(current: Profile, reference: Profile, measure: OfMatrix) -> Estimate | None:
    """Of a classifier of many classes, from the confidence of its answers, by a measure of the confusion matrix."""
    answers, past = current.get_or_none(ConfidentAnswers), reference.get_or_none(ConfidentAnswers)
    expected = answers.expect(past) if answers and past else None
    own = reference.once("expected classes", lambda _: past.expect(past)) if past else None
    if expected is None or own is None:
        return None

    def estimate(matrix: Floats, like: float) -> Estimate:
        return Estimate.from_interval(measure_classes(matrix, like, measure), round(float(matrix.sum())))

    return compare(current, estimate(*expected), estimate(*own))


def measure_classes(matrix: Floats, like: float, measure: OfMatrix) -> Interval:
    """A measure of expected rows (classes, classes), true class first, that are as sure as `like` rows."""
    return measure(matrix * (like / matrix.sum()))


def of_matrix(which: Which | None) -> OfMatrix:
    """Accuracy (None), or the mean over the classes of precision, recall or F1, of a confusion matrix."""
    return partial(macro, which=which) if which else accuracy


def of_answers(
    current: Profile, reference: Profile, hits: Cells, base: Cells, which: Which | None = None
) -> Estimate | None:
    """Of a classifier: binary, as a ratio of cells of its confusion matrix; of many classes, as `of_classes`."""
    if reference.plan.task is Task.MULTICLASS:
        return of_classes(current, reference, of_matrix(which))
    return of_outcomes(current, reference, f"{hits} of {base}", lambda expected, _: expected.ratio(hits, base))


def of_recall(current: Profile, reference: Profile) -> Estimate | None:
    """Of a classifier: the share of positives that it will have found; of many classes, the macro average."""
    return of_answers(current, reference, hits=(0, 0, 0, 1), base=(0, 0, 1, 1), which="recall")


def of_errors(current: Profile, reference: Profile, power: int) -> Estimate | None:
    """Of a regression: mean absolute error (`power` 1) or root mean squared one (2), by like rows."""

    def estimate(side: Profile, n: int) -> Estimate:
        return Estimate.from_interval(tuple(end ** (1 / power) for end in expect_loss(side, reference, power)), n)

    errors, known = current.get_or_none(ExpectedErrors), reference.get_or_none(ExpectedErrors)
    if errors is None or known is None or not known.labelled.any():
        return None
    was = reference.once(f"expected error {power}", lambda _: estimate(reference, int(known.labelled.sum())))
    return judge_by_features(current, compare(current, estimate(current, int(errors.rows.sum())), was))


def expect_loss(side: Profile, reference: Profile, power: int) -> Interval:
    """Mean of the absolute (`power` 1) or the squared error (2) to expect of the rows of a side of a regression."""
    errors, known = side.get(ExpectedErrors), reference.get(ExpectedErrors)
    ends = expected_mean(errors.rows, known.labelled, known.sums[power - 1], known.sums[power])
    losses, past = side.get_or_none(ExpectedLosses), reference.get_or_none(ExpectedLosses)
    if not losses or not past or not losses.rows[0]:
        return ends
    real = known.sums[power - 1].sum() / past.rows[1]
    expected, of_known = losses.sums[0, power - 1] / losses.rows[0], past.sums[1, power - 1] / past.rows[1]
    return modelled_mean(ends, float(expected), float(of_known), float(real))


def judge_by_features(current: Profile, found: Estimate) -> Estimate:
    """The estimate, which without a loss model is never judged."""
    return found if current.plan.loss else dataclasses.replace(found, judged=False)


def compare(current: Profile, now: Estimate, was: Estimate | None) -> Estimate:
    """An estimate beside that of the reference; where most rows have a label it is shown and not judged."""
    target = current.plan.require_role(Role.TARGET)
    labelled = current.columns[target.name].counts.values if target.name in current.columns else 0
    return dataclasses.replace(now, reference=was, judged=2 * labelled < current.rows)
