"""Answers of a classifier of many classes by their confidence, with or without a label."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import polars as pl

from driftline.arrays import Floats, Integers
from driftline.profiles.batch import Batch
from driftline.profiles.plan import Plan
from driftline.profiles.sketches.base import TableSketch
from driftline.profiles.sketches.base_answers import MOST_CLASSES, OTHER
from driftline.types import Role, Task

_ENOUGH = 30  # labels of one answer at one confidence, from which on they speak for themselves


@dataclass(init=False, eq=False)
class ConfidentAnswers(TableSketch):
    """Rows (groups,) by predicted class and confidence (`rows`), and those with a label also by true class (`known`).

    The confidence is the score: the probability of the predicted class, in about ten groups of equal rows of the
    reference. Classes are the target's most frequent 1,000; all others are one, `(other)`.

    >>> from driftline.testing.examples import fold_into
    >>> rows = {"target": list("abca") * 10, "prediction": list("abba") * 10, "score": [0.9, 0.8, 0.5, 0.7] * 10}
    >>> sketch = fold_into("confident_answers", rows)
    >>> {name: int(rows.sum()) for name, rows in sketch.rows.items()}
    {'a': 20, 'b': 20}
    """

    rows: dict[str, Integers]
    known: dict[str, dict[str, Integers]]
    FIELDS: ClassVar[tuple[str, ...]] = ("rows", "known")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.rows = {}
        self.known = {}

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Classifications of more than two classes with target, prediction and score."""
        return plan.serves(Task.MULTICLASS, Role.TARGET, Role.PREDICTION, Role.SCORE)

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch; rows without a prediction or a finite score do not count."""
        target, answer, score = (self.plan.require_role(role) for role in (Role.TARGET, Role.PREDICTION, Role.SCORE))
        numbers = rows.numbers(score)
        at = score.bins(numbers)
        group = pl.Series(score.groups[at.clip(max=score.groups.size - 1)])
        table = pl.DataFrame(
            {"answer": self._named(rows.kept_labels(answer, target)), "true": self._named(rows.kept_labels(target)),
             "group": group.set(pl.Series(~np.isfinite(numbers)), None)}
        ).drop_nulls(["answer", "group"])  # fmt: skip
        batch = type(self)(self.plan)
        for predicted, true, place, n in table.group_by("answer", "true", "group").len().sort(pl.all()).iter_rows():
            batch.rows.setdefault(predicted, self.no_rows())[place] += n
            if true is not None:
                batch.known.setdefault(predicted, {}).setdefault(true, self.no_rows())[place] += n
        self._add_batch(batch)

    def merge(self, other: Self) -> Self:
        """Sum of both."""
        known = {
            answer: _sum(self.known.get(answer, {}), other.known.get(answer, {}))
            for answer in sorted(self.known.keys() | other.known.keys())
        }
        return self._like(rows=_sum(self.rows, other.rows), known=known)

    @property
    def classes(self) -> list[str]:
        """The classes that labelled rows were answered as, or truly are of."""
        return sorted(self.known.keys() | {true for own in self.known.values() for true in own})

    def expect(self, reference: "ConfidentAnswers") -> tuple[Floats, float] | None:
        """Expected rows (classes, classes), true class first, and how many rows they are as sure as; None without any.

        Rows answered alike with like confidence are expected to be of the classes that such rows of the reference
        are; where those are few, that all rows answered alike are. An answer that the reference never gave, or never
        had a label for, cannot be expected anything of: its rows are left out.
        """
        classes = reference.classes
        index = {name: at for at, name in enumerate(classes)}
        matrix, doubt = np.zeros((len(classes), len(classes))), 0.0
        for answer, rows in self.rows.items():
            true = np.zeros((len(classes), rows.size))
            for name, counts in reference.known.get(answer, {}).items():
                true[index[name]] = counts
            labels = true.sum(axis=0)
            if labels.sum():
                few = labels < _ENOUGH
                shares = np.where(few, true.sum(axis=1, keepdims=True) / labels.sum(), true / np.maximum(labels, 1))
                matrix[:, index[answer]] = shares @ rows
                pooled = rows[few].sum()
                doubt += float((rows[~few] ** 2 / labels[~few]).sum()) + float(pooled**2 / labels.sum())
        n = float(matrix.sum())
        return (matrix, 1 / (1 / n + doubt / n**2)) if n else None

    def _named(self, labels: pl.Series) -> pl.Series:
        """The labels, those beyond the classes that are kept as one."""
        listed = list(self.plan.require_role(Role.TARGET).categories[:MOST_CLASSES])
        other = pl.Series([OTHER]).new_from_index(0, labels.len())
        return labels.zip_with(labels.is_in(listed) | labels.is_null(), other)

    def no_rows(self) -> Integers:
        """No rows (groups,) in each group of the confidence."""
        return np.zeros(int(self.plan.require_role(Role.SCORE).groups.max()) + 1, np.int64)


def _sum(ours: dict[str, Integers], theirs: dict[str, Integers]) -> dict[str, Integers]:
    return {
        name: ours[name] + theirs[name] if name in ours and name in theirs else (ours if name in ours else theirs)[name]
        for name in sorted(ours.keys() | theirs.keys())
    }
