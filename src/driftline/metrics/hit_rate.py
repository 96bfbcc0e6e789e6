"""Hit rate of a ranking."""

from driftline.metrics.base import level
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.rankings import Rankings
from driftline.stats import intervals, ranking
from driftline.types import Estimate, Health, Task


@level(
    title="hit rate at 10", family="performance", health=Health.MODEL,
    on="table", needs=Rankings, tasks={Task.RANKING}, by_segment=True, windowed=True,
    unit="share", low=0, high=1, worse="down", threshold=0.05, judged=False,
)  # fmt: skip
def hit_rate(profile: Profile) -> Estimate | None:
    """Share of the queries that have a relevant row among their first 10, 0 to 1, with Wilson's score interval.

    Rows are relevant where their target is above 0; among equal scores they come last. Queries without a relevant row
    do not count; n is the number of queries. Exact for up to 4,096 queries, on a uniform sample of them beyond. Judged
    on request, for being over 5 points lower than in the reference. Source: Wilson (1927).
    """
    kept = profile.get(Rankings)
    _, first = ranking.precisions(kept.ranked(), kept.relevant)
    n = int((kept.relevant > 0).sum())
    return Estimate.from_interval(intervals.wilson(int((first > 0).sum()), n), n, why="no query has a relevant row")
