"""A uniform sample of the rows with a label: their features, and what became of the model's answer."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from driftline.arrays import Floats, Integers
from driftline.data.hashing import Hashes
from driftline.profiles.batch import Batch
from driftline.profiles.fitting.loss_model import expected_bins
from driftline.profiles.plan import LABELS, NUMBERS, ColumnPlan, Plan
from driftline.profiles.rows.alike import find_confidences
from driftline.profiles.rows.features import Singles, columns, read_codes
from driftline.profiles.sketches.base import TableSketch
from driftline.profiles.sketches.base_answers import MOST_CLASSES, is_probability
from driftline.profiles.sketches.base_samples import expand_places, merge_smallest
from driftline.types import Role, Task

_NEEDED = {
    Task.BINARY: (Role.TARGET, Role.SCORE),
    Task.MULTICLASS: (Role.TARGET, Role.PREDICTION, Role.SCORE),
    Task.REGRESSION: (Role.TARGET, Role.PREDICTION),
}
"""What estimates of performance need of each task."""


@dataclass(init=False, eq=False)
class OutcomeSample(TableSketch):
    """The different labelled rows with the smallest hashes, `sample.rows` of them, with their counts (bottom-k).

    `numbers` (n, d) are the features as `RowSample` holds them. `outcomes` (n, 3) are, of a binary classification, the
    bin of the score, 1 or 0 for the positive class or another, and 0; of one with more classes the group of the
    confidence, and the places of the predicted and the true class among the target's (their number for any other); of
    a regression the bin of `ExpectedErrors`, |prediction - target|, and 0. Rows without a label or an answer do not
    count. The same rows make the same sample in any order and partition (Cohen & Kaplan 2007).

    >>> from driftline.testing.examples import fold_into
    >>> rows = {"x": [1.0, 2.0, 2.0, 3.0], "target": [1.0, 2.5, 2.5, None], "prediction": [1.0, 2.0, 2.0, 3.0]}
    >>> sketch = fold_into("outcome_sample", rows, sample={"rows": 100}, model={"task": "regression"})
    >>> sorted(zip(sketch.outcomes[:, 1].tolist(), sketch.counts.tolist()))
    [(0.0, 1), (0.5, 2)]
    """

    hashes: Hashes
    counts: Integers
    numbers: Singles
    outcomes: Floats
    FIELDS: ClassVar[tuple[str, ...]] = ("hashes", "counts", "numbers", "outcomes")
    OF_PARTS: ClassVar[bool] = False

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.hashes = np.empty(0, np.uint64)
        self.counts = np.empty(0, np.int64)
        self.numbers = np.empty((0, len(columns(plan))), np.float32)
        self.outcomes = np.empty((0, 3))

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Models whose performance is estimated before labels, where a sample is kept (setting `sample: rows`)."""
        is_estimated = any(plan.serves(task, *roles) for task, roles in _NEEDED.items())
        return plan.config.sample.rows > 0 and bool(columns(plan)) and is_estimated

    @classmethod
    def is_in_segments(cls, plan: Plan) -> bool:
        """Where a sample of each segment is kept, too (setting `sample: by_segment`)."""
        return plan.config.sample.by_segment

    @property
    def size(self) -> int:
        """The most rows that are held."""
        return self.plan.config.sample.rows

    @property
    def places(self) -> Integers:
        """Places of the held rows as they come in the table: each as often as its count, `size` in all at most."""
        return expand_places(self.counts, self.size)

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch."""
        own = [c for c in self.plan.columns if c.role is not Role.IGNORED and c.source is None]
        drawn = rows.hashes([c for c in own if c.kind in NUMBERS or c.kind in LABELS])
        chosen = self._labelled(rows)
        if self.hashes.size == self.size:
            chosen &= drawn <= self.hashes[-1]
        at = np.flatnonzero(chosen)
        hashes, first, counts = np.unique(drawn[at], return_index=True, return_counts=True)
        kept = at[first[: self.size]]
        chosen[:] = False
        chosen[kept] = True
        part = rows.where(chosen, own)
        order = np.argsort(np.argsort(kept))  # from the rows' order to that of the hashes
        self._add_batch(
            self._like(
                hashes=hashes[: self.size], counts=counts[: self.size].astype(np.int64),
                numbers=read_codes(part, self.plan)[order], outcomes=self._outcomes(part)[order],
            )
        )  # fmt: skip

    def merge(self, other: Self) -> Self:
        """The smallest hashes of both."""
        hashes, counts, kept = merge_smallest(self, other, self.size)
        return self._like(
            hashes=hashes, counts=counts, numbers=np.concatenate((self.numbers, other.numbers))[kept],
            outcomes=np.concatenate((self.outcomes, other.outcomes))[kept],
        )  # fmt: skip

    def _labelled(self, rows: Batch) -> npt.NDArray[np.bool_]:
        """Whether each row (n,) has a label and an answer that the estimates count."""
        plan, target = self.plan, self.plan.require_role(Role.TARGET)
        if plan.task is Task.REGRESSION:
            return np.isfinite(rows.numbers(plan.require_role(Role.PREDICTION))) & np.isfinite(rows.numbers(target))
        score = rows.numbers(plan.require_role(Role.SCORE))
        if plan.task is Task.BINARY:
            known = np.isfinite(rows.positives(target, plan.positive))
            return known & is_probability(score)
        labels = rows.labels(target), rows.labels(plan.require_role(Role.PREDICTION))
        both: npt.NDArray[np.bool_] = (labels[0].is_not_null() & labels[1].is_not_null()).to_numpy()
        return both & np.isfinite(score)

    def _outcomes(self, rows: Batch) -> Floats:
        """The three numbers (n, 3) of each row."""
        plan, target = self.plan, self.plan.require_role(Role.TARGET)
        nothing = np.zeros(rows.height)
        if plan.task is Task.REGRESSION:
            column = plan.require_role(Role.PREDICTION)
            prediction = rows.numbers(column)
            at = expected_bins(plan.loss, rows, plan.by_name) if plan.loss else column.bins(prediction)
            with np.errstate(over="ignore", invalid="ignore"):
                return np.column_stack((at, np.abs(prediction - rows.numbers(target)), nothing))
        score = plan.require_role(Role.SCORE)
        numbers = rows.numbers(score)
        if plan.task is Task.BINARY:
            at = score.bins(numbers.clip(0, 1))
            return np.column_stack((at, rows.positives(target, plan.positive), nothing))
        group = find_confidences(rows, plan)
        answers = rows.kept_labels(plan.require_role(Role.PREDICTION), target)
        return np.column_stack((group, _places(target, answers), _places(target, rows.kept_labels(target))))


def _places(target: ColumnPlan, labels: pl.Series) -> Integers:
    """Place (n,) of each label among the target's classes, their number for any other."""
    classes = list(target.categories[:MOST_CLASSES])
    return labels.replace_strict(classes, range(len(classes)), default=len(classes), return_dtype=pl.Int64).to_numpy()
