"""Labels that are all alike."""

from driftline.metrics.base import distance
from driftline.profiles.plan import LABELS, NUMBERS
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.categories import Categories
from driftline.profiles.sketches.moments import Moments
from driftline.types import Estimate, Level, Role, Task

_FEWEST = 30


@distance(
    title="labels all alike", family="quality", roles={Role.TARGET}, low=0, high=1, threshold=0.5, certain=True,
    most=Level.WARNING, tasks={Task.BINARY, Task.MULTICLASS, Task.REGRESSION},
)  # fmt: skip
def constant_labels(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """1 where all labels of the reference are the same, else 0: no performance can be compared with it, nor estimated.

    From 30 labels on. A fact of the reference; labels that become all alike later are told by `constant`, and by the
    drift of the target. A warning at most.

    >>> from driftline.testing.examples import measure
    >>> print(measure("constant_labels", {"target": [0, 1] * 20, "score": [0.2, 0.9] * 20}, column="target"))
    0, n = 40
    """
    kind, labels = reference.plan.kind, reference.counts.values
    if labels < _FEWEST or kind not in (*NUMBERS, *LABELS):
        return None
    if kind in NUMBERS:
        moments = reference.get(Moments)
        alike = moments.minimum >= moments.maximum
    else:
        categories = reference.get(Categories)
        alike = int((categories.counts > 0).sum()) + bool(categories.unseen) <= 1
    says = f"the reference's {labels:,} labels are all the same: no performance can be compared or estimated"
    return Estimate(value=float(alike), n=current.sample_size, says=says if alike else "", notable=alike)
