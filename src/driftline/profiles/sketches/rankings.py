"""The best-scored and the most relevant rows of a uniform sample of queries."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import polars as pl

from driftline.arrays import Floats, Integers
from driftline.data import hashing
from driftline.data.hashing import Hashes
from driftline.profiles.batch import Batch
from driftline.profiles.plan import Plan
from driftline.profiles.sketches.base import TableSketch
from driftline.stats.ranking import Ranked, starts
from driftline.types import Role, Task

MOST = 4096  # queries
K = 10  # ranks that matter


@dataclass(init=False, eq=False)
class Rankings(TableSketch):
    """Of the 4,096 queries with the smallest hash: all rows that can be among the first 10 by score or by relevance.

    `queries` (q,) are their hashes, `relevant` (q,) their rows with a relevance above 0, kept or not. Rows are kept in
    groups of equal query, score and relevance: `query` (r,) is the hash, `score`, `relevance` and `counts` (r,) the
    rest. Exact for up to 4,096 queries, a uniform sample of them beyond; a query may be split over batches.

    >>> from driftline.testing.examples import fold_into
    >>> rows = {"query": ["a", "a", "b"], "score": [0.9, 0.1, 0.5], "target": [1, 0, 1]}
    >>> sketch = fold_into("rankings", rows, model={"task": "ranking"})
    >>> sketch.queries.size, sketch.counts.tolist()
    (2, [1, 1, 1])
    """

    queries: Hashes
    relevant: Integers
    query: Hashes
    score: Floats
    relevance: Floats
    counts: Integers
    ON_DEMAND: ClassVar[bool] = True
    FIELDS: ClassVar[tuple[str, ...]] = ("queries", "relevant", "query", "score", "relevance", "counts")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.queries, self.query = np.empty(0, np.uint64), np.empty(0, np.uint64)
        self.relevant, self.counts = np.empty(0, np.int64), np.empty(0, np.int64)
        self.score, self.relevance = np.empty(0), np.empty(0)

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Rankings with a query, a target, and a score or a prediction."""
        scored = plan.with_role(Role.SCORE) or plan.with_role(Role.PREDICTION)
        return plan.serves(Task.RANKING, Role.QUERY, Role.TARGET) and bool(scored)

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch; rows whose query, score or target is not known do not count, a target below 0 is 0."""
        answer = self.plan.with_role(Role.SCORE) or self.plan.require_role(Role.PREDICTION)
        labels = rows.labels(self.plan.require_role(Role.QUERY))
        score, target = (
            rows.numbers(answer) + 0.0,
            np.maximum(rows.numbers(self.plan.require_role(Role.TARGET)), 0.0) + 0.0,
        )
        known = np.isfinite(score) & np.isfinite(target) & labels.is_not_null().to_numpy()
        if not known.any():
            return
        names = labels.filter(pl.Series(known)).cast(pl.Categorical)
        codes, where = np.unique(names.to_physical().to_numpy(), return_inverse=True)
        distinct = names.unique()
        of_code = dict(zip(distinct.to_physical().to_list(), distinct.cast(pl.String).to_list(), strict=True))
        query = hashing.of_labels([of_code[code] for code in codes.tolist()])[where]
        queries, where = np.unique(query, return_inverse=True)
        relevant = np.bincount(where, weights=target[known] > 0, minlength=queries.size).astype(np.int64)
        batch = self._like(
            queries=queries, relevant=relevant, query=query, score=score[known], relevance=target[known],
            counts=np.ones(query.size, np.int64),
        )  # fmt: skip
        self._add_batch(batch)

    def merge(self, other: Self) -> Self:
        """The queries of both with the smallest hashes, with the rows of both that can still matter."""
        queries, where = np.unique(np.concatenate((self.queries, other.queries)), return_inverse=True)
        relevant = np.zeros(queries.size, np.int64)
        np.add.at(relevant, where, np.concatenate((self.relevant, other.relevant)))
        both = [
            np.concatenate((getattr(self, name), getattr(other, name)))
            for name in ("query", "score", "relevance", "counts")
        ]
        if queries.size > MOST:
            queries, relevant = queries[:MOST], relevant[:MOST]
            near = both[0] <= queries[-1]
            both = [part[near] for part in both]
        return self._like(queries=queries, relevant=relevant, **_trimmed(*both))

    def ranked(self) -> Ranked:
        """The rows for `stats.ranking`."""
        query = np.searchsorted(self.queries, self.query)
        return Ranked(self.queries.size, query, self.score, self.relevance, self.counts)


def _trimmed(
    query: Hashes, score: Floats, relevance: Floats, counts: Integers
) -> dict[str, Hashes | Floats | Integers]:
    """Equal rows as one, sorted by query, falling score and falling relevance; those that cannot matter left out."""
    order = np.lexsort((-relevance, -score, query))
    query, score, relevance, counts = query[order], score[order], relevance[order], counts[order]
    new = np.ones(query.size, bool)
    new[1:] = (query[1:] != query[:-1]) | (score[1:] != score[:-1]) | (relevance[1:] != relevance[:-1])
    at = np.flatnonzero(new)
    if not at.size:
        return {"query": query, "score": score, "relevance": relevance, "counts": counts}
    counts = np.add.reduceat(counts, at)
    query, score, relevance = query[at], score[at], relevance[at]
    place = np.searchsorted(query, query, "left")  # orders the queries as their hashes do
    tied = np.ones(query.size, bool)
    tied[1:] = (query[1:] != query[:-1]) | (score[1:] != score[:-1])
    first = np.flatnonzero(tied)[np.cumsum(tied) - 1]  # the first group of the same query and score
    kept = starts(place, counts)[first] < K
    best = np.lexsort((-relevance, place))
    kept[best] |= (starts(place[best], counts[best]) < K) & (relevance[best] > 0)
    return {"query": query[kept], "score": score[kept], "relevance": relevance[kept], "counts": counts[kept]}
