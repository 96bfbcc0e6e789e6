"""Performance before labels by importance weighting: what its metrics have in common.

Each is named after the metric that it estimates, `reweighted_mae` after `mae`. The reference's labelled rows are
weighted to look like the current ones, by a classifier that tells both sides apart, and then calibrate score or error
in place of all rows alike. So a shift of features that changes what a score means is seen; `estimated_` metrics take a
score to mean the same for all rows.
"""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from driftline import humanize
from driftline.arrays import Floats, Integers
from driftline.metrics import base_estimate
from driftline.metrics.base import Metric
from driftline.metrics.base_trees import tell_apart
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.base_answers import OTHER
from driftline.profiles.sketches.base_samples import draw_halves
from driftline.profiles.sketches.confident_answers import ConfidentAnswers
from driftline.profiles.sketches.expected_errors import ExpectedErrors
from driftline.profiles.sketches.outcome_sample import OutcomeSample
from driftline.profiles.sketches.row_sample import RowSample
from driftline.profiles.sketches.scored_answers import ScoredAnswers
from driftline.stats.classification import Which
from driftline.stats.expected.errors import expected_mean, widen_for_tails
from driftline.stats.expected.outcomes import Expected, calibrate
from driftline.stats.expected.weighting import Weighted, Weighting, learn_weights
from driftline.stats.intervals import NAN, Interval
from driftline.types import Estimate, Role, Task

PREFIX = "reweighted_"
_SPLITS = 2
_FEWEST = 100
"""Effective rows, below which there is no value."""
_COVERED = 0.7
"""Share of the current rows that have their like in the reference, below which there is no value."""
_LEARN = partial(tell_apart, max_iter=60, max_leaf_nodes=8, min_samples_leaf=20, learning_rate=0.1)
_FACTS: dict[str, Any] = {
    "needs": OutcomeSample, "extra": ("sklearn", "learn"), "windowed": False, "judged": False,
}  # fmt: skip
_LEARNT: WeakKeyDictionary[RowSample, tuple[Any, Any, Weighting | None]] = WeakKeyDictionary()


def share(**facts: Any) -> Callable[..., Metric]:
    """A metric `f(current, reference)` of a share; if judged, worse when over 0.05 lower than in the reference."""
    return base_estimate.share(**_FACTS | facts)


def error(**facts: Any) -> Callable[..., Metric]:
    """A metric `f(current, reference)` of an error; if judged, worse when over 10 % larger than in the reference."""
    return base_estimate.error(**_FACTS | facts)


def of_outcomes(
    current: Profile, reference: Profile, name: str, measure: Callable[[Expected, ScoredAnswers], Interval]
) -> Estimate | None:
    """Of a binary classifier: as `base_estimate.of_outcomes`, its scores calibrated by weighted rows."""
    plain = base_estimate.of_outcomes(current, reference, name, measure)
    if plain is None:
        return None
    answers, known = current.get(ScoredAnswers), reference.get(OutcomeSample)
    outcomes, bins = known.outcomes[known.places], answers.counts.shape[1]

    def weighted(at: Integers, weights: Floats) -> Interval:
        place, positive = outcomes[at, 0].astype(np.int64), outcomes[at, 1] > 0
        sides = [np.bincount(place[side], weights=weights[side], minlength=bins) for side in (~positive, positive)]
        calibration = calibrate(sides[0], sides[1])
        return (NAN, NAN, NAN) if calibration is None else measure(Expected(answers.counts, calibration), answers)

    return _weigh(current, reference, plain, weighted)


def of_classes(current: Profile, reference: Profile, measure: base_estimate.OfMatrix) -> Estimate | None:
    """Of a classifier of many classes: as `base_estimate.of_classes`, its confidence calibrated by weighted rows."""
    plain = base_estimate.of_classes(current, reference, measure)
    if plain is None:
        return None
    answers, known = current.get(ConfidentAnswers), reference.get(OutcomeSample)
    outcomes = known.outcomes[known.places].astype(np.int64)
    target = reference.plan.require_role(Role.TARGET)
    classes = [*target.categories[: int(outcomes[:, 1:].max(initial=0)) + 1], OTHER]

    def weighted(at: Integers, weights: Floats) -> Interval:
        past = ConfidentAnswers(reference.plan)
        cells, where = np.unique(outcomes[at], axis=0, return_inverse=True)
        for (group, answer, true), n in zip(cells.tolist(), np.bincount(where.ravel(), weights), strict=True):
            own = past.known.setdefault(classes[answer], {})
            own.setdefault(classes[true], past.no_rows().astype(np.float64))[group] += n
        expected = answers.expect(past)
        return base_estimate.measure_classes(*expected, measure) if expected else (NAN, NAN, NAN)

    return _weigh(current, reference, plain, weighted)


