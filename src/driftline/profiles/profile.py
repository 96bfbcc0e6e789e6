"""The profile: the mergeable summary of some rows under a plan."""

import copy
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Any, Self, TypeVar

import numpy as np

from driftline import registry
from driftline.arrays import Integers
from driftline.errors import PackError
from driftline.profiles import codec
from driftline.profiles.batch import Batch
from driftline.profiles.plan import LABELS, ColumnPlan, Plan
from driftline.profiles.sketches.base import ColumnSketch, Sketch, TableSketch
from driftline.profiles.sketches.bins import Bins
from driftline.profiles.sketches.categories import Categories
from driftline.profiles.sketches.counts import Counts
from driftline.profiles.sketches.formats import Formats
from driftline.profiles.values import ColumnValues
from driftline.types import Role
from driftline.windows import Window

FORMAT = 1

S = TypeVar("S", bound=Sketch)


class NoSketchError(LookupError):
    """A sketch was asked for that the plan calls for, but the version that made the profile did not know."""


class _States:
    """A handful of sketches, asked for by their class."""

    plan: Any

    def __init__(self, states: dict[str, Any]) -> None:
        self.states = states
        self.known: dict[str, Any] = {}

    def once(self, name: str, measure: Callable[[Any], Any]) -> Any:
        """What a function of this profile gives, worked out once: a reference is asked for the same with each window.

        As with the cached properties, no rows may be absorbed after it.
        """
        if name not in self.known:
            self.known[name] = measure(self)
        return self.known[name]

    def once_beside(self, other: Self, name: str, measure: Callable[[Any, Any], Any]) -> Any:
        """What a function of this profile and another gives, worked out once for one after another: several ask."""
        beside, found = self.known.get(name, (None, None))
        if beside is not other:
            found = measure(self, other)
            self.known[name] = other, found
        return found

    def get_or_none(self, kind: type[S]) -> S | None:
        """The sketch of that class, or None where it is not there."""
        found = self.states.get(kind.__name__)
        return found if isinstance(found, kind) else None

    def get(self, kind: type[S]) -> S:
        """The sketch of that class.

        Raises:
            NoSketchError: when the version that made the profile did not know it.
        """
        found = self.get_or_none(kind)
        if found is None and kind.suits(self.plan):
            raise NoSketchError(kind.__name__)
        if found is None:
            raise LookupError(f"the plan calls for no {kind.__name__}")
        return found


class ColumnProfile(_States):
    """The sketches of one column."""

    plan: ColumnPlan

    def __init__(self, plan: ColumnPlan, states: dict[str, Any]) -> None:
        super().__init__(states)
        self.plan = plan

    @cached_property
    def counts(self) -> Counts:
        """Rows, missing and unreadable ones."""
        return self.get(Counts)

    @property
    def n(self) -> int:
        """Rows in which the column was there."""
        return self.counts.rows

    @property
    def sample_size(self) -> int:
        """Rows that a share or a distance is over: of a target those with a label, for the others may still come."""
        return self.counts.rows - (self.counts.null if self.plan.role is Role.TARGET else 0)

    @cached_property
    def grouped(self) -> Integers:
        """Counts of the plan's groups, then of infinite, missing (null or NaN) and unreadable values.

        The whole distribution in about ten groups: they sum to the rows. New categories are in the group of the rare.
        Labels that are missing may still come: of a target only those that are there count.
        """
        counts = self.counts
        if self.plan.kind in LABELS:
            categories = self.get(Categories)
            fine = np.append(categories.counts, categories.unseen)
        else:
            fine = self.get(Bins).counts
        groups = np.bincount(self.plan.groups, weights=fine).astype(np.int64)
        infinite = counts.positive_infinite + counts.negative_infinite
        missing = 0 if self.plan.role is Role.TARGET else counts.null + counts.nan
        return np.concatenate((groups, np.array([infinite, missing, counts.invalid], np.int64)))


