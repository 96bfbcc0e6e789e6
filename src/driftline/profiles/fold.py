"""Rows into profiles, cell by cell, in one pass: what every engine does with its part of the rows."""

import os
from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from typing import Any

import polars as pl

from driftline.data.ipc import join_small, value_count
from driftline.profiles import compiled
from driftline.profiles.batch import Batch
from driftline.profiles.plan import NUMBERS, ColumnPlan, Plan
from driftline.profiles.profile import ColumnProfile, Profile, absorb_column
from driftline.types import ProfileKey, Role
from driftline.windows import Windows

_VALUES = 2**24  # are held before they are split by cell: a few large parts fold faster than many small ones
_CHUNK = 16
_FEW = 10_000  # rows: with fewer of them, threads cost more than they gain

Run = Callable[[Callable[[list[ColumnProfile]], None], list[list[ColumnProfile]]], Iterable[None]]


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
    `run` maps a function over some columns at a time, side by side if it can. Sketches that the windows
    do not have are folded once a batch, unless each window is judged by itself. `rows` is how many there are, if that
    is known.
    """
    expect(rows or 0, plan)
    timestamp = plan.with_role(Role.TIMESTAMP)
    segments = [plan.by_name[name] for name in dict.fromkeys(plan.config.segments)]
    are_parts = windows is not None and not windows.judged
    cells: dict[ProfileKey, Profile] = {ProfileKey(): Profile(plan)} if are_parts else {}

    def add(profile: Profile, rows: Batch, *, columns: bool, of_windows: bool | None) -> None:
        if columns:
            apply = run if rows.height >= _FEW else map
            list(apply(lambda some: _absorb(some, rows, of_windows), _chunks(list(profile.columns.values()))))
        profile.absorb_table(rows, of_parts=of_windows)

    for batch in join_small(batches, _VALUES, value_count) if windows or segments else batches:
        if rows is None:
            expect(batch.height, plan)
        if are_parts:
            add(cells[ProfileKey()], Batch(batch, file), columns=True, of_windows=False)
        for cell, part, columns in _parts(batch, timestamp, segments, windows):
            if cell not in cells:
                of_part = Profile.of_segment if cell.segment else Profile.of_window if are_parts else Profile
                cells[cell] = of_part(plan)
            of_windows = True if are_parts and not cell.segment else None
            add(cells[cell], Batch(part, file), columns=columns, of_windows=of_windows)
    return cells | {ProfileKey(): _whole(cells, plan, windows)}


def expect(rows: int, plan: Plan) -> None:
    """Say that so many rows are about to be folded: the way to do so is chosen by that (`profiles.compiled`)."""
    compiled.expect(rows * sum(column.kind in NUMBERS for column in plan.columns))


def _parts(
    batch: pl.DataFrame, timestamp: ColumnPlan | None, segments: list[ColumnPlan], windows: Windows | None
) -> Iterator[tuple[ProfileKey, pl.DataFrame, bool]]:
    """The batch's rows by cell, and whether their columns count: of all rows they are those of the first's segments."""
    split = [column for column in segments if column.name in batch.columns]
    whole = [(ProfileKey(), batch)]
    if windows is None or timestamp is None:
        yield ProfileKey(), batch, not split or split[0] is not segments[0]
    else:
        by_window = list(_by_window(batch, timestamp, windows))
        yield from ((cell, part, True) for cell, part in by_window)
        whole = by_window if windows.judged else whole
    for cell, rows in whole:
        for column in split:
            yield from ((ProfileKey(cell.window, own.segment), part, True) for own, part in _by_segment(rows, column))


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
    if windows is None and plan.config.segments:
        start = f"{plan.config.segments[0]}="
        segments = [profile for cell, profile in cells.items() if cell.segment.startswith(start)]
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


def _by_segment(batch: pl.DataFrame, column: ColumnPlan) -> Iterator[tuple[ProfileKey, pl.DataFrame]]:
    for (label,), part in _split(batch, _segments(Batch(batch).kept_labels(column), column)).items():
        yield ProfileKey(segment=f"{column.name}={label}"), part


def _segments(labels: pl.Series, column: ColumnPlan) -> pl.Series:
    """The segment of each row: its label, or one name for all rare, all new, all missing ones."""
    own = labels.is_in(column.segments).fill_null(value=False)
    known = labels.is_in(column.categories).fill_null(value=False)
    rare = pl.Series(["(rare values)"]).new_from_index(0, labels.len())
    new = pl.Series(["(new values)"]).new_from_index(0, labels.len())
    return labels.zip_with(own, rare.zip_with(known, new)).set(labels.is_null(), "(missing)")


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
