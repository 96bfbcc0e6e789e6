"""A score that is no probability of the positive class, or says nothing of it."""

from driftline import humanize
from driftline.metrics.base import distance
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.moments import Moments
from driftline.profiles.sketches.scored import Scored
from driftline.stats import intervals
from driftline.types import Estimate, Kind, Level, Role, Task

_FEWEST = 200
_REVERSED = 0.45
"""Area under the ROC curve, below which a score ranks the wrong way round."""
_CHANCE = (0.45, 0.55)
"""As near to one half a score ranks like chance, unless its interval is without that."""


@distance(
    title="score that does not fit", family="quality", kinds={Kind.NUMERIC}, roles={Role.SCORE}, tasks={Task.BINARY},
    needs=Scored, unit="share", low=0, high=1, threshold=0.0, certain=True, most=Level.WARNING,
)  # fmt: skip
def unfit_score(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Share of the reference's labelled scores that are not what a score is, 0 to 1, and why; by rights 0.

    Those outside 0 to 1, which a count or a percentage has. All of them, where the score is the same in all rows; where
    it ranks the wrong way round, with the whole interval of its ROC AUC below 0.45: then it is the probability of the
    other class, or the positive class is another (`positive`); or where it ranks like chance, with an interval around
    0.5 that lies in 0.45 to 0.55. From 200 labelled scores of both classes on. A fact of the reference, the same in
    each window: all that is compared with such a reference is quiet, and says nothing. What goes wrong later is told by
    `out_of_range` and `roc_auc`. A warning at most.

    >>> from driftline.testing.examples import measure
    >>> print(measure("unfit_score", {"target": [0, 1] * 100, "score": [0.9, 0.2] * 90 + [0.2, 0.9] * 10}))
    1, n = 200
    >>> print(measure("unfit_score", {"target": [0, 1] * 100, "score": [0.1, 0.6, 0.4, 2.0] * 50}))
    0.25, n = 200
    """
    scored = reference.get(Scored)
    n = scored.n + scored.outside
    if n < _FEWEST or not scored.counts.any(axis=1).all():
        return None
    value, says = _judge(scored, reference.get(Moments))
    return Estimate(value=value, n=max(n, current.n), says=says, notable=bool(says))


def _judge(scored: Scored, scores: Moments) -> tuple[float, str]:
    """The share that does not fit, and why."""
    if scored.outside:
        ends = f"{humanize.number(scores.minimum)} to {humanize.number(scores.maximum)}"
        share = scored.outside / (scored.n + scored.outside)
        return share, f"it is {ends} in the reference: what is outside 0 to 1 is no probability and does not count"
    if scores.minimum >= scores.maximum:
        return 1.0, f"it is {humanize.number(scores.minimum)} in all rows of the reference: nothing can be told by it"
    value, low, high = intervals.auc(scored.counts[1], scored.counts[0])
    said = f"ROC AUC {value:.3f} [{low:.3f}, {high:.3f}] in the reference"
    if high < _REVERSED:
        return 1.0, f"it ranks the wrong way round ({said}): it is of the other class, or `positive` should name that"
    if _CHANCE[0] <= low <= 0.5 <= high <= _CHANCE[1]:
        return 1.0, f"it ranks like chance ({said}): estimates know nothing but how many are positive"
    return 0.0, ""