class Profile(_States):
    """The sketches of a table: of each column, and over several columns.

    `window` is the event time that the rows stand for, `until` the time (microseconds since 1970 UTC) up to which rows
    should be there; None where nobody said so. `label_history` says that no more labels are due: how many came for how
    many rows in the windows before; None while they may still come. `within` sets them.
    """

    plan: Plan
    window: Window | None = None
    until: float | None = None
    label_history: tuple[int, int] | None = None

    def __init__(
        self, plan: Plan, columns: dict[str, ColumnProfile] | None = None, states: dict[str, Any] | None = None
    ) -> None:
        super().__init__(states or {kind.__name__: kind(plan) for kind in _kinds_of_table(plan)})
        self.plan = plan
        kinds = () if columns else _kinds(ColumnSketch)
        self.columns = columns or {
            column.name: ColumnProfile(column, {kind.__name__: kind(column) for kind in kinds if kind.suits(column)})
            for column in plan.columns
            if column.role is not Role.IGNORED
        }

    @classmethod
    def of_segment(cls, plan: Plan) -> Self:
        """The fresh profile of a segment, which has not all sketches over several columns."""
        return cls(
            plan, None, {kind.__name__: kind(plan) for kind in _kinds_of_table(plan) if kind.is_in_segments(plan)}
        )

    @classmethod
    def of_window(cls, plan: Plan) -> Self:
        """The fresh profile of a window in which the onset of a change is looked for: with what is followed alone."""
        profile = cls(plan, None, {kind.__name__: kind(plan) for kind in _kinds_of_table(plan) if kind.OF_PARTS})
        for column in profile.columns.values():
            column.states = {name: sketch for name, sketch in column.states.items() if sketch.is_followed(column.plan)}
        return profile

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.get(Formats).rows

    def within(
        self, window: Window | None, until: float | None = None, label_history: tuple[int, int] | None = None
    ) -> "Profile":
        """The same rows, taken to stand for a window of event time."""
        profile = copy.copy(self)
        profile.known = {}
        profile.window, profile.until, profile.label_history = window, until, label_history
        return profile

    def private(self, *, final: bool | None = None) -> "Profile":
        """The same rows without the values of single ones: as a profile is judged and shown, and, `final`, kept.

        The second of the two places where values are hidden; the plan is the first (`profiles/privacy/labels.py`).
        `final` None: final only for columns with few values. False: more rows are merged afterwards; hiding before
        that and after it gives the same, but for new labels, which are named once enough rows of one part have them.
        """
        limits: dict[str | None, list[float]] = {}
        for check in self.plan.config.checks:
            ends = [end.number for end in (check.low, check.high) if end is not None and not end.reference]
            limits.setdefault(check.column, []).extend(ends)
        done = {
            name: column.counts.values < column.plan.min_count if final is None else final
            for name, column in self.columns.items()
        }
        columns = {
            name: ColumnProfile(
                column.plan,
                {key: s.private(final=done[name], limits=limits.get(name, ())) for key, s in column.states.items()},
            )
            for name, column in self.columns.items()
        }
        states = {key: sketch.private(final=bool(final)) for key, sketch in self.states.items()}
        return Profile(self.plan, columns, states).within(self.window, self.until, self.label_history)

    def only(self, column: str | None) -> "Profile":
        """The same rows with one column alone; None: with all."""
        return self if column is None else Profile(self.plan, {column: self.columns[column]}, self.states)

    def column(self, name: str, beside: type[Sketch] | None = None) -> ColumnProfile:
        """One column, and beside it a sketch over several columns that a metric of the column needs."""
        found = self.columns[name]
        more = {} if beside is None else {beside.__name__: self.states[beside.__name__]}
        return ColumnProfile(found.plan, found.states | more) if more else found

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch, column by column."""
        for column in self.columns.values():
            absorb_column(column, rows.values(column.plan))
        self.absorb_table(rows)

    def absorb_table(self, rows: Batch, *, of_parts: bool | None = None) -> None:
        """Fold one batch into the sketches over several columns; into those alone that parts have, or have not."""
        for sketch in self.states.values():
            if of_parts in {None, sketch.OF_PARTS}:
                sketch.absorb(rows)

    def merge(self, other: Self) -> "Profile":
        """The profile of both sides' rows together.

        Raises:
            PackError: when the plans differ.
        """
        if self.plan.fingerprint != other.plan.fingerprint:
            raise PackError(
                f"profiles of different plans do not merge: {self.plan.fingerprint} and {other.plan.fingerprint}; "
                "fold both sides' rows under one plan"
            )
        columns = {
            name: ColumnProfile(column.plan, _merged(column.states, other.columns[name].states))
            for name, column in self.columns.items()
        }
        return Profile(self.plan, columns, _merged(self.states, other.states))

    def dump(self) -> bytes:
        """The profile as bytes."""
        columns = {
            name: {key: sketch.state() for key, sketch in column.states.items()}
            for name, column in self.columns.items()
        }
        table = {key: sketch.state() for key, sketch in self.states.items()}
        return codec.pack({"profile": FORMAT, "plan": self.plan.fingerprint, "columns": columns, "table": table})

    @classmethod
    def load(cls, plan: Plan, data: bytes) -> "Profile":
        """The profile of bytes made by `dump` under the same plan.

        Sketches that the version which made them did not know are not there: their metrics then do not apply.

        Raises:
            PackError: when they are damaged, of another format or of another plan.
        """
        state = codec.unpack(data)
        if not isinstance(state, dict) or state.get("profile") != FORMAT:
            raise PackError(f"the bytes are no profile of format {FORMAT}; fold the rows again")
        if state["plan"] != plan.fingerprint:
            raise PackError(f"the profile belongs to plan {state['plan']}, not {plan.fingerprint}; fold the rows again")
        kinds = {kind.__name__: kind for kind in _kinds(Sketch)}
        found = {key for states in (state["table"], *state["columns"].values()) for key in states}
        if strange := sorted(found - kinds.keys()):
            raise PackError(
                f"the profile holds {', '.join(strange)}, which this version does not know; install the newer version, "
                "or the plugin, that made it"
            )
        columns = {
            name: ColumnProfile(
                plan.by_name[name],
                {key: kinds[key].from_state(plan.by_name[name], value) for key, value in states.items()},
            )
            for name, states in state["columns"].items()
        }
        loaded = cls(plan, columns, {key: kinds[key].from_state(plan, value) for key, value in state["table"].items()})
        loaded._check(_fresh(plan))
        return loaded

    def _check(self, fresh: "Profile") -> None:
        """Refuse columns, sketches and fields that are not of the make-up with which a profile of this plan begins."""
        if self.columns.keys() != fresh.columns.keys():
            raise PackError("the profile's columns are not those of its plan; fold the rows again")
        needed: list[tuple[dict[str, Any], dict[str, Any], type[Sketch]]] = [(fresh.states, self.states, Formats)]
        needed += [(fresh.columns[name].states, column.states, Counts) for name, column in self.columns.items()]
        for ours, theirs, least in needed:
            if not theirs.keys() <= ours.keys() or least.__name__ not in theirs:
                raise PackError("the profile's sketches are not those that its plan calls for; fold the rows again")
            for key, sketch in theirs.items():
                for field, value in ours[key].state().items():
                    if not _alike(value, getattr(sketch, field)):
                        raise PackError(f"{field} of {key} is not what it should be; fold the rows again")


@lru_cache(maxsize=4)
def _fresh(plan: Plan) -> Profile:
    """The profile of no rows, kept: many profiles of one plan are loaded in a row."""
    return Profile(plan)


def absorb_column(column: ColumnProfile, values: ColumnValues, *, followed: bool | None = None) -> None:
    """Fold one batch's values into the sketches of one column; into those alone that windows have, or have not."""
    if values.rows:
        for sketch in column.states.values():
            if followed in {None, sketch.is_followed(column.plan)}:
                sketch.absorb(values)


def _alike(fresh: Any, found: Any) -> bool:
    """Whether a field is of the type, and where that is fixed of the shape, that it begins with."""
    if isinstance(fresh, np.ndarray):
        same = isinstance(found, np.ndarray) and found.dtype == fresh.dtype and found.ndim == fresh.ndim
        return same and (not fresh.size or found.shape == fresh.shape)
    if isinstance(fresh, int | float):
        return isinstance(found, int | float)
    return fresh is None or isinstance(found, type(fresh))


def _kinds(base: Any) -> list[type[Any]]:
    """The sketches of one kind: of a column, or of a table."""
    return [kind for kind in registry.every("sketches").values() if issubclass(kind, base)]


def _kinds_of_table(plan: Plan) -> list[type[TableSketch]]:
    """The sketches over several columns that a plan calls for."""
    return [kind for kind in _kinds(TableSketch) if kind.__name__ not in plan.omitted and kind.suits(plan)]


def _merged(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    return {name: sketch.merge(theirs[name]) for name, sketch in ours.items() if name in theirs}
