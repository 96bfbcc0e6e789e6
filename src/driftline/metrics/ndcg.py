"""Normalised discounted cumulative gain of a ranking."""

from driftline.metrics.base import level
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.rankings import Rankings
from driftline.stats import ranking
from driftline.types import Estimate, Health, Task


@level(
    title="NDCG at 10", family="performance", health=Health.MODEL,
    on="table", needs=Rankings, tasks={Task.RANKING}, by_segment=True, windowed=True,
    low=0, high=1, worse="down", threshold=0.05,
)  # fmt: skip
def ndcg(profile: Profile) -> Estimate | None:
    """How near the first 10 rows of a query are to the best order, 0 to 1, on average over queries.

    The gain of a row is its target, the discount 1 / log2(1 + rank); rows with equal scores share theirs. Queries
    without a row whose target is above 0 do not count; n is the number of queries. Exact for up to 4,096 queries, on a
    uniform sample of them beyond. Student's t-interval over queries (measured coverage of 95 %: 93 to 100 %); judged
    for being over 0.05 lower than in the reference. Assumes independent queries. Source: Järvelin & Kekäläinen (2002).
    """
    kept = profile.get(Rankings)
    found = ranking.ndcg(kept.ranked())
    return Estimate.from_interval(*ranking.average(found), why="no query has a relevant row")
