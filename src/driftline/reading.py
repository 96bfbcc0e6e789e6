"""A reading: one metric's estimate on one column and cell, as the rules get it."""

from dataclasses import dataclass

from driftline.metric import Metric
from driftline.types import Cell, Column, Estimate, Health, Role

_OF_THE_MODEL = frozenset({Role.PREDICTION, Role.SCORE, Role.TARGET})


@dataclass(frozen=True, slots=True)
class Reading:
    """What was measured, where, and the estimate. `threshold` and `relative` are the metric's, or the person's."""

    metric: Metric
    column: Column | None
    cell: Cell
    estimate: Estimate
    threshold: float | None
    relative: float
    judged: bool

    @property
    def health(self) -> Health:
        """The tier: what concerns prediction, score and target is the model's."""
        return Health.MODEL if self.column and self.column.role in _OF_THE_MODEL else self.metric.health
