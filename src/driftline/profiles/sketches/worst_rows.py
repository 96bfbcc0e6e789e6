"""The rows with the largest errors, or the most unusual ones, each with what made it so."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from driftline.arrays import Floats
from driftline.config.detectors import ERROR, LOSS
from driftline.data.hashing import Hashes
from driftline.profiles.batch import Batch
from driftline.profiles.plan import LABELS, NUMBERS, ColumnPlan, Plan
from driftline.profiles.rows.losses import find_obstacle, measure_rows
from driftline.profiles.rows.outliers import list_scored, score_columns, score_rows
from driftline.profiles.sketches.base import TableSketch
from driftline.types import Role, Task

_LONGEST = 200  # letters of an id
UNUSUAL = "unusual"


@dataclass(init=False, eq=False)
class WorstRows(TableSketch):
    """The `sample.worst` rows that score highest, in falling order: scores (k,), hashes (k,), ids, and parts (k, m).

    The score is the absolute error of a regression, the log-loss of a binary score, and where neither is there the
    score of unusual rows; rows without one do not count. Parts are the row's attributions where these are logged, else
    what each column adds to its being unusual, else nothing. An id is the text of the columns with that role,
    empty where there is none, or one is redacted. Of ties those with the smaller hash are kept, so the same rows make
    the same in any order and partition.

    >>> from driftline.testing.examples import fold_into
    >>> rows = {"target": [1.0, 2.0, 3.0], "prediction": [1.5, 2.0, 1.0]}
    >>> sketch = fold_into("worst_rows", rows, model={"task": "regression"}, sample={"worst": 2})
    >>> sketch.scores.tolist()
    [2.0, 0.5]
    """

    scores: Floats
    hashes: Hashes
    ids: list[str]
    parts: Floats
    OF_PARTS: ClassVar[bool] = False
    FIELDS: ClassVar[tuple[str, ...]] = ("scores", "hashes", "ids", "parts")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.scores, self.hashes = np.empty(0), np.empty(0, np.uint64)
        self.ids, self.parts = [], np.empty((0, len(list_parts(plan))))

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Tables of which the worst rows are kept (setting `sample: worst`)."""
        return plan.config.sample.worst > 0 and bool(choose_score(plan))

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch."""
        name = choose_score(self.plan)
        whole = score_rows(rows, self.plan) if name == UNUSUAL else measure_rows(rows, self.plan, name)
        known = np.flatnonzero(np.isfinite(whole))
        if not known.size:
            return
        size = min(self.plan.config.sample.worst, known.size)
        least = -np.partition(-whole[known], size - 1)[size - 1]
        at = known[whole[known] >= least]  # with all ties: the hash decides among them
        chosen = np.zeros(rows.height, np.bool_)
        chosen[at] = True
        part = rows.where(chosen, self.plan.columns)
        plain = [c for c in self.plan.columns if c.source is None and c.role is not Role.IGNORED]
        hashes = part.hashes([c for c in plain if c.kind in NUMBERS or c.kind in LABELS])
        attributions = list_attributions(self.plan)
        if attributions:
            parts = np.stack([part.numbers(column) for column in attributions], axis=1)
        else:
            parts = np.empty((at.size, 0)) if self.plan.unusual is None else score_columns(part, self.plan)
        self._add_batch(self._like(scores=whole[at], hashes=hashes, ids=_read_ids(part, self.plan), parts=parts))

    def merge(self, other: Self) -> Self:
        """The highest scores of both."""
        scores, hashes = (np.concatenate((getattr(self, name), getattr(other, name))) for name in ("scores", "hashes"))
        ids, parts = [*self.ids, *other.ids], np.concatenate((self.parts, other.parts))
        order = np.lexsort((np.array(ids, object).astype(str), hashes, -scores))[: self.plan.config.sample.worst]
        return self._like(
            scores=scores[order], hashes=hashes[order], ids=[ids[i] for i in order.tolist()], parts=parts[order]
        )


def choose_score(plan: Plan) -> str:
    """What rows are ranked by: `error`, `loss` or `unusual`; empty where a plan has none of them."""
    for task, name in ((Task.REGRESSION, ERROR), (Task.BINARY, LOSS)):
        if plan.task is task and not find_obstacle(plan, name):
            return name
    return UNUSUAL if plan.unusual is not None else ""


def list_attributions(plan: Plan) -> list[ColumnPlan]:
    """The columns that hold attributions."""
    return [column for column in plan.columns if column.role is Role.ATTRIBUTION]


def list_parts(plan: Plan) -> list[str]:
    """The columns (m,) that the parts of a row are of: those with attributions, else those that make a row unusual."""
    attributions = list_attributions(plan)
    of_rows = list_scored(plan) if plan.unusual is not None else []
    return [column.name for column in (attributions or of_rows)]


def _read_ids(rows: Batch, plan: Plan) -> list[str]:
    own = [column for column in plan.columns if column.role is Role.ID and not column.redacted]
    texts = [rows.labels(column).fill_null("").to_list() for column in own]
    if not texts:
        return [""] * rows.height
    return [" / ".join(filter(None, parts))[:_LONGEST] for parts in zip(*texts, strict=True)]
