"""Jobs that workers run on partitions of rows: inspect columns, find the time range, fold profiles.

The driver sends a job to each worker as bytes. A worker turns its batches into a state and sends it back as plain
values; states of several partitions merge into one.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from functools import reduce
from typing import Any

import polars as pl

from driftline import registry
from driftline.data.inspect import Inspection
from driftline.data.ipc import join_small
from driftline.errors import DriftlineError, EngineError
from driftline.profiles import codec
from driftline.profiles.batch import Batch
from driftline.profiles.fold import fold
from driftline.profiles.plan import ColumnPlan, Plan
from driftline.profiles.profile import Profile
from driftline.profiles.time_range import TimeRange
from driftline.types import ProfileKey
from driftline.windows import Windows

_BATCH_ROWS = 131_072  # smaller batches are joined up to this: each batch has a fixed cost


class Job(ABC):
    """One thing to compute from rows. The same rows give the same state; only sums of floats differ in their last bits.

    `columns` are the columns that the job needs (None: all), `fields` its parameters as plain values.
    """

    columns: tuple[str, ...] | None = None
    fields: dict[str, Any]

    @abstractmethod
    def run(self, batches: Iterable[pl.DataFrame]) -> Any:
        """The state of some batches."""

    @abstractmethod
    def merge(self, ours: Any, theirs: Any) -> Any:
        """The state of both sides' rows together."""

    @abstractmethod
    def rows(self, state: Any) -> int:
        """How many rows a state holds."""

    @abstractmethod
    def dump(self, state: Any) -> Any:
        """A state as plain values for the codec."""

    @abstractmethod
    def load(self, plain: Any) -> Any:
        """The inverse of `dump`."""

    def to_bytes(self) -> bytes:
        """The job as bytes, for `job_from_bytes`."""
        return codec.pack([type(self).__name__, self.fields])


def job_from_bytes(job_bytes: bytes) -> Job:
    """The inverse of `Job.to_bytes`; imports the plugins that the job's plan names."""
    name, fields = codec.unpack(job_bytes)
    if name == InspectJob.__name__:
        return InspectJob()
    if name == TimeRangeJob.__name__:
        return TimeRangeJob(ColumnPlan.from_state(fields["column"]))
    for plugin in fields["plan"]["config"]["plugins"]:
        registry.load(plugin)
    windows = None if fields["windows"] is None else Windows(*fields["windows"])
    return FoldJob(Plan.from_state(fields["plan"]), fields["file"], windows)


class InspectJob(Job):
    """Inspects the columns of a reference; the state is an `Inspection`."""

    def __init__(self) -> None:
        self.fields = {}

    def run(self, batches: Iterable[pl.DataFrame]) -> Inspection:
        """The inspection of some batches."""
        inspection = Inspection()
        for batch in batches:
            inspection.absorb(batch)
        return inspection

    def merge(self, ours: Inspection, theirs: Inspection) -> Inspection:
        """The inspection of both sides' rows."""
        return ours.merge(theirs)

    def rows(self, state: Inspection) -> int:
        """How many rows were inspected."""
        return state.rows

    def dump(self, state: Inspection) -> Any:
        """The inspection as plain values."""
        return state.state()

    def load(self, plain: Any) -> Inspection:
        """The inverse of `dump`."""
        return Inspection.from_state(plain)


class TimeRangeJob(Job):
    """Finds the first and last time of the timestamp; the state is a `TimeRange`."""

    def __init__(self, column: ColumnPlan) -> None:
        self.column, self.columns = column, (column.name,)
        self.fields = {"column": column.state()}

    def run(self, batches: Iterable[pl.DataFrame]) -> TimeRange:
        """The time range of some batches."""
        times = TimeRange(self.column)
        for batch in batches:
            times.absorb(Batch(batch))
        return times

    def merge(self, ours: TimeRange, theirs: TimeRange) -> TimeRange:
        """The time range of both sides' rows."""
        return ours.merge(theirs)

    def rows(self, state: TimeRange) -> int:
        """How many rows there were, with or without a time."""
        return state.rows

    def dump(self, state: TimeRange) -> Any:
        """The time range as plain values."""
        return state.state()

    def load(self, plain: Any) -> TimeRange:
        """The inverse of `dump`."""
        return TimeRange.from_state(self.column, plain)


