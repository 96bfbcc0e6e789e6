"""Regression before labels: what its estimates have in common, which are read from the errors of like rows.

Like rows have a like prediction and, with a loss model, a like error to be expected of their features. Each function
takes `(current, reference)`; where there are no labelled rows in the reference, or no sketch, it returns None.
"""

from collections.abc import Callable, Iterable

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.metrics.base_estimate import compare, expect_loss, judge_by_features
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.expected_coverage import ExpectedCoverage
from driftline.profiles.sketches.expected_moments import ALL, ERROR, FOURTH, PRODUCT, SQUARE, ExpectedMoments
from driftline.profiles.sketches.expected_sizes import ExpectedSizes
from driftline.stats.expected.errors import expected_mean, expected_quantile, pools
from driftline.stats.expected.explained import AnswersAndErrors, expected_share
from driftline.stats.intervals import Interval, mean
from driftline.types import Estimate, Role


def of_losses(
    current: Profile, reference: Profile, term: int, of: int = ALL, *, least: float = 0.0, power: int = 1
) -> Estimate | None:
    """Of a regression: the mean of a loss, to `1 / power`, as like rows have it; `term` and `of` as in the sketch."""
    scale = reference.plan.require_role(Role.TARGET).scale if term <= SQUARE else 1.0
    squares = {ERROR: SQUARE, SQUARE: FOURTH}.get(term, term + 1)

    def measure(side: Profile, known: ExpectedMoments) -> Interval:
        rows = side.get(ExpectedMoments).rows
        share = known.labelled[of] / np.maximum(known.labelled[ALL], 1)  # of the rows that the loss is of
        ends = expected_mean(rows * share, known.labelled[of], known.sums[term], known.sums[squares], least)
        value, low, high = (scale * end ** (1 / power) for end in ends)
        return value, low, high

    return of_moments(current, reference, f"loss {term}", measure)


def of_moments(
    current: Profile, reference: Profile, name: str, measure: Callable[[Profile, ExpectedMoments], Interval]
) -> Estimate | None:
    """Of a regression, by a measure of a side and of the reference's labelled rows; `name` as in `of_outcomes`."""
    errors, known = current.get_or_none(ExpectedMoments), reference.get_or_none(ExpectedMoments)
    if errors is None or known is None or not known.labelled[ALL].any():
        return None
    n = int(known.labelled[ALL].sum())
    was = reference.once(f"expected {name}", lambda _: Estimate.from_interval(measure(reference, known), n))
    found = Estimate.from_interval(measure(current, known), int(errors.rows.sum()))
    return judge_by_features(current, compare(current, found, was))


def of_quantile(current: Profile, reference: Profile, share: float) -> Estimate | None:
    """Of a regression: the quantile of |prediction - target|, as like rows have it."""
    sizes, known = current.get_or_none(ExpectedSizes), reference.get_or_none(ExpectedSizes)
    if sizes is None or known is None or not known.counts.size:
        return None

    def estimate(rows: Integers, n: int) -> Estimate:
        ends, counts = reference.once("sizes of errors", lambda _: known.table)
        return Estimate.from_interval(expected_quantile(rows, counts, ends, share), n)

    was = reference.once(f"expected quantile {share}", lambda _: estimate(known.rows, int(known.counts.sum())))
    return judge_by_features(current, compare(current, estimate(sizes.rows, int(sizes.rows.sum())), was))


def find_limits(reference: Profile, percents: Iterable[int]) -> dict[str, Floats]:
    """By name of metric, the size (groups,) that so many per cent of the errors of like rows stay below; or nothing."""
    known = reference.get_or_none(ExpectedSizes)
    if known is None or not known.counts.size:
        return {}
    return {f"absolute_error_{percent}": known.find_limits(percent / 100) for percent in percents}


def of_explained(current: Profile, reference: Profile, *, less_bias: bool) -> Estimate | None:
    """Of a regression: R², or the explained variance (`less_bias`), from the answers and the errors of like rows."""

    def measure(side: Profile, known: ExpectedMoments) -> Interval:
        moments, pool = side.get(ExpectedMoments), pools(known.labelled[ALL])
        rows, labelled = (np.bincount(pool, part).astype(np.float64) for part in (moments.rows, known.labelled[ALL]))
        answer, answer2 = (np.bincount(pool, part) / np.maximum(rows, 1) for part in moments.answers)
        means = [np.bincount(pool, part) / np.maximum(labelled, 1) for part in known.sums[: PRODUCT + 1]]
        larger = _find_factor(side, reference, rows, means[SQUARE])
        error, error2, error3, error4, answered, product = (
            mean * larger**power for mean, power in zip(means, (1, 2, 3, 4, 0, 1), strict=True)
        )
        alike = AnswersAndErrors(
            rows, answer, answer2, labelled, error, error2, error3, error4, product - answered * error
        )
        return expected_share(alike, less_bias=less_bias)

    return of_moments(current, reference, f"explained {less_bias}", measure)


def _find_factor(side: Profile, reference: Profile, rows: Floats, squares: Floats) -> float:
    """How many times as large the errors of like rows have to be for the mean square that the loss model expects.

    `squares` (pools,) are their scaled mean squares, for so many `rows` (pools,) each; without a loss model it is 1.
    """
    pooled = float(rows @ squares) * reference.plan.require_role(Role.TARGET).scale ** 2
    if reference.plan.loss is None or not pooled > 0:
        return 1.0
    return float(np.sqrt(expect_loss(side, reference, 2)[0] * rows.sum() / pooled))


def of_coverage(current: Profile, reference: Profile) -> Estimate | None:
    """Of a regression: the share of targets within their prediction interval, as like rows have it."""
    now, known = current.get_or_none(ExpectedCoverage), reference.get_or_none(ExpectedCoverage)
    if now is None or known is None or not known.labelled.any():
        return None
    inside = known.inside.astype(np.float64)

    def estimate(rows: Integers, n: int) -> Estimate:
        value, low, high = expected_mean(rows, known.labelled, inside, inside)
        return Estimate.from_interval((value, low, min(1.0, high)), n)

    was = reference.once("expected coverage", lambda _: estimate(known.rows, int(known.labelled.sum())))
    return judge_by_features(current, compare(current, estimate(now.rows, int(now.rows.sum())), was))


def of_widths(current: Profile, reference: Profile) -> Estimate | None:
    """Of a regression: the mean width of the prediction intervals of all rows."""
    now, was = (
        None if side is None else Estimate.from_interval(mean(side.mean, side.m2, side.n), side.n)
        for side in (current.get_or_none(ExpectedCoverage), reference.get_or_none(ExpectedCoverage))
    )
    return None if now is None else compare(current, now, was)
