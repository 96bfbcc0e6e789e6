"""The columns that are searched for weak segments, cut into a few values or ranges each, and the code of each row."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from driftline.arrays import Floats
from driftline.config.segments.settings import JOIN
from driftline.profiles.batch import Batch
from driftline.profiles.plan import LABELS, ColumnPlan, Plan
from driftline.profiles.segments.splits import MISSING, range_labels
from driftline.types import Kind, Role

CODES = 10  # of a column: its values or ranges, then all other values, then no value
OTHERS, NONE = CODES - 2, CODES - 1
_MOST_COLUMNS = 20

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Coding:
    """How one column is cut: at `edges` into ranges, or into `labels`; `names` are those of the codes from 0 on."""

    column: ColumnPlan
    names: tuple[str, ...]
    edges: Floats | None = None

    def name(self, code: int) -> str:
        """The segment of a code, as `column=value`."""
        value = MISSING if code == NONE else "(other values)" if code == OTHERS else self.names[code]
        return f"{self.column.name}={value}"

    def codes(self, rows: Batch) -> Codes:
        """The code (rows,) of each row, 0 to 9."""
        if self.edges is not None:
            numbers = rows.numbers(self.column)
            ranges = np.searchsorted(self.edges, numbers, "right")
            return np.where(np.isnan(numbers), NONE, ranges).astype(np.int64)
        labels, places = rows.labels(self.column), {label: place for place, label in enumerate(self.names)}
        found = labels.replace_strict(places, default=OTHERS, return_dtype=pl.Int64)
        return found.set(labels.is_null(), NONE).to_numpy()


def code_columns(plan: Plan) -> tuple[Coding, ...]:
    """The columns that are searched: those that are named, or the first 20 features of numbers or labels."""
    named = plan.config.weak_segments.columns
    own = [
        column
        for column in plan.columns
        if column.source is None
        and column.kind in {Kind.NUMERIC, *LABELS}
        and not column.redacted
        and (column.name in named if named else column.role in {Role.FEATURE, Role.SEGMENT})
    ]
    return tuple(_code(column) for column in own[:_MOST_COLUMNS])


def name_cell(codings: Sequence[Coding], columns: Sequence[int], codes: Sequence[int]) -> str:
    """The segment of a cell, such as `km=8 and over & vehicle=van`."""
    return JOIN.join(codings[column].name(code) for column, code in zip(columns, codes, strict=True))


def _code(column: ColumnPlan) -> Coding:
    if column.kind in LABELS:
        return Coding(column, tuple(label for label in column.categories if label in column.common)[:OTHERS])
    edges = _cut(column)
    names = range_labels(tuple(edges.tolist())) if edges.size else ("all values",)
    return Coding(column, names, edges)


def _cut(column: ColumnPlan) -> Floats:
    """Up to seven edges (k,) between the plan's groups of about equal rows, rounded as the column is spread."""
    if not column.edges.size:
        return np.empty(0)
    groups = column.groups
    merged = groups * OTHERS // (int(groups.max()) + 1)
    starts = np.flatnonzero(np.diff(merged)) + 1  # bins that begin a range; odd ones are an edge, even ones follow it
    edges = column.edges[np.minimum(starts // 2, column.edges.size - 1)]
    step = 10.0 ** (math.floor(math.log10(column.scale)) - 2) if column.scale > 0 else 1.0
    rounded: Floats = np.unique(np.round(edges / step) * step)
    return rounded
