"""Folds rows on this machine: batch by batch, columns side by side on all cores, never the whole file in memory."""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from typing import Any

import numpy as np
import polars as pl

from driftline.config import Config
from driftline.plan import ColumnPlan, Plan
from driftline.planning import fit
from driftline.profile import Profile, absorb_column
from driftline.rows import Rows
from driftline.types import Cell, Role
from driftline.windows import Windows

_CHUNK = 16
_KEPT = 2**22 - 2**10  # just under the largest that it keeps


class Local:
    """The engine of one process."""

    def fit(self, source: Any, config: Config) -> Plan:
        """Fit a plan in one pass over the source."""
        return fit(source.batches(), config, source.format)

    def fold(self, source: Any, plan: Plan, windows: Windows | None = None) -> Mapping[Cell, Profile]:
        """Profiles of all rows, of each segment, and of each window of event time, in one pass.

        All rows are in `Cell()`; rows outside of the windows count there alone.
        """
        np.empty(_KEPT)  # taken and freed: from then on glibc keeps freed memory of that size for the next batch
        cells: dict[Cell, Profile] = {}
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for batch in source.batches():
                for cell, part in _parts(batch, plan, windows):
                    if cell not in cells:
                        cells[cell] = Profile(plan)
                    _absorb(cells[cell], Rows(part, source.format), pool)
        everything = [profile for cell, profile in cells.items() if not cell.segment]
        cells[Cell()] = reduce(Profile.merge, everything) if everything else Profile(plan)
        return cells


local = Local


def _absorb(profile: Profile, rows: Rows, pool: ThreadPoolExecutor) -> None:
    columns = list(profile.columns.values())
    chunk = max(1, min(_CHUNK, len(columns) // (2 * (os.cpu_count() or 1))))
    jobs = [pool.submit(_absorb_some, columns[i : i + chunk], rows) for i in range(0, len(columns), chunk)]
    profile.absorb_table(rows)
    for job in jobs:
        job.result()


def _absorb_some(columns: list[Any], rows: Rows) -> None:
    for column in columns:
        absorb_column(column, rows)


def _parts(batch: pl.DataFrame, plan: Plan, windows: Windows | None) -> Iterator[tuple[Cell, pl.DataFrame]]:
    """The batch by windows (which together are all rows), and by each value of each segment column."""
    timestamp = plan.with_role(Role.TIMESTAMP)
    if windows is None or timestamp is None:
        yield Cell(), batch
    else:
        yield from _by_window(batch, timestamp, windows)
    for name in dict.fromkeys(plan.config.segments):
        if name in batch.columns:
            column = plan.by_name[name]
            for (label,), part in _split(batch, _segments(Rows(batch).labels(column), column)).items():
                yield Cell(segment=f"{name}={label}"), part


def _segments(labels: pl.Series, column: ColumnPlan) -> pl.Series:
    """The segment of each row: its label, or one name for all rare, all new, all missing ones."""
    own = labels.is_in(column.segments).fill_null(value=False)
    known = labels.is_in(column.categories).fill_null(value=False)
    rare = pl.Series(["(rare values)"]).new_from_index(0, labels.len())
    new = pl.Series(["(new values)"]).new_from_index(0, labels.len())
    return labels.zip_with(own, rare.zip_with(known, new)).set(labels.is_null(), "(missing)")


def _by_window(batch: pl.DataFrame, timestamp: ColumnPlan, windows: Windows) -> Iterator[tuple[Cell, pl.DataFrame]]:
    times = Rows(batch).numbers(timestamp)
    at = np.floor((times - windows.start) / windows.width)
    inside = np.isfinite(at) & (at >= 0) & (at < windows.count)
    index = np.where(inside, at, -1).astype(np.int64)
    for (window,), part in _split(batch, pl.Series("the window", index)).items():
        yield Cell(window=windows.name(window) if window >= 0 else ""), part


def _split(batch: pl.DataFrame, by: pl.Series) -> dict[tuple[Any, ...], pl.DataFrame]:
    name = max(batch.columns, key=len, default="") + "'"  # a name that no column has
    return batch.with_columns(by.alias(name)).partition_by(name, as_dict=True, include_key=False)
