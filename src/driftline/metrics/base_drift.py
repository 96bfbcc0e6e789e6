"""Decorator of drift metrics: the facts that the distances between two distributions of a column have in common."""

from collections.abc import Callable
from typing import Any

from driftline.metrics.base import Metric, distance

_DRIFT: dict[str, Any] = {"family": "drift", "low": 0, "judged": False, "windowed": True}


def drift(**facts: Any) -> Callable[..., Metric]:
    """Make a metric of a function `f(current, reference) -> Estimate | None` of a column, as `base.distance` does.

    It is from 0, computed for all rows and by window, and judged on request. A fact that is given replaces the common
    one.
    """
    return distance(**_DRIFT | facts)
