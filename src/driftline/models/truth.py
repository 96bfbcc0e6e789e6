"""The target of rows: which answers are right, and which are an advantage."""

from typing import Any, ClassVar

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.errors import InputError
from driftline.models.tables import Table, values_of


class Truth:
    """The target, and what is right, wrong and an advantage; `of_errors` is the name and unit of the mean loss."""

    FEWEST: ClassVar[int] = 100

    def __init__(self, rows: Table, target: str, positive: Any) -> None:
        values = values_of(rows, target, "target")
        if values.size < self.FEWEST:
            raise InputError(f"rows: {values.size} are too few to say; at least {self.FEWEST} are needed")
        distinct = np.unique(values)
        if len(distinct) < 2:
            raise InputError(f"target {target!r} is {distinct[0]} in all rows; there is nothing to predict")
        self.regression = values.dtype.kind == "f" or (values.dtype.kind in "iu" and len(distinct) > 20)
        self.target = values
        self.classes = len(distinct)
        self.positive = distinct[-1] if positive is None else positive
        if not self.regression and self.positive not in distinct:
            known = ", ".join(map(repr, distinct[:10].tolist()))
            raise InputError(f"positive: the target has no class {self.positive!r}; it has {known}")
        self.name, self.unit = ("mean absolute error", "") if self.regression else ("accuracy", "share")
        self.of_errors = (self.name, "") if self.regression else ("share of wrong answers", "share")

    def require_advantage(self, positive: Any) -> None:
        """Refuse to compare groups where nobody said which of several classes is an advantage.

        Raises:
            InputError: when there are more than two classes and none is named.
        """
        if not self.regression and positive is None and self.classes > 2:
            raise InputError(f"positive: the target has {self.classes} classes; name the one that is an advantage")

    def scores(self, answers: np.ndarray) -> Floats:
        """What counts of each row (n,): the absolute error, or 1 where the answer is right."""
        return self.scores_at(np.arange(self.target.size), answers)

    def scores_at(self, places: Integers, answers: np.ndarray) -> Floats:
        """The same of some of the rows, by their places (n,)."""
        target = self.target[places]
        if self.regression:
            errors: Floats = np.abs(answers.astype(np.float64) - target)
            return errors
        return np.array(answers == target, np.float64)

    def gap_of(self, answers: np.ndarray) -> Floats:
        """Whose mean is compared between groups (n,): the error, or 1 where the answer is the advantage."""
        return self.scores(answers) if self.regression else np.array(answers == self.positive, np.float64)
