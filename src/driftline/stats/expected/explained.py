"""Shares of the target's variance that a model will explain, from the errors of like rows whose labels are known."""

from dataclasses import dataclass

import numpy as np

from driftline.arrays import Floats
from driftline.stats.intervals import NAN, Z_95, Interval


@dataclass(frozen=True, eq=False)
class AnswersAndErrors:
    """What is known by pool of like rows: of rows without labels the answers, of others with labels the errors.

    Arrays are (pools,). `rows` without labels, their mean answer `answer` and its mean square `answer2`; `known` rows
    with a label, the means `error` to `error4` of powers of their error, answer less target, and `covariance` of answer
    and error. All in one scale, which may be centred.
    """

    rows: Floats
    answer: Floats
    answer2: Floats
    known: Floats
    error: Floats
    error2: Floats
    error3: Floats
    error4: Floats
    covariance: Floats


def expected_share(pools: AnswersAndErrors, *, less_bias: bool) -> Interval:
    """1 - mean square of the error / variance of the target, `(value, low, high)`; `less_bias`: variance of the error.

    A target is the answer, which is known, less an error as like rows have it; so their answers tell most of how much
    the targets vary. The interval is for the logarithm of the share not explained, by the delta method: it holds the
    chance in the errors that are still to come, and the error of each pool's mean.

    >>> one = np.ones(1)
    >>> pools = AnswersAndErrors(100 * one, 0 * one, 3 * one, 400 * one, 0 * one, one, 0 * one, 3 * one, 0 * one)
    >>> [round(x, 3) for x in expected_share(pools, less_bias=False)]
    [0.75, 0.662, 0.815]
    """
    n = float(pools.rows.sum())
    if not n:
        return NAN, NAN, NAN
    share = pools.rows / n
    with np.errstate(over="ignore", invalid="ignore"):
        bias, square = float(share @ pools.error), float(share @ pools.error2)
        middle = float(share @ (pools.answer - pools.error))
        crossed = pools.answer * pools.error + pools.covariance
        variance = float(share @ (pools.answer2 - 2 * crossed + pools.error2)) - middle**2
        left = square - bias**2 if less_bias else square
        if not 0 < variance < np.inf or not left > 0:
            return (1.0, 1.0, 1.0) if left == 0 and variance > 0 else (NAN, NAN, NAN)
        ratio = left / variance
        # a row's part in the ratio is (1 - ratio) e² + slope e, over the variance, where the slope hangs on its answer
        offset = -2 * ratio * middle - (2 * bias if less_bias else 0.0)
        slope = 2 * ratio * pools.answer + offset
        slope2 = 4 * ratio**2 * pools.answer2 + 4 * ratio * offset * pools.answer + offset**2
        of_square, of_error = pools.error4 - pools.error2**2, pools.error2 - pools.error**2
        both = pools.error3 - pools.error2 * pools.error
        own = ((1 - ratio) ** 2 * of_square + slope2 * of_error + 2 * (1 - ratio) * slope * both).clip(0)
        spread = float(share @ own) / n + float(share**2 @ (own / np.maximum(pools.known - 1, 1)))
        reach = float(np.exp(Z_95 * np.sqrt(spread) / variance / ratio))
    return 1 - ratio, 1 - ratio * reach, 1 - ratio / reach
