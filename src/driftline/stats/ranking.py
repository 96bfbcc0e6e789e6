"""How well rows are ranked within their queries, query by query, from the best-scored and the most relevant rows.

Rows are kept in groups of equal query, score and relevance: `query` (r,) is the position of each group's query, 0 to q
- 1; `score`, `relevance` and `count` (r,) are its score, its relevance (0 or more) and its number of rows. There must
be every group that reaches into a query's first `k` rows by score, and its `k` most relevant rows.
"""

from dataclasses import dataclass

import numpy as np
import scipy

from driftline.arrays import Floats, Integers


@dataclass(frozen=True, eq=False)
class Ranked:
    """The kept rows of q queries."""

    queries: int
    query: Integers
    score: Floats
    relevance: Floats
    count: Integers

    def sums(self, terms: Floats, query: Integers) -> Floats:
        """Sum of the terms of each query (q,)."""
        return np.bincount(query, weights=terms, minlength=self.queries).astype(float)


def ndcg(rows: Ranked, k: int = 10) -> Floats:
    """Discounted cumulative gain of the first k rows by score, divided by that of the best order, (q,), 0 to 1.

    The gain of a row is its relevance, its discount 1 / log2(1 + rank); equal scores share their ranks' gains (Järvelin
    & Kekäläinen, 2002; McSherry & Najork, 2008). nan for queries without a relevant row.

    >>> rows = Ranked(1, np.zeros(2, int), np.array([2.0, 1.0]), np.array([0.0, 1.0]), np.ones(2, int))
    >>> ndcg(rows).round(3).tolist()
    [0.631]
    """
    largest = np.zeros(rows.queries)
    np.maximum.at(largest, rows.query, rows.relevance)
    gain = rows.relevance / np.where(largest > 0, largest, 1.0)[rows.query]
    discount = np.concatenate(([0.0], np.cumsum(1 / np.log2(np.arange(2, k + 2)))))

    order = np.lexsort((-gain, rows.query))
    start = starts(rows.query[order], rows.count[order])
    width = discount[np.minimum(start + rows.count[order], k)] - discount[np.minimum(start, k)]
    best = rows.sums(gain[order] * width, rows.query[order])

    order = np.lexsort((-rows.score, rows.query))
    query, score, count = rows.query[order], rows.score[order], rows.count[order]
    first = np.flatnonzero(np.concatenate(([True], (query[1:] != query[:-1]) | (score[1:] != score[:-1]))))
    if not query.size:
        return np.full(rows.queries, np.nan)
    tied = np.add.reduceat(count, first)
    start = starts(query[first], tied)
    width = discount[np.minimum(start + tied, k)] - discount[np.minimum(start, k)]
    found = rows.sums(np.add.reduceat(gain[order] * count, first) / tied * width, query[first])
    share: Floats = np.divide(found, best, out=np.full(rows.queries, np.nan), where=best > 0)
    return np.minimum(share, 1.0)


def precisions(rows: Ranked, relevant: Integers, k: int = 10) -> tuple[Floats, Floats]:
    """Average precision at k and reciprocal of the first relevant row's rank (0 beyond k), each (q,), 0 to 1.

    `relevant`: (q,), relevant rows of each query, kept or not; a row is relevant where its relevance is above 0.
    Average precision divides by the relevant rows, at most k. Among equal scores relevant rows come last: ties earn
    nothing. nan for queries without a relevant row.

    >>> rows = Ranked(1, np.zeros(2, int), np.array([2.0, 1.0]), np.array([0.0, 1.0]), np.ones(2, int))
    >>> [part.tolist() for part in precisions(rows, np.array([1]))]
    [[0.5], [0.5]]
    """
    order = np.lexsort((rows.relevance, -rows.score, rows.query))
    query, count, hit = rows.query[order], rows.count[order], rows.relevance[order] > 0
    start = starts(query, count)
    hits = starts(query, np.where(hit, count, 0))
    taken = np.where(hit, np.clip(k - start, 0, count), 0)
    step = starts(np.repeat(np.arange(taken.size), taken), np.ones(int(taken.sum()), np.int64))
    terms = (np.repeat(hits, taken) + step + 1) / (np.repeat(start, taken) + step + 1)
    total = rows.sums(terms, np.repeat(query, taken))
    first = np.full(rows.queries, np.inf)
    np.minimum.at(first, query[taken > 0], start[taken > 0] + 1.0)
    some = relevant > 0
    average = np.divide(total, np.minimum(relevant, k), out=np.full(rows.queries, np.nan), where=some)
    return average, np.where(some, 1 / first, np.nan)


def average(found: Floats, confidence: float = 0.95) -> tuple[tuple[float, float, float], int]:
    """Mean over queries of values in 0 to 1, `(value, low, high)`, and the number of queries that have one.

    Student's t interval, with the spread of two more queries, half-way to 0 and half-way to 1, so that it has a width
    where all queries have the same value. Measured coverage of 95%, 30 to 1,000 queries: 0.93 to 1.

    >>> average(np.array([0.5, 1.0, np.nan, 0.0]))
    ((0.5, 0.0, 1.0), 3)
    """
    values = found[np.isfinite(found)]
    n = int(values.size)
    if n < 2:
        return (float(values.sum()) if n else np.nan, np.nan, np.nan), n
    value = float(values.mean())
    squares = float(((values - value) ** 2).sum()) + (value**2 + (1 - value) ** 2) / 4
    margin = float(scipy.special.stdtrit(n - 1, (1 + confidence) / 2)) * (squares / (n - 1) / n) ** 0.5
    return (value, max(0.0, value - margin), min(1.0, value + margin)), n


def starts(query: Integers, count: Integers) -> Integers:
    """Rows of the same query before each group (r,), for groups in the order of their queries.

    >>> starts(np.array([0, 0, 1, 1]), np.array([2, 1, 3, 1])).tolist()
    [0, 2, 0, 3]
    """
    before = np.cumsum(count) - count
    first = np.searchsorted(query, query, "left")
    result: Integers = before - before[first] if query.size else before
    return result
