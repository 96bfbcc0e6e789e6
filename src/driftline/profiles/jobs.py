"""What is folded out of rows on any worker: a survey, profiles, or the time that they span.

A work is sent to a worker as bytes. Its state is made of batches, merges, and is sent back as plain values.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from typing import Any

import polars as pl

from driftline import errors, registry
from driftline.config.settings import Config
from driftline.data.inspect import Inspection
from driftline.errors import DriftlineError, EngineError
from driftline.profiles import codec
from driftline.profiles.batch import Batch
from driftline.profiles.fit import planned
from driftline.profiles.fold import fold
from driftline.profiles.plan import ColumnPlan, Plan
from driftline.profiles.profile import Profile
from driftline.profiles.time_range import TimeRange
from driftline.types import ProfileKey, Role
from driftline.windows import Windows


class Job(ABC):
    """One thing to fold out of rows; the same rows end in the same state, but for the last bits of sums of floats."""

    columns: tuple[str, ...] | None = None  # that it needs; None: all
    said: dict[str, Any]  # the work as plain values

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
    def load(self, said: Any) -> Any:
        """The inverse of `dump`."""

    def to_bytes(self) -> bytes:
        """The work as bytes."""
        return codec.pack([type(self).__name__, self.said])


def job_from_bytes(order: bytes) -> Job:
    """The work of bytes made by `order`; the plugins that its plan names are imported."""
    name, said = codec.unpack(order)
    if name == InspectJob.__name__:
        return InspectJob()
    if name == TimeRangeJob.__name__:
        return TimeRangeJob(ColumnPlan.from_state(said["column"]))
    for plugin in said["plan"]["config"]["plugins"]:
        registry.load(plugin)
    windows = None if said["windows"] is None else Windows(*said["windows"])
    return FoldJob(Plan.from_state(said["plan"]), said["file"], windows)


class InspectJob(Job):
    """What the columns of a reference hold: a `Inspection`."""

    def __init__(self) -> None:
        self.said = {}

    def run(self, batches: Iterable[pl.DataFrame]) -> Inspection:
        """The survey of some batches."""
        survey = Inspection()
        for batch in batches:
            survey.absorb(batch)
        return survey

    def merge(self, ours: Inspection, theirs: Inspection) -> Inspection:
        """The survey of both sides' rows."""
        return ours.merge(theirs)

    def rows(self, state: Inspection) -> int:
        """How many rows were surveyed."""
        return state.rows

    def dump(self, state: Inspection) -> Any:
        """The survey as plain values."""
        return state.state()

    def load(self, said: Any) -> Inspection:
        """The inverse of `dump`."""
        return Inspection.from_state(said)


class TimeRangeJob(Job):
    """The times of the timestamp: a `TimeRange`."""

    def __init__(self, column: ColumnPlan) -> None:
        self.column, self.columns = column, (column.name,)
        self.said = {"column": column.state()}

    def run(self, batches: Iterable[pl.DataFrame]) -> TimeRange:
        """The span of some batches."""
        span = TimeRange(self.column)
        for batch in batches:
            span.absorb(Batch(batch))
        return span

    def merge(self, ours: TimeRange, theirs: TimeRange) -> TimeRange:
        """The span of both sides' rows."""
        return ours.merge(theirs)

    def rows(self, state: TimeRange) -> int:
        """How many rows there were, with a time or without."""
        return state.rows

    def dump(self, state: TimeRange) -> Any:
        """The span as plain values."""
        return state.state()

    def load(self, said: Any) -> TimeRange:
        """The inverse of `dump`."""
        return TimeRange.from_state(self.column, said)


class FoldJob(Job):
    """Profiles by cell, under a plan."""

    def __init__(self, plan: Plan, file: str, windows: Windows | None) -> None:
        self.plan, self.file, self.windows = plan, file, windows
        grid = None if windows is None else [windows.start, windows.width, windows.count]
        self.said = {"plan": plan.state(), "file": file, "windows": grid}

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

    def load(self, said: Any) -> dict[ProfileKey, Profile]:
        """The inverse of `dump`."""
        return {ProfileKey(window, segment): Profile.load(self.plan, data) for window, segment, data in said}


