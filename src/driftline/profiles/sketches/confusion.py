"""Counts of predicted against true classes."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import polars as pl

from driftline.arrays import Floats, Integers
from driftline.profiles.batch import Batch
from driftline.profiles.plan import Plan
from driftline.profiles.sketches.base import TableSketch
from driftline.types import Role, Task

MOST_CLASSES = 100
THRESHOLD = 0.5


@dataclass(init=False, eq=False)
class Confusion(TableSketch):
    """Matrix (classes + 1, classes + 1) of rows by true (first axis) and predicted class; the last class is any other.

    The classes are the target's categories in the plan, at most 100.
    """

    matrix: Integers
    FIELDS: ClassVar[tuple[str, ...]] = ("matrix",)

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        size = len(self.classes) + 1
        self.matrix = np.zeros((size, size), np.int64)

    @property
    def classes(self) -> tuple[str, ...]:
        """The named classes."""
        return self.plan.require_role(Role.TARGET).categories[:MOST_CLASSES]

    @property
    def positive(self) -> int | None:
        """Position of the positive class of a binary task."""
        known = self.plan.task is Task.BINARY and self.plan.positive in self.classes
        return self.classes.index(str(self.plan.positive)) if known else None

    @property
    def binary(self) -> tuple[int, int, int]:
        """True positives, false positives, false negatives."""
        at = self.positive
        if at is None:
            raise LookupError("the plan has no positive class")
        hit = int(self.matrix[at, at])
        return hit, int(self.matrix[:, at].sum()) - hit, int(self.matrix[at].sum()) - hit

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Classifications with a target, and a prediction or a score."""
        return (
            plan.task in {Task.BINARY, Task.MULTICLASS}
            and plan.with_role(Role.TARGET) is not None
            and bool(plan.with_role(Role.PREDICTION) or plan.with_role(Role.SCORE))
        )  # fmt: skip

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch; without a prediction the score of a binary model answers, positive from 0.5 on."""
        target, answer = self.plan.require_role(Role.TARGET), self.plan.with_role(Role.PREDICTION)
        if answer is not None:
            answers = rows.labels(answer)
        else:
            score = self.plan.require_role(Role.SCORE)
            answers = self._answers(rows.numbers(score))
        index = {label: position for position, label in enumerate(self.classes)}
        for true, predicted, n in rows.pairs(target, answers):
            self.matrix[index.get(true, -1), index.get(predicted, -1)] += n

    def _answers(self, score: Floats) -> pl.Series:
        positive = self.plan.positive
        negative = next((label for label in self.classes if label != positive), None)
        known = np.isfinite(score)
        answers = pl.Series(score >= THRESHOLD).replace_strict(
            {True: positive, False: negative}, return_dtype=pl.String
        )
        return answers.set(pl.Series(~known), None)

    def merge(self, other: Self) -> Self:
        """Sum of both."""
        return self._like(matrix=self.matrix + other.matrix)
