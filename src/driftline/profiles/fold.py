"""Rows into profiles, cell by cell, in one pass: what every engine does with its part of the rows."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any

import polars as pl

from driftline.data.ipc import join_small, value_count
from driftline.profiles.batch import Batch
from driftline.profiles.columns.numbers import ALL, Rows, find_places
from driftline.profiles.loops import compiled
from driftline.profiles.plan import NUMBERS, ColumnPlan, Plan
from driftline.profiles.profile import ColumnProfile, Profile, absorb_column
from driftline.profiles.segments.splits import Split, make_splits
from driftline.types import ProfileKey, Role
from driftline.windows import Windows

_VALUES = 2**24  # are held before they are split by cell: a few large parts fold faster than many small ones
_CHUNK = 16
_FEW_ROWS, _FEW_VALUES = 10_000, 300_000  # of a batch: with fewer of either, threads cost as much as they gain

Job = Callable[[], None]
Run = Callable[[Callable[[Job], None], list[Job]], Iterable[None]]


def fold(
    batches: Iterable[pl.DataFrame],
    plan: Plan,
    file: str = "",
    windows: Windows | None = None,
    run: Run = map,
    rows: int | None = None,
) -> dict[ProfileKey, Profile]:
    """Profiles of all rows, of each segment, and of each window of event time (or of each segment of each window).

    All rows are in `ProfileKey()`, which is there even for no rows; rows outside of the windows count there alone.
    `run` does the jobs of one batch, side by side if it can: the sketches over several columns of each cell, and some
    columns at a time. Sketches that the windows do not have are folded once a batch, unless each window is judged by
    itself. `rows` is how many there are, if that is known.
    """
    expect(rows or 0, plan)
    timestamp = plan.with_role(Role.TIMESTAMP)
    splits = make_splits(plan)
    are_parts = windows is not None and not windows.judged
    cells: dict[ProfileKey, Profile] = {ProfileKey(): Profile(plan)} if are_parts else {}
    columns = [column for column in plan.columns if column.role is not Role.IGNORED]
    for batch in join_small(batches, _VALUES, value_count) if windows or splits else batches:
        if rows is None:
            expect(batch.height, plan)
        whole = Batch(batch, file)
        parts = list(_parts(whole, timestamp, splits, windows))
        if are_parts:
            parts.insert(0, _Part(ProfileKey(), whole, of_windows=False))
        for part in parts:
            if part.cell not in cells:
                of_part = Profile.of_segment if part.cell.segment else Profile.of_window if are_parts else Profile
                cells[part.cell] = of_part(plan)
        jobs: list[Job] = [
            partial(cells[part.cell].absorb_table, part.rows, of_parts=part.of_windows) for part in parts
        ]
        jobs += [partial(_absorb, whole, parts, cells, chunk) for chunk in _chunks(columns)]
        many = whole.height >= _FEW_ROWS and whole.height * len(columns) >= _FEW_VALUES
        apply = run if many else map
        list(apply(_do, jobs))
    return cells | {ProfileKey(): _whole(cells, plan, windows)}


def expect(rows: int, plan: Plan) -> None:
    """Say that so many rows are about to be folded: the way to do so is chosen by that (`profiles.loops.compiled`)."""
    compiled.expect(rows * sum(column.kind in NUMBERS for column in plan.columns))


@dataclass(frozen=True, slots=True)
class _Part:
    """The rows of a batch that are in one cell; `of_windows` as in `Profile.absorb_table`, `columns`: they count."""

    cell: ProfileKey
    rows: Batch
    of_windows: bool | None = None
    columns: bool = True


def _parts(
    batch: Batch, timestamp: ColumnPlan | None, splits: Sequence[Split], windows: Windows | None
) -> Iterator[_Part]:
    """The batch's rows by cell, and whether their columns count: of all rows they are those of one split's segments."""
    split = [own for own in splits if own.suits(batch.frame.columns)]
    whole: list[tuple[ProfileKey, Rows]] = [(ProfileKey(), ALL)]
    if windows is None or timestamp is None:
        first = _choose_whole(splits)
        yield _Part(ProfileKey(), batch, columns=first is None or first not in split)
    else:
        of_windows = None if windows.judged else True
        by_window = [
            (ProfileKey(window=windows.name(window) if window >= 0 else ""), rows)
            for window, rows in _split(pl.Series(windows.places(batch.numbers(timestamp))))
        ]
        yield from (_Part(cell, batch.part(rows), of_windows) for cell, rows in by_window)
        whole = by_window if windows.judged else whole
    named = [own.segments_of(batch) for own in split]
    for cell, rows in whole:
        for segments in named:
            for segment, own in _split(segments[rows]):
                if segment is not None:
                    yield _Part(ProfileKey(cell.window, segment), batch.part(find_places(rows, own)))


def _choose_whole(splits: Sequence[Split]) -> Split | None:
    """The split whose segments together hold each row once: their columns are those of all rows."""
    return next((split for split in splits if split.is_whole), None)


def _whole(cells: dict[ProfileKey, Profile], plan: Plan, windows: Windows | None) -> Profile:
    """The profile of all rows: its windows', or its own table with the columns that its segments have."""
    parts = [profile for cell, profile in cells.items() if not cell.segment]
    whole = reduce(Profile.merge, parts) if parts else Profile(plan)
    if ProfileKey() in cells:
        own = cells[ProfileKey()]
        columns = {
            name: ColumnProfile(c.plan, own.columns[name].states | c.states) for name, c in whole.columns.items()
        }
        whole = Profile(plan, columns, own.states | whole.states)
    first = _choose_whole(make_splits(plan))
    if windows is None and first is not None:
        segments = [profile for cell, profile in cells.items() if first.has(cell.segment)]
        columns = reduce(Profile.merge, segments, whole).columns
        whole = Profile(plan, columns, whole.states)
    return whole


def _chunks(columns: list[ColumnPlan]) -> list[list[ColumnPlan]]:
    """The columns, some at a time: enough to keep each processor busy, and few to hand over."""
    size = max(1, min(_CHUNK, len(columns) // (2 * (os.cpu_count() or 1))))
    return [columns[i : i + size] for i in range(0, len(columns), size)]


def _do(job: Job) -> None:
    job()


def _absorb(rows: Batch, parts: list[_Part], cells: dict[ProfileKey, Profile], columns: list[ColumnPlan]) -> None:
    parts = [part for part in parts if part.columns]
    for column in columns:
        for part, values in zip(parts, rows.values_of(column, [part.rows for part in parts]), strict=True):
            absorb_column(cells[part.cell].columns[column.name], values, followed=part.of_windows)


def _split(by: pl.Series) -> Iterator[tuple[Any, Rows]]:
    """Each value with the places of its rows, a run where they lie together, in the order in which the values come."""
    grouped = by.alias("value").to_frame().with_row_index("at").group_by("value", maintain_order=True).agg("at")
    for value, at in zip(*grouped, strict=True):
        places = at.to_numpy()
        together = places[-1] - places[0] + 1 == places.size
        yield value, slice(int(places[0]), int(places[-1]) + 1) if together else places
