"""Which columns came, in which types, and from which file formats."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from driftline.plan import Plan
from driftline.rows import Rows
from driftline.sketch import TableSketch


@dataclass(init=False, eq=False)
class Formats(TableSketch):
    """Rows per type of each column that came, known to the plan or not, and rows per file format."""

    rows: int
    dtypes: dict[str, dict[str, int]]
    files: dict[str, int]
    FIELDS: ClassVar[tuple[str, ...]] = ("rows", "dtypes", "files")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.rows = 0
        self.dtypes = {}
        self.files = {}

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Every table."""
        return plan is not None

    def absorb(self, rows: Rows) -> None:
        """Fold in one batch: its rows, the type of each of its columns, the format that it was read from."""
        n = rows.height
        dtypes = {name: {dtype: n} for name, dtype in sorted(rows.dtypes.items())}
        batch = self._like(rows=n, dtypes=dtypes, files={rows.file: n})
        self._add_batch(batch)

    def merge(self, other: Self) -> Self:
        """Sum of both."""
        names = sorted(self.dtypes.keys() | other.dtypes.keys())
        return self._like(
            rows=self.rows + other.rows,
            dtypes={name: _sum(self.dtypes.get(name, {}), other.dtypes.get(name, {})) for name in names},
            files=_sum(self.files, other.files),
        )


def _sum(a: Mapping[str, int], b: Mapping[str, int]) -> dict[str, int]:
    return {key: a.get(key, 0) + b.get(key, 0) for key in sorted(a.keys() | b.keys())}
