"""Answers of a classifier of many classes by their confidence, with or without a label."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import polars as pl

from driftline.arrays import Floats, Integers
from driftline.profiles.batch import Batch
from driftline.profiles.plan import Plan
from driftline.profiles.rows.alike import count_confidences, find_confidences
from driftline.profiles.sketches.base import TableSketch
from driftline.profiles.sketches.base_answers import MOST_CLASSES, OTHER
from driftline.stats.expected.errors import pools
from driftline.types import Role, Task

_ENOUGH = 30  # labels of one answer at like confidence


@dataclass(init=False, eq=False)
class ConfidentAnswers(TableSketch):
    """Rows (groups,) by predicted class and confidence (`rows`), and those with a label also by true class (`known`).

    The confidence is the score: the probability of the predicted class, in at most 40 groups of about
    equal rows of the reference. Classes are the target's most frequent 1,000; all others are one, `(other)`.

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
        group = pl.Series(find_confidences(rows, self.plan))
        table = pl.DataFrame(
            {"answer": self._named(rows.kept_labels(answer, target)), "true": self._named(rows.kept_labels(target)),
             "group": group.set(pl.Series(~np.isfinite(rows.numbers(score))), None)}
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
        are, of which there are at least 30, where so many were answered so. An answer that the reference never gave, or
        never had a label for, cannot be expected anything of: its rows are left out.
        """
        classes = reference.classes
        index = {name: at for at, name in enumerate(classes)}
        matrix, doubt = np.zeros((len(classes), len(classes))), 0.0
        for answer, rows in self.rows.items():
            true = np.zeros((len(classes), rows.size))
            for name, counts in reference.known.get(answer, {}).items():
                true[index[name]] = counts
            if true.any():
                starts = np.flatnonzero(np.diff(pools(true.sum(axis=0), _ENOUGH), prepend=-1))
                alike, own = np.add.reduceat(true, starts, axis=1), np.add.reduceat(rows, starts)
                labels = alike.sum(axis=0)
                matrix[:, index[answer]] = alike / labels @ own
                doubt += float((own**2 / labels).sum())
        n = float(matrix.sum())
        return (matrix, 1 / (1 / n + doubt / n**2)) if n else None

    def _named(self, labels: pl.Series) -> pl.Series:
        """The labels, those beyond the classes that are kept as one."""
        listed = list(self.plan.require_role(Role.TARGET).categories[:MOST_CLASSES])
        other = pl.Series([OTHER]).new_from_index(0, labels.len())
        return labels.zip_with(labels.is_in(listed) | labels.is_null(), other)

    def no_rows(self) -> Integers:
        """No rows (groups,) in each group of the confidence."""
        return np.zeros(count_confidences(self.plan), np.int64)


def _sum(ours: dict[str, Integers], theirs: dict[str, Integers]) -> dict[str, Integers]:
    return {
        name: ours[name] + theirs[name] if name in ours and name in theirs else (ours if name in ours else theirs)[name]
        for name in sorted(ours.keys() | theirs.keys())
    }
