"""Matthews correlation of a classification."""

from driftline.metrics.base import level
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.confusion import Confusion
from driftline.stats import classification
from driftline.types import Estimate, Health, Task


@level(
    title="Matthews correlation", family="performance", health=Health.MODEL,
    on="table", needs=Confusion, tasks={Task.BINARY, Task.MULTICLASS}, by_segment=True, windowed=True,
    low=-1, high=1, worse="down", threshold=0.1, judged=False,
)  # fmt: skip
def matthews(profile: Profile) -> Estimate | None:
    """Correlation of predicted and true class, -1 to 1, 0 by chance; of more than two classes Gorodkin's R_K.

    0 where all rows are predicted alike; no value where all are truly of one class. The interval is by the delta method
    on Wilson's scale. Measured coverage of 95 %, multinomial rows, 100 and more: 91 to 97 % where 3 and more of each
    class are expected, 86 % of 2, down to 65 % where a class may have no row at all. Judged on request, for being over
    0.1 lower than in the reference. Source: Matthews (1975); Gorodkin (2004).
    """
    confusion = profile.get(Confusion)
    n = int(confusion.matrix.sum())
    found = classification.matthews(classification.apart(confusion.matrix))
    return Estimate.from_interval(found, n, why="the target has one class only" if n else "no usable rows")
