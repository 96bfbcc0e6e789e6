"""The table of weak segments: values, ranges and pairs of them in which the model errs more than elsewhere."""

from collections.abc import Iterator

import numpy as np

from driftline import humanize
from driftline.arrays import Floats
from driftline.profiles.profile import Profile
from driftline.profiles.segments.cells import CODES, code_columns
from driftline.profiles.sketches.cell_errors import CellErrors, list_pairs
from driftline.stats.segments.weak_cells import WeakCell, find_weak_cells
from driftline.types import Health, Task
from driftline.verdicts.sections.records import Quantity, Row, Table

_HEADS = ("Segment", "Rows", "Error there", "Elsewhere", "Higher by", "95 % interval", "There in the reference")


def tabulate_weak_segments(current: Profile, reference: Profile) -> Iterator[Table]:
    """The segments that are weak now, the worst first; nothing where they are not looked for, or no labels came."""
    errors, past = current.get_or_none(CellErrors), reference.get_or_none(CellErrors)
    if errors is None or not errors.counts.any():
        return
    codings = code_columns(current.plan)
    pairs = list_pairs(len(codings))
    found = find_weak_cells(pairs, _stack(errors), max(30, current.plan.config.judge.min_rows))
    unit = "" if current.plan.task is Task.REGRESSION else "share"

    def show(cell: WeakCell) -> Row:
        name = " & ".join(codings[column].name(code) for column, code in zip(cell.columns, cell.codes, strict=True))
        return Row((
            name, f"{_rows(errors, cell):,}", Quantity(cell.mean, unit), Quantity(cell.elsewhere, unit),
            Quantity(cell.value, unit), humanize.interval(cell.low, cell.high, unit),
            Quantity(None if past is None else _mean(past, cell), unit),
        ))  # fmt: skip

    what = "mean absolute error" if unit == "" else "share of wrong answers"
    searched = f"Searched were {humanize.count(len(codings), 'column')} and their pairs"
    yield Table(
        name="weak-segments", title="Weak segments", health=Health.MODEL, heads=_HEADS,
        rows=tuple(map(show, found)) or (Row(("none found", *["–"] * (len(_HEADS) - 1))),),
        caption=f"Error is the {what}. {searched}, in one half of the rows with a label. Errors are those of the other "
        "half, where up to ten segments are tried, so that the chance to show any where there is none is 5 %.",
    )  # fmt: skip


def _stack(errors: CellErrors) -> Floats:
    """Moments (2, pairs, 10, 10, 3); of one column, whose pair is with itself, its cells alone are filled."""
    parts: Floats = np.stack((errors.counts, errors.sums, errors.squares), axis=-1).astype(np.float64)
    return parts.reshape(2, -1, CODES, CODES, 3)


def _pick(errors: CellErrors, cell: WeakCell) -> Floats:
    """Rows and sum (2,) of a cell in both halves."""
    tables = _stack(errors).sum(axis=0)[..., :2]
    pairs = list_pairs(len(code_columns(errors.plan)))
    if len(cell.columns) > 1:
        picked: Floats = tables[pairs.index((cell.columns[0], cell.columns[1]))][cell.codes]
        return picked
    at = next(at for at, pair in enumerate(pairs) if cell.columns[0] in pair)
    axis = 1 if pairs[at][0] == cell.columns[0] else 0
    single: Floats = tables[at].sum(axis=axis)[cell.codes[0]]
    return single


def _rows(errors: CellErrors, cell: WeakCell) -> int:
    return int(_pick(errors, cell)[0])


def _mean(errors: CellErrors, cell: WeakCell) -> float | None:
    rows, total = _pick(errors, cell).tolist()
    return total / rows if rows else None