_ROWS = 131_072  # small batches are joined up to that, for each costs a little


class Distributed(ABC):
    """An engine over rows that lie in partitions: it says how to run a work on them."""

    @abstractmethod
    def outcomes(self, source: Any, work: Job) -> Iterable[bytes]:
        """What `folded` makes of each partition, numbered from 0 on; `merged` by the workers to a few where many.

        Raises:
            EngineError: when the workers cannot do it.
            InputError: when the rows cannot be read.
        """

    def empty(self, source: Any) -> Iterable[pl.DataFrame]:  # noqa: ARG002 - for those that need it
        """Batches without rows that have the source's columns, where partitions without rows do not tell them."""
        return ()

    def fit(self, source: Any, config: Config) -> Plan:
        """The plan, fitted on a reference."""
        return planned(self._run(source, InspectJob()), config, source.format)

    def span(self, source: Any, plan: Plan) -> tuple[float, float] | None:
        """First and last time of the rows, or None where there is no time."""
        column = plan.with_role(Role.TIMESTAMP)
        return None if column is None else self._run(source, TimeRangeJob(column)).ends()

    def fold(self, source: Any, plan: Plan, windows: Windows | None = None) -> Mapping[ProfileKey, Profile]:
        """One profile for each window and segment; `ProfileKey()` holds all rows."""
        cells: dict[ProfileKey, Profile] = self._run(source, FoldJob(plan, source.format, windows))
        return cells

    def _run(self, source: Any, work: Job) -> Any:
        found = codec.unpack(merged(work.to_bytes(), self.outcomes(source, work)))
        if "error" in found:
            name, said = found["error"]
            raise getattr(errors, name, EngineError)(f"{source.label}: {said}")
        parts = found["parts"]
        if parts != list(range(len(parts))):
            raise EngineError(
                f"{source.label}: partitions were lost or came twice: expected 0 to {max(parts)} once each, got "
                f"{str(parts)[:80]}; run it again"
            )
        state = work.load(found["state"])
        if not found["rows"]:
            state = work.merge(state, work.run(self.empty(source)))
        if work.rows(state) != found["rows"]:
            raise EngineError(
                f"{source.label}: {found['rows']:,} rows were read, but {work.rows(state):,} are counted; run it again"
            )
        return state


def folded(order: bytes, batches: Iterable[pl.DataFrame], part: int, rows: int | None = None) -> bytes:
    """The outcome of one partition, of so many rows if that is known.

    An error raised on purpose is part of it, for the sake of its words.
    """
    seen = [0]

    def counted() -> Iterator[pl.DataFrame]:
        for batch in batches:
            seen[0] += batch.height
            yield batch

    try:
        work = job_from_bytes(order)
        state = work.dump(work.run(_joined(counted())))
        if rows not in {None, seen[0]}:
            raise EngineError(f"partition {part} has {rows:,} rows, but {seen[0]:,} of them came; run it again")
    except DriftlineError as error:
        return codec.pack({"parts": [part], "error": [type(error).__name__, str(error)]})
    return codec.pack({"parts": [part], "rows": seen[0], "state": state})


def merged(order: bytes, outcomes: Iterable[bytes]) -> bytes:
    """One outcome of several; of errors that of the first partition."""
    work, state, parts, rows = job_from_bytes(order), None, [], 0
    failed: dict[str, Any] | None = None
    for outcome in outcomes:
        found = codec.unpack(outcome)
        parts += found["parts"]
        if "error" in found:
            failed = found if failed is None else min(failed, found, key=lambda one: one["parts"])
            continue
        theirs = work.load(found["state"])
        state = theirs if state is None else work.merge(state, theirs)
        rows += found["rows"]
    if failed is not None:
        return codec.pack(failed)
    state = work.run([]) if state is None else state
    return codec.pack({"parts": sorted(parts), "rows": rows, "state": work.dump(state)})


def _joined(batches: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Batches joined while their columns are alike, up to so many rows."""
    held: list[pl.DataFrame] = []
    for batch in batches:
        if held and (held[0].schema != batch.schema or sum(one.height for one in held) + batch.height > _ROWS):
            yield pl.concat(held)
            held = []
        held.append(batch)
    if held:
        yield pl.concat(held)
