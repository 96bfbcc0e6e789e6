"""A uniform sample of the rows with a label: their features, and how wrong the answer was."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.config.detectors import ERROR
from driftline.data import hashing
from driftline.data.hashing import Hashes
from driftline.profiles.batch import Batch
from driftline.profiles.plan import LABELS, NUMBERS, Plan
from driftline.profiles.rows.features import Singles, columns, read_codes
from driftline.profiles.rows.losses import find_obstacle, measure_rows
from driftline.profiles.sketches.base import TableSketch
from driftline.types import Role


@dataclass(init=False, eq=False)
class LossSample(TableSketch):
    """Numbers (n, d) of the features and errors (n,) of the labelled rows with the smallest hashes.

    `sample.rows` of them at most (bottom-k; Cohen & Kaplan 2007). Features are as `RowSample` holds them. The error of
    a classification is 1 where it is wrong, else 0; of a regression it is |prediction - target|. Rows whose numbers and
    labels are all equal count once.

    >>> from driftline.testing.examples import fold_into
    >>> rows = {"x": [1.0, 2.0, 3.0], "target": [1.0, 2.5, None], "prediction": [1.0, 2.0, 3.0]}
    >>> sorted(fold_into("loss_sample", rows, sample={"rows": 100}, model={"task": "regression"}).errors.tolist())
    [0.0, 0.5]
    """

    hashes: Hashes
    numbers: Singles
    errors: Floats
    ON_DEMAND: ClassVar[bool] = True
    FIELDS: ClassVar[tuple[str, ...]] = ("hashes", "numbers", "errors")
    OF_PARTS: ClassVar[bool] = False

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.hashes = np.empty(0, np.uint64)
        self.numbers = np.empty((0, len(columns(plan))), np.float32)
        self.errors = np.empty(0)

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Regressions and classifications of which a sample of rows is kept (setting `sample: rows`)."""
        return plan.config.sample.rows > 0 and bool(columns(plan)) and not find_obstacle(plan, ERROR)

    @property
    def size(self) -> int:
        """The most rows that are held."""
        return self.plan.config.sample.rows

    @property
    def halves(self) -> Integers:
        """0 or 1 of each row (n,), drawn by its features: rows that are equal in them are in the same half."""
        content = [self.numbers[:, at].astype(np.float64) for at in range(self.numbers.shape[1])]
        return ((hashing.of_rows(content, self.errors.size) >> np.uint64(33)) & np.uint64(1)).astype(np.int64)

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch; rows without a label, or without an answer, do not count."""
        own = [c for c in self.plan.columns if c.role is not Role.IGNORED and c.source is None]
        plain = [c for c in own if c.kind in NUMBERS or c.kind in LABELS]
        errors = measure_rows(rows, self.plan, ERROR)
        labelled = np.flatnonzero(np.isfinite(errors))
        hashes, first = np.unique(rows.hashes(plain)[labelled], return_index=True)
        chosen = np.zeros(rows.height, bool)
        chosen[labelled[first[: self.size]]] = True
        at = np.flatnonzero(chosen)
        order = np.argsort(labelled[first[: self.size]])
        batch = self._like(
            hashes=hashes[: self.size][order], numbers=read_codes(rows.where(chosen, columns(self.plan)), self.plan),
            errors=errors[at],
        )  # fmt: skip
        self._add_batch(batch)

    def merge(self, other: Self) -> Self:
        """The smallest hashes of both."""
        hashes, first = np.unique(np.concatenate((self.hashes, other.hashes)), return_index=True)
        kept = first[: self.size]
        return self._like(
            hashes=hashes[: self.size], numbers=np.concatenate((self.numbers, other.numbers))[kept],
            errors=np.concatenate((self.errors, other.errors))[kept],
        )  # fmt: skip
