"""Regression before labels: what its estimates have in common, which are read from the errors of like rows.

Like rows have a like prediction and, with a loss model, a like error to be expected of their features. Each function
takes `(current, reference)`; where there are no labelled rows in the reference, or no sketch, it returns None.
"""

from collections.abc import Callable, Iterable

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.metrics.base_estimate import compare, judge_by_features
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

    def measure(side: ExpectedMoments, known: ExpectedMoments) -> Interval:
        share = known.labelled[of] / np.maximum(known.labelled[ALL], 1)  # of the rows that the loss is of
        ends = expected_mean(side.rows * share, known.labelled[of], known.sums[term], known.sums[squares], least)
        value, low, high = (scale * end ** (1 / power) for end in ends)
        return value, low, high

    return of_moments(current, reference, f"loss {term}", measure)


def of_moments(
    current: Profile, reference: Profile, name: str, measure: Callable[[ExpectedMoments, ExpectedMoments], Interval]
) -> Estimate | None:
    """Of a regression, by a measure of its rows and of the reference's labelled ones; `name` as in `of_outcomes`."""
    errors, known = current.get_or_none(ExpectedMoments), reference.get_or_none(ExpectedMoments)
    if errors is None or known is None or not known.labelled[ALL].any():
        return None
    n = int(known.labelled[ALL].sum())
    was = reference.once(f"expected {name}", lambda _: Estimate.from_interval(measure(known, known), n))
    found = Estimate.from_interval(measure(errors, known), int(errors.rows.sum()))
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

    def measure(side: ExpectedMoments, known: ExpectedMoments) -> Interval:
        pool = pools(known.labelled[ALL])
        rows, labelled = (np.bincount(pool, part).astype(np.float64) for part in (side.rows, known.labelled[ALL]))
        answer, answer2 = (np.bincount(pool, part) / np.maximum(rows, 1) for part in side.answers)
        error, error2, error3, error4, answered, product = (
            np.bincount(pool, part) / np.maximum(labelled, 1) for part in known.sums[: PRODUCT + 1]
        )
        alike = AnswersAndErrors(
            rows, answer, answer2, labelled, error, error2, error3, error4, product - answered * error
        )
        return expected_share(alike, less_bias=less_bias)

    return of_moments(current, reference, f"explained {less_bias}", measure)


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
