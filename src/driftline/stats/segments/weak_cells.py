"""Cells of a table in which a mean is higher than elsewhere: found in one half of the rows, confirmed in the other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from driftline.arrays import Floats

_CANDIDATES = 10  # cells of the first half that are tried in the second: more cost power, fewer miss some
_SURE = 2.5  # standard errors by which a pair has to be over each of its single cells, to say more than they do
_MATTERS = 0.1  # of the mean elsewhere: what is higher by less is nothing to act upon

Moments = Floats
"""Rows, sum and sum of squares (..., 3)."""


@dataclass(frozen=True, slots=True)
class WeakCell:
    """A cell: the columns and codes that make it, and what the second half says of it.

    `rows` are those of the second half, `mean` and `elsewhere` the means there, `value`, `low` and `high` the
    difference with an interval that holds for all cells tried at once; `p_value` is corrected likewise (Holm).
    """

    columns: tuple[int, ...]
    codes: tuple[int, ...]
    rows: int
    mean: float
    elsewhere: float
    value: float
    low: float
    high: float
    p_value: float


def find_weak_cells(
    pairs: Sequence[tuple[int, int]], halves: Moments, least: int = 30, chance: float = 0.05
) -> list[WeakCell]:
    """The cells whose mean is higher than elsewhere, the highest above it first.

    Args:
        pairs: the columns (pairs, 2) of each table; every column is in one.
        halves: moments (2, pairs, a, b, 3) of each cell, in two halves of the rows that were drawn at random.
        least: fewest rows of a cell, in each half.
        chance: of telling any cell where the mean is the same in all.

    Of the first half the ten cells are taken that are the most standard errors above the rest, and at least a tenth
    of the mean; a pair only where it is above both of its single cells, a single cell only where it still is without
    the pairs that were taken. The second half then tests those ten, with Holm's correction: what was searched costs
    nothing more (Cox 1975). Assumes independent rows.
    """
    first, second = (_Half(pairs, part) for part in halves)
    candidates = _search(first, least)
    tried = [(cell, second.compare(cell)) for cell in candidates if second.rows(cell) >= least]
    if not tried:
        return []
    p_values = np.array([float(ndtr(-gap / max(error, 1e-300))) for _, (gap, error) in tried])
    order = np.argsort(p_values, kind="stable")
    stepped = np.maximum.accumulate(p_values[order] * (len(tried) - np.arange(len(tried))))
    adjusted = np.empty(len(tried))
    adjusted[order] = np.minimum(stepped, 1.0)
    reach = float(ndtri(1 - chance / len(tried) / 2))
    found = []
    for (cell, (gap, error)), p_value in zip(tried, adjusted.tolist(), strict=True):
        if p_value <= chance and gap > 0:
            mean = second.mean(second.moments(cell))
            found.append(
                WeakCell(
                    cell.columns, cell.codes, second.rows(cell), mean, mean - gap, gap, gap - reach * error,
                    gap + reach * error, p_value,
                )
            )  # fmt: skip
    return sorted(found, key=lambda cell: -cell.value)


@dataclass(frozen=True, slots=True)
class CellGap:
    """How far the mean of a cell is above that of all other rows: `value` with its standard error.

    `rows` and `others` are the rows on both sides, `mean` and `elsewhere` their means.
    """

    rows: int
    others: int
    mean: float
    elsewhere: float
    value: float
    error: float


def compare_cell(
    pairs: Sequence[tuple[int, int]], tables: Moments, columns: tuple[int, ...], codes: tuple[int, ...]
) -> CellGap:
    """One cell, chosen before these rows were seen, against all other rows.

    Args:
        pairs: the columns (pairs, 2) of each table; every column is in one.
        tables: moments (pairs, a, b, 3) of each cell.
        columns: the one or two columns of the cell, as of a `WeakCell`.
        codes: its codes in them.

    >>> table = np.zeros((1, 2, 2, 3))
    >>> table[0, 0, 0], table[0, 1, 1] = (50, 100, 250), (50, 50, 100)
    >>> gap = compare_cell([(0, 1)], table, (0,), (0,))
    >>> gap.rows, gap.mean, gap.elsewhere, gap.value, round(gap.error, 3)
    (50, 2.0, 1.0, 1.0, 0.202)
    """
    half, cell = _Half(pairs, tables), _Cell(columns, codes)
    inside = half.moments(cell)
    outside = half.whole - inside
    value, error = half.compare(cell)
    return CellGap(int(inside[0]), int(outside[0]), half.mean(inside), half.mean(outside), value, error)


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell by its columns and codes."""

    columns: tuple[int, ...]
    codes: tuple[int, ...]

    @property
    def parents(self) -> tuple["_Cell", ...]:
        """The single cells that a pair is in both of."""
        both = zip(self.columns, self.codes, strict=True)
        return tuple(_Cell((column,), (code,)) for column, code in both) if len(self.columns) > 1 else ()


