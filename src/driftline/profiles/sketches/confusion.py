"""Counts of predicted against true classes."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
import polars as pl

from driftline.arrays import Floats, Integers
from driftline.profiles.batch import Batch
from driftline.profiles.plan import Plan
from driftline.profiles.sketches.base import TableSketch
from driftline.profiles.sketches.base_answers import ANOTHER, MOST_CLASSES, OTHER, THRESHOLD
from driftline.types import Role, Task

MOST_NEW = 100


@dataclass(init=False, eq=False)
class Confusion(TableSketch):
    """Rows of each pair of a true and a predicted class that comes, by name.

    Classes are the target's most frequent 1,000 categories in the plan, and the first 100 by name of those that are
    not in it, which stand as hashes. All that are left are one class, `(other)`; of these, those predicted wrongly for
    one another are predicted as `(another)`. So every right answer counts as right, however many classes there are.

    >>> from driftline.testing.examples import fold_into
    >>> sketch = fold_into("confusion", {"target": ["cat", "dog"] * 10, "prediction": ["cat", "cat"] * 10})
    >>> sketch.pairs
    {'cat': {'cat': 10}, 'dog': {'cat': 10}}
    """

    pairs: dict[str, dict[str, int]]
    FIELDS: ClassVar[tuple[str, ...]] = ("pairs",)

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.pairs = {}

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The classes that come: those of the plan in its order, then new ones; of a binary task both always."""
        seen = {label for true, row in self.pairs.items() for label in (true, *row)}
        listed = tuple(c for c in self._listed if c in seen or self.plan.task is Task.BINARY)
        return (
            listed
            + tuple(sorted(seen.difference(listed, (OTHER, ANOTHER))))
            + tuple(label for label in (OTHER, ANOTHER) if label in seen)
        )

    @cached_property
    def matrix(self) -> Integers:
        """Rows (classes, classes) by true (first axis) and predicted class."""
        index = {label: at for at, label in enumerate(self.classes)}
        matrix = np.zeros((len(index), len(index)), np.int64)
        for true, row in self.pairs.items():
            for predicted, n in row.items():
                matrix[index[true], index[predicted]] = n
        return matrix

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
        """Classifications with a target, and a prediction, or of two classes a score."""
        return plan.serves(Task.BINARY, Role.TARGET, Role.SCORE) or any(
            plan.serves(task, Role.TARGET, Role.PREDICTION) for task in (Task.BINARY, Task.MULTICLASS)
        )

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch; without a prediction the score of a binary model answers, positive from 0.5 on."""
        target, answer = self.plan.require_role(Role.TARGET), self.plan.with_role(Role.PREDICTION)
        if rows.labels(target).null_count() == rows.height:
            return
        if answer is not None:
            answers = rows.kept_labels(answer, target)
        else:
            answers = self._answers(rows.numbers(self.plan.require_role(Role.SCORE)))
        for name in ("classes", "matrix"):
            self.__dict__.pop(name, None)
        self._add_batch(self._like(pairs=self._count(rows.pairs(target, answers))))

    def _answers(self, score: Floats) -> pl.Series:
        positive = self.plan.positive
        negative = next((label for label in self._listed if label != positive), None)
        known = np.isfinite(score)
        answers = pl.Series(score >= THRESHOLD).replace_strict(
            {True: positive, False: negative}, return_dtype=pl.String
        )
        return answers.set(pl.Series(~known), None)

    def merge(self, other: Self) -> Self:
        """Sum of both."""
        both = (
            (true, answer, n) for side in (self, other) for true, row in side.pairs.items() for answer, n in row.items()
        )
        return self._like(pairs=self._count(both))

    @property
    def _listed(self) -> tuple[str, ...]:
        return self.plan.require_role(Role.TARGET).categories[:MOST_CLASSES]

    def _count(self, pairs: Iterable[tuple[str, str, int]]) -> dict[str, dict[str, int]]:
        """The rows of each pair, by name; what is beyond the classes that are kept is made `(other)`."""
        pairs = list(pairs)
        known = {*self._listed, OTHER, ANOTHER}
        new = sorted({label for true, answer, _ in pairs for label in (true, answer)} - known)
        known.update(new[:MOST_NEW])
        counted: dict[str, dict[str, int]] = {}
        for true, answer, n in pairs:
            actual, predicted = (label if label in known else OTHER for label in (true, answer))
            if actual == predicted == OTHER and true != answer:
                predicted = ANOTHER
            row = counted.setdefault(actual, {})
            row[predicted] = row.get(predicted, 0) + n
        return {true: dict(sorted(row.items())) for true, row in sorted(counted.items())}
