"""Folds one pane of a stream. Rows are sorted by time and id first, so arrival order does not change the result."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from driftline import registry
from driftline.arrays import Floats
from driftline.data import by_name
from driftline.data.decode import as_numbers
from driftline.data.hashing import Hashes
from driftline.profiles.batch import Batch
from driftline.profiles.plan import Plan
from driftline.profiles.profile import Profile
from driftline.server.stream.label_join import id_hashes, with_labels
from driftline.types import Kind, ProfileKey, Role
from driftline.windows import Windows

VERSION = "model_version"
RESERVED = (VERSION, "latency", "error")
Places = npt.NDArray[Any]
_NAMES = {Role.ID: "id", Role.TIMESTAMP: "timestamp", Role.PREDICTION: "prediction", Role.SCORE: "score"}


@dataclass(frozen=True)
class FramesSource:
    """Frames as a source."""

    frames: Sequence[pl.DataFrame]
    label: str = "stream"
    format: str = "memory"
    rows: int | None = None

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The frames."""
        for frame in self.frames:
            yield frame if columns is None else by_name.select(frame, columns)


class RowSchema:
    """How logged rows are read under a plan: which column is the id, which the time, and in what types."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.key, self.time = (
            column.name if (column := plan.with_role(role)) else _NAMES[role] for role in (Role.ID, Role.TIMESTAMP)
        )
        self.target = plan.with_role(Role.TARGET)
        self.roles = {  # the names that senders use for roles whose column the plan calls otherwise
            default: column.name
            for role, default in {**_NAMES, Role.TARGET: "target"}.items()
            if (column := plan.with_role(role)) and column.name != default and default not in plan.by_name
        }
        self.key_names = {self.key, *(name for name, column in self.roles.items() if column == self.key)}
        self.expected = {
            column.name
            for column in plan.columns
            if column.source is None and column.role not in {Role.TARGET, Role.IGNORED}
        }
        self.dropped = {*RESERVED, *_NAMES.values()} - plan.by_name.keys()

    def rename_roles(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The same frame if its columns have the plan's names; else with `timestamp`, `id` and so on renamed to them.

        A column that has the plan's name already stays, and wins over the one with the role's name.
        """
        found = self.roles.keys() & set(frame.columns)
        renamed = {name: self.roles[name] for name in found if self.roles[name] not in frame.columns}
        return frame.rename(renamed) if renamed else frame

    def compare_columns(self, frame: pl.DataFrame) -> dict[str, list[str]]:
        """Names of columns that predictions should have and lack, and of those that the plan does not know, sorted."""
        known = self.plan.by_name.keys() | self.dropped
        pairs = {
            "missing_columns": self.expected.difference(frame.columns),
            "unknown_columns": set(frame.columns).difference(known),
        }
        return {name: sorted(names) for name, names in pairs.items() if names}

    def times(self, frame: pl.DataFrame, received: float) -> Floats:
        """Event times (n,) in microseconds, NaN where unknown; when they were received, if the model has no times."""
        if self.time in frame.columns:
            return self._read_times(frame).to_numpy()
        timed = self.plan.with_role(Role.TIMESTAMP) is not None
        return np.full(frame.height, float("nan") if timed else received)

    def _read_times(self, frame: pl.DataFrame) -> pl.Series:
        """Event times in microseconds; those without a zone are UTC, in which senders write them."""
        timestamp = self.plan.with_role(Role.TIMESTAMP)
        return as_numbers(by_name.column(frame, self.time), Kind.DATETIME, timestamp.format if timestamp else "")

    def ids(self, frame: pl.DataFrame) -> Hashes:
        """Hash (n,) of each row's id, 0 where there is none."""
        return self.ids_of([frame])[0]

    def ids_of(self, frames: Sequence[pl.DataFrame]) -> list[Hashes]:
        """The hashes of each frame's ids; faster than one frame at a time."""
        found: list[Hashes] = [np.zeros(frame.height, np.uint64) for frame in frames]
        types: dict[pl.DataType, list[int]] = {}
        for at, frame in enumerate(frames):
            if self.key in frame.columns:
                types.setdefault(frame.schema[self.key], []).append(at)
        for places in types.values():
            hashes = id_hashes(pl.concat([by_name.column(frames[at], self.key) for at in places]))[0]
            ends = np.cumsum([frames[at].height for at in places])
            for at, own in zip(places, np.split(hashes, ends[:-1]), strict=True):
                found[at] = own
        return found

    def rows(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows as the plan knows them: without reserved columns, in its types where no value changes."""
        timestamp = self.plan.with_role(Role.TIMESTAMP)
        if timestamp is not None and timestamp.zone and self.time in frame.columns:
            instants = self._read_times(frame).cast(pl.Int64).cast(pl.Datetime("us", "UTC"))
            frame = frame.with_columns(instants.alias(self.time))
        frame = by_name.select(frame, frame.schema.keys() - self.dropped)
        return frame.with_columns(self._alike(series) for series in frame.iter_columns())

    def _alike(self, series: pl.Series) -> pl.Series:
        column = self.plan.by_name.get(series.name)
        dtype = getattr(pl, column.column.dtype, None) if column else None
        if dtype is None or series.dtype == dtype or not (series.dtype.is_numeric() or series.dtype == pl.Null):
            return series
        if not (dtype.is_numeric() or series.dtype == pl.Null):
            return series
        values = by_name.plain(series)
        cast = values.cast(dtype, strict=False)
        same = cast.null_count() == series.null_count()
        same = same and bool((cast.cast(series.dtype, strict=False) == values).fill_null(value=True).all())
        return cast.alias(series.name) if same else series


def fold_pane(
    schema: RowSchema,
    parts: Iterable[tuple[pl.DataFrame, Sequence[Places]]],
    labels: pl.DataFrame | None,
    window: Windows,
) -> dict[ProfileKey, Profile]:
    """Profiles of a pane and of its segments: of frames with rows of its time, but for those at some places.

    Rows get the target's values of `labels`. They are folded in the order of time, then id, so any order of arrival
    ends in the same bits.
    """
    plan, groups = schema.plan, dict[str, list[tuple[pl.DataFrame, Floats, Hashes]]]()
    for frame, left in _grouped(parts):
        times = schema.times(frame, window.window().start)
        inside = window.places(times) == 0  # as rows were placed
        inside[left] = False
        kept = frame if inside.all() else frame.filter(pl.Series(inside))
        rows, ids = schema.rows(kept), schema.ids(kept)
        if schema.target is not None:
            rows = with_labels(rows, ids, labels, schema.target)
        groups.setdefault(_form(rows), []).append((rows, times[inside], ids))
    frames = [_ordered(plan, groups[key]) for key in sorted(groups)]
    timed = plan.with_role(Role.TIMESTAMP) is not None
    folded = registry.find("engines", "local")().fold(
        FramesSource(frames), plan, replace(window, judged=True) if timed else None
    )
    name = window.name(0)
    return {replace(cell, window=name): profile for cell, profile in folded.items() if (cell.window == name) == timed}


def _form(frame: pl.DataFrame) -> str:
    return repr(sorted(frame.schema.items(), key=lambda one: one[0]))


def _grouped(parts: Iterable[tuple[pl.DataFrame, Sequence[Places]]]) -> Iterator[tuple[pl.DataFrame, Places]]:
    """The frames of one form as one, with all their places: a few large frames are faster than many small ones."""
    groups: dict[str, tuple[list[pl.DataFrame], list[Places], int]] = {}
    for frame, left in parts:
        frames, places, rows = groups.setdefault(form := _form(frame), ([], [], 0))
        frames.append(frame if not frames else frame[frames[0].columns])
        places += [each.astype(np.int64) + rows for each in left]
        groups[form] = frames, places, rows + frame.height
    for frames, places, _ in groups.values():
        yield pl.concat(frames), np.concatenate([*places, np.empty(0, np.int64)])


def _ordered(plan: Plan, parts: list[tuple[pl.DataFrame, Floats, Hashes]]) -> pl.DataFrame:
    names = sorted(parts[0][0].columns)
    rows = pl.concat([part[0][names] for part in parts])
    times, ids = (np.concatenate([part[at] for part in parts]) for at in (1, 2))
    if not ids.all():
        own = [column for column in plan.columns if column.source is None and column.role is not Role.IGNORED]
        ids = np.where(ids == 0, Batch(rows).hashes(own), ids)
    return rows[np.lexsort((ids, times))]
