"""What is folded out of rows on any worker: a survey, profiles, or the time that they span.

A work is sent to a worker as bytes. Its state is made of batches, merges, and is sent back as plain values.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from functools import reduce
from typing import Any

import polars as pl

from driftline import codec, registry
from driftline.folding import fold
from driftline.plan import ColumnPlan, Plan
from driftline.profile import Profile
from driftline.rows import Rows
from driftline.span import Span
from driftline.survey import Survey
from driftline.types import Cell
from driftline.windows import Windows


class Work(ABC):
    """One thing to fold out of rows; the same rows end in the same state, but for the last bits of sums of floats."""

    columns: tuple[str, ...] | None = None  # that it needs; None: all
    said: dict[str, Any]  # the work as plain values

    @abstractmethod
    def of(self, batches: Iterable[pl.DataFrame]) -> Any:
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

    def order(self) -> bytes:
        """The work as bytes."""
        return codec.pack([type(self).__name__, self.said])


def ordered(order: bytes) -> Work:
    """The work of bytes made by `order`; the plugins that its plan names are imported."""
    name, said = codec.unpack(order)
    if name == Surveying.__name__:
        return Surveying()
    if name == Spanning.__name__:
        return Spanning(ColumnPlan.of(said["column"]))
    for plugin in said["plan"]["config"]["plugins"]:
        registry.load(plugin)
    windows = None if said["windows"] is None else Windows(*said["windows"])
    return Profiling(Plan.of(said["plan"]), said["file"], windows)


class Surveying(Work):
    """What the columns of a reference hold: a `Survey`."""

    def __init__(self) -> None:
        self.said = {}

    def of(self, batches: Iterable[pl.DataFrame]) -> Survey:
        """The survey of some batches."""
        survey = Survey()
        for batch in batches:
            survey.absorb(batch)
        return survey

    def merge(self, ours: Survey, theirs: Survey) -> Survey:
        """The survey of both sides' rows."""
        return ours.merge(theirs)

    def rows(self, state: Survey) -> int:
        """How many rows were surveyed."""
        return state.rows

    def dump(self, state: Survey) -> Any:
        """The survey as plain values."""
        return state.state()

    def load(self, said: Any) -> Survey:
        """The inverse of `dump`."""
        return Survey.of(said)


class Spanning(Work):
    """The times of the timestamp: a `Span`."""

    def __init__(self, column: ColumnPlan) -> None:
        self.column, self.columns = column, (column.name,)
        self.said = {"column": column.state()}

    def of(self, batches: Iterable[pl.DataFrame]) -> Span:
        """The span of some batches."""
        span = Span(self.column)
        for batch in batches:
            span.absorb(Rows(batch))
        return span

    def merge(self, ours: Span, theirs: Span) -> Span:
        """The span of both sides' rows."""
        return ours.merge(theirs)

    def rows(self, state: Span) -> int:
        """How many rows there were, with a time or without."""
        return state.rows

    def dump(self, state: Span) -> Any:
        """The span as plain values."""
        return state.state()

    def load(self, said: Any) -> Span:
        """The inverse of `dump`."""
        return Span.of(self.column, said)


class Profiling(Work):
    """Profiles by cell, under a plan."""

    def __init__(self, plan: Plan, file: str, windows: Windows | None) -> None:
        self.plan, self.file, self.windows = plan, file, windows
        grid = None if windows is None else [windows.start, windows.width, windows.count]
        self.said = {"plan": plan.state(), "file": file, "windows": grid}

    def of(self, batches: Iterable[pl.DataFrame]) -> dict[Cell, Profile]:
        """The profiles of some batches."""
        return fold(batches, self.plan, self.file, self.windows)

    def merge(self, ours: dict[Cell, Profile], theirs: dict[Cell, Profile]) -> dict[Cell, Profile]:
        """Cell by cell."""
        sides: dict[Cell, list[Profile]] = {}
        for cell, profile in (*ours.items(), *theirs.items()):
            sides.setdefault(cell, []).append(profile)
        return {cell: reduce(Profile.merge, profiles) for cell, profiles in sides.items()}

    def rows(self, state: dict[Cell, Profile]) -> int:
        """How many rows the profile of all rows holds."""
        return state[Cell()].rows

    def dump(self, state: dict[Cell, Profile]) -> Any:
        """The profiles' bytes."""
        return [[cell.window, cell.segment, profile.dump()] for cell, profile in state.items()]

    def load(self, said: Any) -> dict[Cell, Profile]:
        """The inverse of `dump`."""
        return {Cell(window, segment): Profile.load(self.plan, data) for window, segment, data in said}