class _Half:
    """The moments of one half of the rows, cell by cell."""

    def __init__(self, pairs: Sequence[tuple[int, int]], tables: Moments) -> None:
        self.pairs, self.tables = pairs, tables
        self.index = {pair: at for at, pair in enumerate(pairs)}
        self.singles: dict[int, Moments] = {}
        for at, (a, b) in enumerate(pairs):
            self.singles.setdefault(a, tables[at].sum(axis=1))
            self.singles.setdefault(b, tables[at].sum(axis=0))
        self.whole: Moments = next(iter(self.singles.values())).sum(axis=0) if self.singles else np.zeros(3)

    def moments(self, cell: _Cell) -> Moments:
        """Rows, sum and sum of squares (3,) of a cell."""
        if len(cell.columns) == 1:
            single: Moments = self.singles[cell.columns[0]][cell.codes[0]]
            return single
        own: Moments = self.tables[self.index[cell.columns[0], cell.columns[1]]][cell.codes]
        return own

    def rows(self, cell: _Cell) -> int:
        """The rows of a cell."""
        return int(self.moments(cell)[0])

    @staticmethod
    def mean(moments: Moments) -> float:
        """The mean of a cell."""
        return float(moments[1] / max(moments[0], 1.0))

    def compare(self, cell: _Cell, among: Moments | None = None, own: Moments | None = None) -> tuple[float, float]:
        """How far the mean is above that of the other rows (`among` all), and the standard error of that."""
        inside = self.moments(cell) if own is None else own
        outside = (self.whole if among is None else among) - inside
        return _gap(inside[None], outside[None])[0][0], _gap(inside[None], outside[None])[1][0]


def _gap(inside: Moments, outside: Moments) -> tuple[list[float], list[float]]:
    """Differences of means (n,), and their standard errors (Welch 1947); 0 and infinite where a side has too few."""
    spread = np.zeros(len(inside))
    means = []
    for side in (inside, outside):
        n = np.maximum(side[:, 0], 1.0)
        mean = side[:, 1] / n
        variance = np.maximum(side[:, 2] / n - mean * mean, 0.0) * n / np.maximum(n - 1, 1.0)
        spread += np.where(side[:, 0] > 1, variance / n, np.inf)
        means.append(mean)
    gaps = np.where(np.isfinite(spread), means[0] - means[1], 0.0)
    return gaps.tolist(), np.sqrt(spread).tolist()


def _search(half: _Half, least: int) -> list[_Cell]:
    """The ten cells that are the most standard errors above the rest."""
    cells = [_Cell((column,), (code,)) for column, table in half.singles.items() for code in range(len(table))]
    singles = len(cells)
    for (a, b), table in zip(half.pairs, half.tables, strict=True):
        places = np.argwhere(table[..., 0] >= least) if a != b else np.empty((0, 2), np.int64)
        cells += [_Cell((a, b), (int(i), int(j))) for i, j in places]
    moments = np.array([half.moments(cell) for cell in cells]).reshape(-1, 3)
    gaps, errors = (np.array(part) for part in _gap(moments, half.whole - moments))
    elsewhere = half.mean(half.whole)
    above = np.where(moments[:, 0] >= least, gaps / np.maximum(errors, 1e-300), 0.0)
    above[gaps < _MATTERS * abs(elsewhere)] = 0.0
    chosen: list[_Cell] = []
    for at in np.argsort(-above, kind="stable").tolist():
        if above[at] <= 0 or len(chosen) == _CANDIDATES:
            break
        cell = cells[at]
        if at < singles or _adds(half, cell):
            chosen.append(cell)
    return [cell for cell in chosen if len(cell.columns) > 1 or _remains(half, cell, chosen)]


def _adds(half: _Half, pair: _Cell) -> bool:
    """Whether a pair is above the other rows of both its single cells, so that neither of them says it as well."""
    for parent in pair.parents:
        gap, error = half.compare(pair, half.moments(parent))
        if gap <= _SURE * error or gap < _MATTERS * abs(half.mean(half.moments(parent))):
            return False
    return True


def _remains(half: _Half, single: _Cell, chosen: Sequence[_Cell]) -> bool:
    """Whether a single cell is still above the rest without the pairs of it that were taken."""
    taken = [half.moments(pair) for pair in chosen if single in pair.parents]
    if not taken:
        return True
    left = half.moments(single) - np.sum(taken, axis=0)
    gap, error = half.compare(single, half.whole - np.sum(taken, axis=0), np.maximum(left, 0.0))
    return gap > _SURE * error and gap >= _MATTERS * abs(half.mean(half.whole))
