"""Normalised discounted cumulative gain of a ranking."""

from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.rankings import Rankings
from driftline.stats import ranking
from driftline.types import Estimate


@performance.ranking(title="NDCG at 10")
def ndcg(profile: Profile) -> Estimate | None:
    """How near the first 10 rows of a query are to the best order, 0 to 1, on average over queries.

    The gain of a row is its target, the discount 1 / log2(1 + rank); rows with equal scores share theirs. Queries
    without a row whose target is above 0 do not count; n is the number of queries. Exact for up to 4,096 queries, on a
    uniform sample of them beyond. Student's t-interval over queries (measured coverage of 95 %: 93 to 100 %); judged
    for being over 0.05 lower than in the reference. Assumes independent queries. Source: Järvelin & Kekäläinen (2002).

    >>> from driftline.testing.examples import measure
    >>> rows = {"query": [1, 1, 1, 2, 2, 2], "target": [0, 1, 0, 1, 0, 0], "score": [3, 2, 1, 3, 2, 1]}
    >>> print(measure("ndcg", rows))
    0.815 (0 to 1), n = 2
    """
    kept = profile.get(Rankings)
    result = ranking.ndcg(kept.ranked())
    return Estimate.from_interval(*ranking.average(result), why="no query has a relevant row")
