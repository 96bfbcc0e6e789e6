"""Rows into profiles, cell by cell, in one pass: what every engine does with its part of the rows."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from typing import Any

import polars as pl

from driftline.data.ipc import join_small, value_count
from driftline.profiles.batch import Batch
from driftline.profiles.plan import ColumnPlan, Plan
from driftline.profiles.profile import ColumnProfile, Profile, absorb_column
from driftline.profiles.segments import Split, make_splits
from driftline.types import ProfileKey, Role
from driftline.windows import Windows

_VALUES = 2**24  # are held before they are split by cell: a few large parts fold faster than many small ones
_CHUNK = 16
_FEW = 10_000  # rows: with fewer of them, threads cost more than they gain

Run = Callable[[Callable[[list[ColumnProfile]], None], list[list[ColumnProfile]]], Iterable[None]]


def fold(
    batches: Iterable[pl.DataFrame], plan: Plan, file: str = "", windows: Windows | None = None, run: Run = map
) -> dict[ProfileKey, Profile]:
    """Profiles of all rows, of each segment, and of each window of event time (or of each segment of each window).

    All rows are in `ProfileKey()`, which is there even for no rows; rows outside of the windows count there alone.
    `run` maps a function over some columns at a time, side by side if it can. Sketches that the windows
    do not have are folded once a batch, unless each window is judged by itself.
    """
    timestamp = plan.with_role(Role.TIMESTAMP)
    splits = make_splits(plan)
    are_parts = windows is not None and not windows.judged
    cells: dict[ProfileKey, Profile] = {ProfileKey(): Profile(plan)} if are_parts else {}

    def add(profile: Profile, rows: Batch, *, columns: bool, of_windows: bool | None) -> None:
        if columns:
            apply = run if rows.height >= _FEW else map
            list(apply(lambda some: _absorb(some, rows, of_windows), _chunks(list(profile.columns.values()))))
        profile.absorb_table(rows, of_parts=of_windows)

    for batch in join_small(batches, _VALUES, value_count) if windows or splits else batches:
        if are_parts:
            add(cells[ProfileKey()], Batch(batch, file), columns=True, of_windows=False)
        for cell, part, columns in _parts(Batch(batch, file), timestamp, splits, windows):
            if cell not in cells:
                of_part = Profile.of_segment if cell.segment else Profile.of_window if are_parts else Profile
                cells[cell] = of_part(plan)
            of_windows = True if are_parts and not cell.segment else None
            add(cells[cell], Batch(part, file), columns=columns, of_windows=of_windows)
    return cells | {ProfileKey(): _whole(cells, plan, windows)}


def _parts(
    batch: Batch, timestamp: ColumnPlan | None, splits: Sequence[Split], windows: Windows | None
) -> Iterator[tuple[ProfileKey, pl.DataFrame, bool]]:
    """The batch's rows by cell, and whether their columns count: of all rows they are those of one split's segments."""
    frame, first = batch.frame, _choose_whole(splits)
    split = [own for own in splits if own.suits(frame.columns)]
    whole = [(ProfileKey(), frame)]
    if windows is None or timestamp is None:
        yield ProfileKey(), frame, first is None or first not in split
    else:
        by_window = list(_by_window(frame, timestamp, windows))
        yield from ((cell, part, True) for cell, part in by_window)
        whole = by_window if windows.judged else whole
    for cell, rows in whole:
        for own in split:
            for segment, part in _by_segment(Batch(rows, batch.file), own):
                yield ProfileKey(cell.window, segment), part, True


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


def _chunks(columns: list[ColumnProfile]) -> list[list[ColumnProfile]]:
    """The columns, some at a time: enough to keep each processor busy, and few to hand over."""
    size = max(1, min(_CHUNK, len(columns) // (2 * (os.cpu_count() or 1))))
    return [columns[i : i + size] for i in range(0, len(columns), size)]


def _absorb(columns: list[ColumnProfile], rows: Batch, followed: bool | None) -> None:
    for column in columns:
        absorb_column(column, rows, followed=followed)


def _by_segment(batch: Batch, split: Split) -> Iterator[tuple[str, pl.DataFrame]]:
    """The rows of each segment of a split; rows that are in none do not come."""
    for (segment,), part in _split(batch.frame, split.segments_of(batch)).items():
        if segment is not None:
            yield segment, part


def _by_window(
    batch: pl.DataFrame, timestamp: ColumnPlan, windows: Windows
) -> Iterator[tuple[ProfileKey, pl.DataFrame]]:
    index = windows.places(Batch(batch).numbers(timestamp))
    if index.size and (index == index[0]).all():
        yield ProfileKey(window=windows.name(int(index[0])) if index[0] >= 0 else ""), batch
        return
    for (window,), part in _split(batch, pl.Series("the window", index)).items():
        yield ProfileKey(window=windows.name(window) if window >= 0 else ""), part


def _split(batch: pl.DataFrame, by: pl.Series) -> dict[tuple[Any, ...], pl.DataFrame]:
    name = max(batch.columns, key=len, default="") + "'"  # a name that no column has
    return batch.with_columns(by.alias(name)).partition_by(name, as_dict=True, include_key=False)
