"""Scores of a binary classifier by true class, with log-loss and Brier score."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.profiles.batch import Batch
from driftline.profiles.plan import Plan
from driftline.profiles.sketches.base import TableSketch
from driftline.profiles.sketches.base_answers import SMALLEST, is_probability
from driftline.stats.expected.outcomes import Calibration, calibrate
from driftline.types import Role, Task


@dataclass(init=False, eq=False)
class Scored(TableSketch):
    """Counts (2, bins) of scores under the score's edges for the negative and the positive class; sums (bins,) of both.

    `mean` (2,) and `m2` (2,) are of the row's log-loss (nats) and squared error. Only rows with a true class and a
    score in 0 to 1 count; a score beyond by no more than the width of a float16 is a rounded 0 or 1. `outside` are the
    rows whose score is not in that range.

    >>> from driftline.testing.examples import fold_into
    >>> sketch = fold_into("scored", {"target": [0, 1, 1, 0], "score": [0.1, 0.9, 0.6, 0.4]})
    >>> sketch.n, sketch.counts.sum(axis=1).tolist()
    (4, [2, 2])
    """

    counts: Integers
    sums: Floats
    n: int
    outside: int
    mean: Floats
    m2: Floats
    FIELDS: ClassVar[tuple[str, ...]] = ("counts", "sums", "n", "outside", "mean", "m2")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        score = plan.with_role(Role.SCORE)
        self.counts = np.zeros((2, 2 * score.edges.size + 1 if score else 1), np.int64)
        self.sums = np.zeros(self.counts.shape[1])
        self.n = self.outside = 0
        self.mean = np.zeros(2)
        self.m2 = np.zeros(2)

    @cached_property
    def calibration(self) -> Calibration | None:
        """What share of positives a score leads to expect; None without labels of both classes."""
        return calibrate(*self.counts)

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Binary classifications with target and score."""
        return plan.serves(Task.BINARY, Role.TARGET, Role.SCORE)

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch; rows whose true class or score is not known do not count."""
        target, column = self.plan.require_role(Role.TARGET), self.plan.require_role(Role.SCORE)
        if rows.labels(target).null_count() == rows.height:
            return
        label, score = rows.positives(target, self.plan.positive), rows.numbers(column)
        known = np.isfinite(label) & np.isfinite(score)
        if not known.any():
            return
        proper = known & is_probability(score)
        self.outside += int(known.sum() - proper.sum())
        self.__dict__.pop("calibration", None)
        label, score, at = label[proper], score[proper].clip(0, 1), rows.bins(column, 0, 1)[proper]
        if not label.size:
            return
        bins = self.counts.shape[1]
        counts = np.bincount(at + bins * label.astype(np.int64), minlength=2 * bins).reshape(2, bins)
        sums = np.bincount(at, weights=score, minlength=bins)
        safe = np.clip(score, SMALLEST, 1 - SMALLEST)
        losses = np.stack((-np.where(label > 0, np.log(safe), np.log1p(-safe)), (score - label) ** 2))
        mean = losses.mean(axis=1)
        m2 = ((losses - mean[:, None]) ** 2).sum(axis=1)
        batch = self._like(counts=counts, sums=sums, n=label.size, outside=0, mean=mean, m2=m2)
        self._add_batch(batch)

    def merge(self, other: Self) -> Self:
        """Both sides' rows together."""
        n = self.n + other.n
        gap = other.mean - self.mean
        return self._like(
            counts=self.counts + other.counts, sums=self.sums + other.sums,
            n=n, outside=self.outside + other.outside,
            mean=self.mean + gap * (other.n / max(n, 1)),
            m2=self.m2 + other.m2 + gap * gap * (self.n * other.n / max(n, 1)),
        )  # fmt: skip
