"""Answers of a binary classifier by score, with or without a label: what performance is estimated from."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.profiles.batch import Batch
from driftline.profiles.plan import Plan
from driftline.profiles.sketches.base import TableSketch
from driftline.profiles.sketches.base_answers import SMALLEST, THRESHOLD, is_probability
from driftline.types import Role, Task

LOSSES = ("log-loss if positive", "log-loss if negative", "squared error if positive", "squared error if negative")


@dataclass(init=False, eq=False)
class ScoredAnswers(TableSketch):
    """Counts (2, bins) of rows answered negative and positive, under the score's edges, and sums (4, bins) of losses.

    The losses of a row are the four of `LOSSES`: two of them will have been right, once its label comes. Rows count
    whether or not they have a label, if they have an answer and a score in 0 to 1; without a prediction the score
    answers, positive from 0.5 on.

    >>> from driftline.testing.examples import fold_into
    >>> sketch = fold_into("scored_answers", {"target": [0, 1, None, 0], "score": [0.1, 0.9, 0.6, 0.4]})
    >>> sketch.n, sketch.counts.sum(axis=1).tolist()
    (4, [2, 2])
    """

    counts: Integers
    losses: Floats
    FIELDS: ClassVar[tuple[str, ...]] = ("counts", "losses")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        score = plan.with_role(Role.SCORE)
        bins = 2 * score.edges.size + 1 if score else 1
        self.counts = np.zeros((2, bins), np.int64)
        self.losses = np.zeros((len(LOSSES), bins))

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Binary classifications with target and score."""
        return plan.serves(Task.BINARY, Role.TARGET, Role.SCORE)

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch."""
        column, answer = self.plan.require_role(Role.SCORE), self.plan.with_role(Role.PREDICTION)
        score = rows.numbers(column)
        if self.plan.positive is None:
            return
        known = is_probability(score)
        if answer is None:
            positive = score >= THRESHOLD
        else:
            labels = rows.kept_labels(answer, self.plan.require_role(Role.TARGET))
            if labels.null_count():
                known &= labels.is_not_null().to_numpy()
                labels = labels.fill_null("")
            positive = (labels == self.plan.positive).to_numpy()
        at = rows.bins(column, 0, 1)
        if not known.all():
            score, positive, at = score[known], positive[known], at[known]
        if not score.size:
            return
        score = score.clip(0, 1)
        bins = self.counts.shape[1]
        counts = np.bincount(at + bins * positive, minlength=2 * bins).reshape(2, bins)
        safe = np.clip(score, SMALLEST, 1 - SMALLEST)
        losses = -np.log(safe), -np.log1p(-safe), (1 - score) ** 2, score**2
        sums = np.stack([np.bincount(at, weights=loss, minlength=bins) for loss in losses])
        self._add_batch(self._like(counts=counts, losses=sums))

    def merge(self, other: Self) -> Self:
        """Sum of both."""
        return self._like(counts=self.counts + other.counts, losses=self.losses + other.losses)

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.counts.sum())

    def scores(self) -> Floats:
        """Sum (bins,) of the scores s of each bin's rows: those of s² and of (1 - s)² tell it."""
        if_positive, if_negative = self.losses[2:]
        sums: Floats = (self.counts.sum(axis=0) + if_negative - if_positive) / 2
        return sums
