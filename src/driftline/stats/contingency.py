"""Tables of two sides by two values: the odds ratio, and Fisher's exact test."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from driftline.stats.intervals import normal_quantile

Counted = tuple[int, int]
NAN = float("nan")
_WIDEST = 40  # standard deviations from the mean, beyond which chances are 0 in a double; 10 where these are many rows


def second_value(names: Sequence[str], *, truth: bool) -> str | None:
    """The value whose share is followed: of truth values "true", else the last of two in the order of text, or None.

    >>> second_value(["yes", "no"], truth=False), second_value(["false"], truth=True)
    ('yes', 'true')
    >>> second_value(["a", "b", "c"], truth=False) is None
    True
    """
    if truth:
        return "true"
    return max(names) if len(names) == 2 else None


def count_value(name: str, names: Sequence[str], counts: npt.ArrayLike, others: int) -> Counted:
    """Rows with that value, and rows with any.

    `counts`: shape (names,); `others`: rows with a value that is not among the names. Of truth values the one that
    is not there is the only other.

    >>> count_value("true", ["false"], [7], 3), count_value("b", ["a", "b"], [7, 2], 1)
    ((3, 10), (2, 10))
    """
    rows = np.asarray(counts)
    return int(rows[list(names).index(name)]) if name in names else others, int(rows.sum()) + others


def log_odds(now: Counted, was: Counted, confidence: float = 0.95) -> tuple[float, float, float]:
    """Natural logarithm of the ratio of the odds on two sides, `(value, low, high)`; nan where a side has no rows.

    `now`, `was`: rows with the value and rows in all. Half a row is added to each of the four cells (Haldane, 1956;
    Anscombe, 1956); the interval is Woolf's (1955) of these (Gart, 1966).

    >>> [round(x, 2) for x in log_odds((50, 100), (100, 300))]
    [0.69, 0.23, 1.15]
    """
    cells = [cell + 0.5 for k, n in (now, was) for cell in (k, n - k)]
    if not now[1] or not was[1]:
        return NAN, NAN, NAN
    value = math.log(cells[0] / cells[1]) - math.log(cells[2] / cells[3])
    margin = normal_quantile(confidence) * math.sqrt(sum(1 / cell for cell in cells))
    return value, value - margin, value + margin


def fisher_p(now: Counted, was: Counted) -> float:
    """p-value of Fisher's exact test of two sides (Fisher, 1935): the chance of all tables that are no more likely.

    `now`, `was`: rows with the value and rows in all. nan where a side has no rows.

    >>> round(fisher_p((3, 4), (1, 4)), 4)
    0.4857
    """
    (k, n), (other, m) = now, was
    if not n or not m:
        return NAN
    total, drawn = n + m, k + other
    least, most = max(0, drawn - m), min(drawn, n)
    mean = drawn * (n / total)
    spread = math.sqrt(max(0.0, mean * (1 - drawn / total) * (m / max(1, total - 1))))
    reach = 40 + math.ceil(min(_WIDEST * spread, 20_000 + 10 * spread))
    first, last = max(least, int(mean) - reach), min(most, int(mean) + reach)
    if not first <= k <= last:
        return 0.0
    here = np.arange(first, last, dtype=float)
    ratios = np.log((drawn - here) * (n - here)) - np.log((here + 1) * (m - drawn + here + 1))
    logs = np.concatenate(([0.0], np.cumsum(ratios)))
    chances = np.exp(logs - logs.max())
    return min(1.0, float(chances[chances <= chances[k - first] * (1 + 1e-7)].sum() / chances.sum()))
