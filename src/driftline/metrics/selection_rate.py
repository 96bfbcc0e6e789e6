"""Selection rate of a binary classifier."""

from driftline.metrics.base import level
from driftline.metrics.base_fairness import selected
from driftline.profiles.profile import Profile
from driftline.types import Estimate, Health, Task


@level(
    title="selection rate", family="fairness", health=Health.MODEL, on="table", tasks={Task.BINARY}, unit="share",
    low=0, high=1, by_segment=True, worse="both",
)  # fmt: skip
def selection_rate(profile: Profile) -> Estimate | None:
    """Share of the rows that is predicted positive, 0 to 1, with the score interval; of all rows and by segment.

    Needs no labels. Shown and not judged: the drift of the prediction is. Source: Wilson (1927).

    >>> from driftline.testing.examples import measure
    >>> print(measure("selection_rate", {"target": [0, 1] * 50, "prediction": [0, 1, 1, 1] * 25}))
    0.75 (0.657 to 0.825), n = 100
    """
    interval, n = selected(profile)
    return Estimate.from_interval(interval, n) if n else None
