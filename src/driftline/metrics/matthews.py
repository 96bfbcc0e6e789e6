"""Matthews correlation of a classification."""

from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.confusion import Confusion
from driftline.stats import classification
from driftline.types import Estimate


@performance.classification(title="Matthews correlation", unit="", low=-1, threshold=0.1, judged=False)
def matthews(profile: Profile) -> Estimate | None:
    """Correlation of predicted and true class, -1 to 1, 0 by chance; of more than two classes Gorodkin's R_K.

    0 where all rows are predicted alike; no value where all are truly of one class. The interval is by the delta method
    on Wilson's scale. Measured coverage of 95 %, multinomial rows, 100 and more: 91 to 97 % where 3 and more of each
    class are expected, 86 % of 2, down to 65 % where a class may have no row at all. Judged on request, for being over
    0.1 lower than in the reference. Source: Matthews (1975); Gorodkin (2004).

    >>> from driftline.testing.examples import measure
    >>> print(measure("matthews", {"target": [0, 0, 1, 1, 1] * 20, "prediction": [0, 1, 1, 1, 0] * 20}))
    0.167 (-0.0313 to 0.352), n = 100
    """
    confusion = profile.get(Confusion)
    n = int(confusion.matrix.sum())
    result = classification.matthews(confusion.matrix)
    return Estimate.from_interval(result, n, why="the target has one class only" if n else "no usable rows")
