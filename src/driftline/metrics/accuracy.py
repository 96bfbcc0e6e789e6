"""Accuracy of a classification."""

from driftline.metrics import base_performance as performance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.confusion import Confusion
from driftline.stats import intervals
from driftline.types import Estimate


@performance.classification(title="accuracy")
def accuracy(profile: Profile) -> Estimate | None:
    """Share of rows whose predicted class is the true one, 0 to 1, with Wilson's score interval.

    It is also the micro average of precision, recall and F1. `detail` names the most frequent confusions of many
    classes. Judged for being over 5 points lower than in the reference. Source: Wilson (1927).

    >>> from driftline.testing.examples import measure
    >>> print(measure("accuracy", {"target": [0, 0, 1, 1, 1] * 20, "prediction": [0, 1, 1, 1, 0] * 20}))
    0.6 (0.502 to 0.691), n = 100
    """
    confusion = profile.get(Confusion)
    matrix = confusion.matrix
    right = int(matrix.diagonal().sum())
    detail = {"confusions": _confusions(confusion)} if len(confusion.classes) > 2 else {}
    value, low, high = intervals.wilson(right, int(matrix.sum()))
    return Estimate(value=value, low=low, high=high, n=int(matrix.sum()), detail=detail)


def _confusions(confusion: Confusion, most: int = 10) -> list[str]:
    """The most frequent pairs of a true class and another one predicted, the most frequent first."""
    pairs = [
        (-n, true, predicted)
        for true, row in confusion.pairs.items()
        for predicted, n in row.items()
        if true != predicted
    ]
    return [f"true {true!r} predicted {predicted!r}: {-rows:,}" for rows, true, predicted in sorted(pairs)[:most]]
