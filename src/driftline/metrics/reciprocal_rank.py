"""Mean reciprocal rank of a ranking."""

from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.rankings import Rankings
from driftline.stats import ranking
from driftline.types import Estimate


@performance.ranking(title="mean reciprocal rank at 10", judged=False)
def reciprocal_rank(profile: Profile) -> Estimate | None:
    """1 / rank of a query's first relevant row, 0 where it is not among the first 10, on average over queries, 0 to 1.

    Rows are relevant where their target is above 0; among equal scores they come last. Queries without a relevant row
    do not count; n is the number of queries. Exact for up to 4,096 queries, on a uniform sample of them beyond.
    Student's t-interval over queries (measured coverage of 95 %: 93 to 100 %); judged on request, for being over 0.05
    lower than in the reference. Source: Voorhees (1999).

    >>> from driftline.testing.examples import measure
    >>> rows = {"query": [1, 1, 1, 2, 2, 2], "target": [0, 1, 0, 1, 0, 0], "score": [3, 2, 1, 3, 2, 1]}
    >>> print(measure("reciprocal_rank", rows))
    0.75 (0 to 1), n = 2
    """
    kept = profile.get(Rankings)
    result = ranking.precisions(kept.ranked(), kept.relevant)[1]
    return Estimate.from_interval(*ranking.average(result), why="no query has a relevant row")
