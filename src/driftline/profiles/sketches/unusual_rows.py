"""Rows that are unusual as a whole, counted by the column that makes them so."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from driftline.profiles.batch import Batch
from driftline.profiles.plan import Plan
from driftline.profiles.rows.outliers import list_scored, score_columns, score_rows
from driftline.profiles.sketches.base import TableSketch, sum_counts


@dataclass(init=False, eq=False)
class UnusualRows(TableSketch):
    """How many rows there are, and how many score over the plan's limit, by the column that makes up most of it.

    >>> from driftline.testing.examples import fold_into
    >>> sum(fold_into("unusual_rows", {"x": range(1000), "y": range(1000)}, outliers=True).causes.values())
    8
    """

    rows: int
    causes: dict[str, int]
    ON_DEMAND: ClassVar[bool] = True
    FIELDS: ClassVar[tuple[str, ...]] = ("rows", "causes")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.rows = 0
        self.causes = {}

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Tables with features, where `outliers` is set."""
        return plan.unusual is not None

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch."""
        odd = score_rows(rows, self.plan) > (self.plan.unusual or 0.0)
        columns = list_scored(self.plan)
        causes = score_columns(rows.where(odd, columns), self.plan).argmax(axis=1) if odd.any() else []
        counts = np.bincount(causes, minlength=len(columns)).tolist()
        own = {column.name: rows for column, rows in zip(columns, counts, strict=True) if rows}
        self._add_batch(self._like(rows=rows.height, causes=own))

    def merge(self, other: Self) -> Self:
        """Sum of both."""
        return self._like(rows=self.rows + other.rows, causes=sum_counts(self.causes, other.causes))
