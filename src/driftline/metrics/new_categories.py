"""Values that the reference never had."""

from driftline import words
from driftline.metric import level
from driftline.plan import LABELS
from driftline.profile import ColumnProfile
from driftline.sketches.categories import Categories
from driftline.stats import intervals
from driftline.types import Estimate


@level(
    title="new values", family="quality", kinds=LABELS, unit="share", low=0, high=1, threshold=0.01, windowed=True,
    by_segment=True,
)  # fmt: skip
def new_categories(column: ColumnProfile) -> Estimate | None:
    """Share of rows whose category is not in the reference's list, 0 to 1, with Wilson's score interval.

    The list holds up to 10,000 categories; a reference with more has a share of its own here, and is compared with it.
    Judged for becoming more by over 1 point. Source: Wilson (1927).
    """
    categories, n = column.get(Categories), column.n
    names = categories.unseen_labels
    says = "such as " + words.listing([f"{name} ({count:,})" for name, count in names.items()], 3) if names else ""
    found = intervals.wilson(categories.unseen, n)
    return Estimate.of(found, n, says=says, names=dict(list(names.items())[:20]), notable=bool(names))