def of_answers(
    current: Profile,
    reference: Profile,
    hits: base_estimate.Cells,
    base: base_estimate.Cells,
    which: Which | None = None,
) -> Estimate | None:
    """Of a classifier: binary, as a ratio of cells of its confusion matrix; of many classes, as `of_classes`."""
    if reference.plan.task is Task.MULTICLASS:
        return of_classes(current, reference, base_estimate.of_matrix(which))
    return of_outcomes(current, reference, f"{hits} of {base}", lambda expected, _: expected.ratio(hits, base))


def of_errors(current: Profile, reference: Profile, power: int) -> Estimate | None:
    """Of a regression: mean absolute error (`power` 1) or root mean squared one (2), by like weighted rows."""
    plain = base_estimate.of_errors(current, reference, power)
    if plain is None:
        return None
    errors, known = current.get(ExpectedErrors), reference.get(OutcomeSample)
    outcomes, bins = known.outcomes[known.places], errors.rows.size

    def weighted(at: Integers, weights: Floats) -> Interval:
        place, error = outcomes[at, 0].astype(np.int64), outcomes[at, 1]
        with np.errstate(over="ignore", invalid="ignore"):
            rows, sums, squares = (
                np.bincount(place, weights * error**of, bins).astype(np.float64) for of in (0, power, 2 * power)
            )
            value, low, high = (end ** (1 / power) for end in expected_mean(errors.rows, rows, sums, squares))
        return value, low, high

    def lift(value: float, high: float, weights: Floats) -> float:
        with np.errstate(over="ignore", invalid="ignore"):
            losses = outcomes[:, 1] ** power
            far = value + (high - value) * widen_for_tails(losses, weights)
            heaviest = np.max(weights * losses) / weights.sum() if power > 1 else 0.0  # of squares: it may come twice
            return float((far**power + heaviest) ** (1 / power))

    return _weigh(current, reference, plain, weighted, lift)


def _weigh(
    current: Profile,
    reference: Profile,
    plain: Estimate,
    weighted: Weighted,
    lift: Callable[[float, float, Floats], float] | None = None,
) -> Estimate:
    """The weighted estimate beside the plain one's reference; without a value where hardly any rows can be weighed.

    `lift(value, high, weights)` gives the upper end that losses with heavy tails need.
    """
    weighting = _learn_once(current.get(RowSample), reference.get(OutcomeSample))
    if weighting is None:
        why = "fewer than ten rows of a side in each half"
        return dataclasses.replace(plain, value=None, low=None, high=None, why=why)
    effective, n = weighting.effective, weighting.weights.size
    if weighting.covered < _COVERED:
        why = f"only {weighting.covered:.0%} of the current rows look like a labelled row of the reference"
    elif effective < _FEWEST:
        why = f"{n:,} labelled rows of the reference, weighted to look like the current ones, are as good as only "
        why += f"{effective:,.0f}"
    else:
        why = ""
    detail: dict[str, Any] = {"effective": round(effective, 1), "labelled": n, "covered": round(weighting.covered, 3)}
    if why:
        return Estimate(value=None, n=plain.n, why=why, reference=plain.reference, judged=plain.judged, detail=detail)
    says = f"effective sample size {effective:,.0f} of {humanize.count(n, 'labelled row')}"
    value, low, high = weighting.measure(weighted)
    if lift is not None:
        high = lift(value, high, weighting.weights)
    found = Estimate.from_interval((value, low, high), plain.n, says=says, **detail)
    return dataclasses.replace(found, reference=plain.reference, judged=plain.judged)


def _learn_once(now: RowSample, was: OutcomeSample) -> Weighting | None:
    """The weights, learnt once for all metrics that ask for them."""
    current, past, weighting = _LEARNT.get(now, (None, None, None))
    if current is not now.hashes or past is not was.hashes:
        sides = [side.numbers[side.places].astype(np.float64) for side in (now, was)]
        splits = tuple(draw_halves(side.hashes, side.places, _SPLITS) for side in (now, was))
        weighting = learn_weights(sides[0], sides[1], (splits[0], splits[1]), _LEARN)
        _LEARNT[now] = now.hashes, was.hashes, weighting
    return weighting
