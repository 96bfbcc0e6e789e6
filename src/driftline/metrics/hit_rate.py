"""Hit rate of a ranking."""

from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.rankings import Rankings
from driftline.stats import intervals, ranking
from driftline.types import Estimate


@performance.ranking(title="hit rate at 10", unit="share", judged=False)
def hit_rate(profile: Profile) -> Estimate | None:
    """Share of the queries that have a relevant row among their first 10, 0 to 1, with Wilson's score interval.

    Rows are relevant where their target is above 0; among equal scores they come last. Queries without a relevant row
    do not count; n is the number of queries. Exact for up to 4,096 queries, on a uniform sample of them beyond. Judged
    on request, for being over 5 points lower than in the reference. Source: Wilson (1927).

    >>> from driftline.testing.examples import measure
    >>> rows = {"query": [1, 1, 1, 2, 2, 2], "target": [0, 1, 0, 1, 0, 0], "score": [3, 2, 1, 3, 2, 1]}
    >>> print(measure("hit_rate", rows))
    1 (0.342 to 1), n = 2
    """
    kept = profile.get(Rankings)
    _, first = ranking.precisions(kept.ranked(), kept.relevant)
    n = int((kept.relevant > 0).sum())
    return Estimate.from_interval(intervals.wilson(int((first > 0).sum()), n), n, why="no query has a relevant row")
