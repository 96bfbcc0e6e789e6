"""Decorators of performance metrics: the facts that the metrics of one task have in common.

Each makes a metric of a function that measures one side, `f(profile) -> Estimate | None`, as `base.level` does, over
all rows, by segment and by window. A fact that is given replaces the common one.
"""

from collections.abc import Callable
from typing import Any

from driftline.metrics.base import Metric, distance, level
from driftline.profiles.sketches.confusion import Confusion
from driftline.profiles.sketches.rankings import Rankings
from driftline.profiles.sketches.scored import Scored
from driftline.types import Health, Task

Decorator = Callable[..., Metric]
_PERFORMANCE: dict[str, Any] = {
    "family": "performance",
    "health": Health.MODEL,
    "on": "table",
    "by_segment": True,
    "windowed": True,
}
_REGRESSION = _PERFORMANCE | {"tasks": {Task.REGRESSION}}
_ERROR = _REGRESSION | {"low": 0, "threshold": 0.0, "relative": 0.1}
_SCORE = _PERFORMANCE | {"low": 0, "high": 1, "worse": "down", "threshold": 0.05}


def regression(**facts: Any) -> Decorator:
    """A metric of a regression; say in `needs` of which sketch it is computed."""
    return level(**_REGRESSION | facts)


def error(**facts: Any) -> Decorator:
    """An error, from 0, of a regression unless `tasks` differs: worse when over 10 % larger than in the reference."""
    return level(**_ERROR | facts)


def relative_error(**facts: Any) -> Decorator:
    """An error of a regression that is computed from both sides: `f(current, reference) -> Estimate | None`."""
    return distance(**_ERROR | facts)


def classification(**facts: Any) -> Decorator:
    """A share from the confusion matrix, 0 to 1: worse when it is over 5 points lower than in the reference."""
    return level(**_SCORE | {"needs": Confusion, "tasks": {Task.BINARY, Task.MULTICLASS}, "unit": "share"} | facts)


def probability(**facts: Any) -> Decorator:
    """A metric of the scores of a binary classification: worse when it is over 0.05 lower than in the reference."""
    return level(**_SCORE | {"needs": Scored, "tasks": {Task.BINARY}} | facts)


def ranking(**facts: Any) -> Decorator:
    """A metric of ranked queries, 0 to 1: worse when it is over 0.05 lower than in the reference."""
    return level(**_SCORE | {"needs": Rankings, "tasks": {Task.RANKING}} | facts)
