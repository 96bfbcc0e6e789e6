"""The tables of weak segments: those found in these rows, and those followed since an earlier window."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from driftline import humanize
from driftline.arrays import Floats
from driftline.profiles.plan import Plan
from driftline.profiles.profile import Profile
from driftline.profiles.segments.cells import CODES, code_columns, name_cell
from driftline.profiles.sketches.cell_errors import CellErrors, list_pairs
from driftline.stats.segments.weak_cells import CellGap, WeakCell, compare_cell, find_weak_cells
from driftline.types import WEAK_SEGMENT, Health, Task, Verdict
from driftline.verdicts.sections.records import Quantity, Row, Table
from driftline.windows import show_local

if TYPE_CHECKING:
    from driftline.verdicts.result import Result

_HEADS = ("Segment", "Rows", "Error there", "Elsewhere", "Higher by", "95 % interval", "There in the reference")
_FOLLOWED = (
    "Segment",
    "Found",
    "Rows",
    "Higher by",
    "95 % interval",
    "Windows",
    "Over all of them",
    "In the reference",
)


def tabulate_weak_segments(current: Profile, reference: Profile) -> Iterator[Table]:
    """The segments that are weak now, the worst first; nothing where they are not looked for, or no labels came."""
    errors, past = current.get_or_none(CellErrors), reference.get_or_none(CellErrors)
    if errors is None or not errors.counts.any():
        return
    codings = code_columns(current.plan)
    unit = unit_of_errors(current.plan)

    def show(cell: WeakCell) -> Row:
        rows = measure_cell(errors, cell.columns, cell.codes).rows
        before = None if past is None else measure_cell(past, cell.columns, cell.codes)
        return Row((
            name_cell(codings, cell.columns, cell.codes), f"{rows:,}",
            Quantity(cell.mean, unit), Quantity(cell.elsewhere, unit),
            Quantity(cell.value, unit), humanize.interval(cell.low, cell.high, unit),
            Quantity(before.mean if before and before.rows else None, unit),
        ))  # fmt: skip

    what = "mean absolute error" if unit == "" else "share of wrong answers"
    searched = f"Searched were {humanize.count(len(codings), 'column')} and their pairs"
    yield Table(
        name="weak-segments", title="Weak segments", health=Health.MODEL, heads=_HEADS,
        rows=tuple(map(show, find_weak(errors))) or (Row(("none found", *["–"] * (len(_HEADS) - 1))),),
        caption=f"Error is the {what}. {searched}, in one half of the rows with a label. Errors are those of the other "
        "half, where up to ten segments are tried, so that the chance to show any where there is none is 5 %.",
    )  # fmt: skip


def table_followed(result: "Result") -> Table | None:
    """The weak segments that earlier windows found, as this one has them; None where none is followed.

    Made of the verdicts alone, so a report of a stored window has it, too.
    """
    rows = tuple(_show_followed(verdict, result.zone) for verdict in result.verdicts if verdict.metric == WEAK_SEGMENT)
    if not rows:
        return None
    return Table(
        name="followed-segments", title="Weak segments, followed", health=Health.MODEL, heads=_FOLLOWED, rows=rows,
        caption="How much higher the error of a segment is than that of all other rows: in this window, and over the "
        "windows after the one that found it, which knew nothing of the search. Windows are those with an interval "
        "above 0, of those with enough rows.",
    )  # fmt: skip


def _show_followed(verdict: Verdict, zone: str) -> Row:
    detail, unit = verdict.detail, verdict.unit
    pooled = [detail.get(name) for name in ("over_windows", "over_windows_low", "over_windows_high")]
    value, low, high = (float(number) if isinstance(number, int | float) else None for number in pooled)
    over_all = "–" if value is None else f"{humanize.quantity(value, unit)} {humanize.interval(low, high, unit)}"
    since = humanize.moment(show_local(verdict.since, zone)) if verdict.since else "–"
    windows = f"{detail.get('weak', 0)} of {detail.get('windows', 0)}" if detail.get("windows") else "–"
    return Row((
        verdict.segment or "", since, f"{verdict.n:,}", Quantity(verdict.value, unit),
        humanize.interval(verdict.low, verdict.high, unit), windows, over_all, Quantity(verdict.reference, unit),
    ), verdict)  # fmt: skip


def find_weak(errors: CellErrors) -> list[WeakCell]:
    """The cells of these rows in which the model errs more than elsewhere, confirmed in the half not searched."""
    pairs = list_pairs(len(code_columns(errors.plan)))
    return find_weak_cells(pairs, _stack(errors), count_fewest(errors.plan))


def measure_cell(errors: CellErrors, columns: tuple[int, ...], codes: tuple[int, ...]) -> CellGap:
    """One cell against all other rows, in both halves together: for a cell that other rows have chosen."""
    pairs = list_pairs(len(code_columns(errors.plan)))
    return compare_cell(pairs, _stack(errors).sum(axis=0), columns, codes)


def count_fewest(plan: Plan) -> int:
    """Rows with a label that a cell, and what is beside it, has at least, for anything to be said of it."""
    return max(30, plan.config.judge.min_rows)


def unit_of_errors(plan: Plan) -> str:
    """The unit of the errors of cells: `share` of a classifier, none of a regression."""
    return "" if plan.task is Task.REGRESSION else "share"


def _stack(errors: CellErrors) -> Floats:
    """Moments (2, pairs, 10, 10, 3); of one column, whose pair is with itself, its cells alone are filled."""
    parts: Floats = np.stack((errors.counts, errors.sums, errors.squares), axis=-1).astype(np.float64)
    return parts.reshape(2, -1, CODES, CODES, 3)