class FoldJob(Job):
    """Folds rows into profiles under a plan; the state has one profile for each window and segment."""

    def __init__(self, plan: Plan, file: str, windows: Windows | None) -> None:
        self.plan, self.file, self.windows = plan, file, windows
        grid = None if windows is None else list(astuple(windows))
        self.fields = {"plan": plan.state(), "file": file, "windows": grid}

    def run(self, batches: Iterable[pl.DataFrame]) -> dict[ProfileKey, Profile]:
        """The profiles of some batches."""
        return fold(batches, self.plan, self.file, self.windows)

    def merge(self, ours: dict[ProfileKey, Profile], theirs: dict[ProfileKey, Profile]) -> dict[ProfileKey, Profile]:
        """Cell by cell."""
        sides: dict[ProfileKey, list[Profile]] = {}
        for cell, profile in (*ours.items(), *theirs.items()):
            sides.setdefault(cell, []).append(profile)
        return {cell: reduce(Profile.merge, profiles) for cell, profiles in sides.items()}

    def rows(self, state: dict[ProfileKey, Profile]) -> int:
        """How many rows the profile of all rows holds."""
        return state[ProfileKey()].rows

    def dump(self, state: dict[ProfileKey, Profile]) -> Any:
        """The profiles' bytes."""
        return [[cell.window, cell.segment, profile.dump()] for cell, profile in state.items()]

    def load(self, plain: Any) -> dict[ProfileKey, Profile]:
        """The inverse of `dump`."""
        return {ProfileKey(window, segment): Profile.load(self.plan, data) for window, segment, data in plain}


def run_job(job_bytes: bytes, batches: Iterable[pl.DataFrame], part: int, rows: int | None = None) -> bytes:
    """Run a job on one partition and return its outcome as bytes.

    Args:
        job_bytes: the job, as `Job.to_bytes` wrote it.
        batches: the rows of the partition.
        part: the number of the partition.
        rows: how many rows the partition must have, where that is known.

    A `DriftlineError` becomes part of the outcome, so that the driver raises it with its message.
    """
    seen = 0

    def count_rows() -> Iterator[pl.DataFrame]:
        nonlocal seen
        for batch in batches:
            seen += batch.height
            yield batch

    try:
        job = job_from_bytes(job_bytes)
        state = job.dump(job.run(join_small(count_rows(), _BATCH_ROWS)))
        if rows not in {None, seen}:
            raise EngineError(f"partition {part} has {rows:,} rows, but {seen:,} were read; run it again")
    except DriftlineError as error:
        return codec.pack({"parts": [part], "error": [type(error).__name__, str(error)]})
    return codec.pack({"parts": [part], "rows": seen, "state": state})


def merge_outcomes(job_bytes: bytes, outcomes: Iterable[bytes]) -> bytes:
    """Merge the outcomes of several partitions into one; of several errors, keep that of the first partition."""
    job, state, parts, rows = job_from_bytes(job_bytes), None, [], 0
    failed: dict[str, Any] | None = None
    for data in outcomes:
        outcome = codec.unpack(data)
        parts += outcome["parts"]
        if "error" in outcome:
            failed = outcome if failed is None else min(failed, outcome, key=lambda each: each["parts"])
            continue
        theirs = job.load(outcome["state"])
        state = theirs if state is None else job.merge(state, theirs)
        rows += outcome["rows"]
    if failed is not None:
        return codec.pack(failed)
    state = job.run([]) if state is None else state
    return codec.pack({"parts": sorted(parts), "rows": rows, "state": job.dump(state)})
