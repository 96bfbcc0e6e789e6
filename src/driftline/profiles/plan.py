"""The plan: the frozen recipe, fitted on the reference, by which rows fold into profiles."""

import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property
from itertools import repeat
from typing import Any

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.clocks import Clock, find_clock
from driftline.config.messages import unpacked
from driftline.config.privacy import MIN_COUNT
from driftline.config.section import MetricConfig
from driftline.config.settings import MOST_DESCRIBED, Config
from driftline.data import hashing
from driftline.data.hashing import Hashes
from driftline.profiles import codec
from driftline.profiles.columns.edges import Edges
from driftline.profiles.privacy.coarse import coarse, coarse_one
from driftline.profiles.privacy.labels import hashes_of, hidden_hash, hide
from driftline.profiles.rows.isolation_forest import Forest
from driftline.stats.expected.boosting import Trees
from driftline.types import Column, Kind, Role, Task

NUMBERS = frozenset({Kind.NUMERIC, Kind.DATETIME})
LABELS = frozenset({Kind.CATEGORICAL, Kind.BOOLEAN})
SEGMENTS = 50
_UNSAID = MetricConfig()


def is_number(dtype: str) -> bool:
    """Whether a type, as text, is one of numbers.

    >>> is_number("UInt8"), is_number("Decimal(10, 2)"), is_number("String")
    (True, True, False)
    """
    return re.match(r"U?Int|Float|Decimal", dtype) is not None


@dataclass(frozen=True, eq=False)
class ColumnPlan:
    """How one column is folded.

    `edges` (k,) are sorted and finite; a column of numbers has 2k+1 bins: below the first edge, then in turn each edge
    itself and the open interval above it. Datetimes are microseconds since 1970 UTC. `groups` (bins,) maps each bin
    to one of about ten groups on which divergences are scored; (categories + 1,) each category to one of about thirty,
    the rare ones to the last, which is also that of values not listed.
    `complete` says that edges or categories hold every value of the reference. `center` and `scale` are robust: median
    and interquartile range over 1.349 (or the classic deviation where that is zero). `core` is the middle 98 %.
    `source` names the column and the derivation that a derived column is computed by, row by row; `fitted` is what the
    derivation learnt from the reference for that, if it is one that learns. `exact` is how many numbers are kept one by
    one. `format` is how numbers or dates are written where they are text (`driftline.data.text_formats`). `levels` are
    the values that come often among many others: a number that is equal to one but for its last digits is that one.
    `zone` is that of the timestamp, where a person named one: times without a zone are its local times.
    `min_count` is the fewest rows of a value that is kept and shown; labels of fewer stand in `categories` as hashes.
    `redacted` says why no label is kept at all, or is empty.
    `losses` (2, groups + 3) are how wrong the model is among the reference's rows of each group, in the order of
    `ColumnProfile.grouped`, and the variance of that mean; None where nobody knows. `rarity` (bins or categories + 1,
    then infinite and missing) is how much each value adds to how unusual its row is, where that is asked for.
    """

    column: Column
    edges: Floats = field(default_factory=lambda: np.empty(0))
    groups: Integers = field(default_factory=lambda: np.empty(0, np.int64))
    categories: tuple[str, ...] = ()
    complete: bool = False
    center: float = 0.0
    scale: float = 1.0
    minimum: float | None = None
    maximum: float | None = None
    core: tuple[float, float] | None = None
    source: tuple[str, str] | None = None
    fitted: Floats | Hashes | None = None
    exact: int = 0
    format: str = ""
    levels: Floats | None = None
    min_count: int = MIN_COUNT
    redacted: str = ""
    zone: str = ""
    losses: Floats | None = None
    rarity: Floats | None = None

    @cached_property
    def clock(self) -> Clock | None:
        """The clock by which days and hours go: that of the zone that was named, else of the column's type."""
        return find_clock(self.zone or self.column.dtype.partition("time_zone='")[2].partition("'")[0])

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column.name

    @property
    def kind(self) -> Kind:
        """The column's kind."""
        return self.column.kind

    @property
    def role(self) -> Role:
        """The column's role."""
        return self.column.role

    @property
    def segments(self) -> tuple[str, ...]:
        """The categories that are judged one by one where the rows are sliced by this column: the most frequent."""
        return tuple(label for label in self.categories if self.redacted or label in self.common)[:SEGMENTS]

    @cached_property
    def of_numbers(self) -> bool:
        """Whether these are labels that the reference has as numbers, so that "1.0" and "1" are one."""
        return self.kind in LABELS and is_number(self.column.dtype)

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each category."""
        return {label: position for position, label in enumerate(self.categories)}

    @cached_property
    def hashes(self) -> Hashes:
        """Hash (categories,) of each category."""
        return hashes_of(self.categories)

    @cached_property
    def common(self) -> frozenset[str]:
        """The categories that are kept as they are; the others are hashes."""
        return frozenset(label for label in self.categories if hidden_hash(label) is None)

    @property
    def hides(self) -> bool:
        """Whether labels of this column can be ones that are not kept."""
        return bool(self.redacted) or (self.min_count > 1 and self.kind is not Kind.BOOLEAN)

    def bins(self, numbers: Floats) -> Integers:
        """The bin (n,) of each number; NaN is in the last one, as what is above all edges."""
        left = self._searched.find(numbers)
        bins: Integers = 2 * left + (self._searched.padded[left] == numbers)
        return bins

    @cached_property
    def _searched(self) -> Edges:
        return Edges(self.edges)

    def places(self, labels: list[str]) -> Integers:
        """The place (n,) of each label among the categories, -1 of those that are none."""
        places = np.fromiter(map(self.index.get, labels, repeat(-1)), np.int64, len(labels))
        strange = np.flatnonzero(places < 0) if len(self.common) < len(self.categories) else places[:0]
        if strange.size:
            order = np.argsort(self.hashes)
            hashes = hashing.of_labels([labels[at] for at in strange.tolist()])
            near = order[np.searchsorted(self.hashes, hashes, sorter=order).clip(max=order.size - 1)]
            places[strange] = np.where(self.hashes[near] == hashes, near, -1)
        return places

    def as_kept(self, label: str) -> str:
        """A label as it is kept: itself where it is a common category, else its hash."""
        return hide(label) if self.hides and label not in self.common else label

    def coarsen(self, numbers: Floats, way: int = 0) -> Floats:
        """Numbers (n,) as they are kept and shown: edges as they are, others rounded, down (-1) or up (+1) if asked.

        Dates are left as they are.
        """
        if self.kind is not Kind.NUMERIC or self.min_count < 2:
            return numbers
        near = np.searchsorted(self.edges, numbers).clip(max=max(self.edges.size - 1, 0))
        known = self.edges[near] == numbers if self.edges.size else np.zeros(numbers.size, bool)
        return np.where(known, numbers, coarse(numbers, self.center, self.scale, way))

    def coarsen_one(self, number: float, way: int = 0) -> float:
        """The same of one number, which is much faster."""
        if self.kind is not Kind.NUMERIC or self.min_count < 2:
            return number
        near = int(self.edges.searchsorted(number))
        known = near < self.edges.size and bool(self.edges[near] == number)
        return number if known else coarse_one(number, self.center, self.scale, way)

    def state(self) -> dict[str, Any]:
        """Plain values for the codec."""
        column = self.column
        return {
            "column": [column.name, column.kind.value, column.role.value, column.dtype, column.guessed]
            + ([True] if column.kind_guessed and not column.guessed else []),
            "edges": self.edges, "groups": self.groups, "categories": list(self.categories), "complete": self.complete,
            "center": self.center, "scale": self.scale, "minimum": self.minimum, "maximum": self.maximum,
            "core": None if self.core is None else list(self.core),
            "source": None if self.source is None else list(self.source),
            **({} if self.fitted is None else {"fitted": self.fitted}), **({"exact": self.exact} if self.exact else {}),
            **({"format": self.format} if self.format else {}),
            **({} if self.levels is None else {"levels": self.levels}), **({"zone": self.zone} if self.zone else {}),
            **({} if self.min_count == MIN_COUNT else {"min_count": self.min_count}),
            **({"redacted": self.redacted} if self.redacted else {}),
            **({} if self.losses is None else {"losses": self.losses}),
            **({} if self.rarity is None else {"rarity": self.rarity}),
        }  # fmt: skip

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> "ColumnPlan":
        """The inverse of `state`."""
        name, kind, role, dtype, *guessed = state["column"]
        rest = {key: value for key, value in state.items() if key not in {"column", "categories", "core", "source"}}
        core, source = state["core"], state["source"]
        return cls(
            column=Column(name, Kind(kind), Role(role), dtype, *guessed),
            categories=tuple(state["categories"]), core=None if core is None else (core[0], core[1]),
            source=None if source is None else (source[0], source[1]), **rest,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class LossModel:
    """Boosted trees of a regression's absolute and squared error by features and prediction.

    `cuts` has of each column of numbers where its codes change. `edges` (k,) are those of bins of the absolute error.
    """

    cuts: dict[str, Floats]
    trees: Trees
    edges: Floats

    def state(self) -> dict[str, Any]:
        """Plain values for the codec."""
        return {"cuts": self.cuts, "edges": self.edges, **vars(self.trees)}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> "LossModel":
        """The inverse of `state`."""
        return cls(state["cuts"], Trees(state["columns"], state["above"], state["values"]), state["edges"])


@dataclass(frozen=True, eq=False)
class Plan:
    """The recipe of a whole model. Profiles of different plans never merge: their `fingerprint` differs.

    `doubts` are sentences about what could be read in two ways. `loss` estimates the errors of rows without a label.
    A row that scores more than `unusual` is unusual; None where that is not asked for. Rows are scored by `forest`, or
    without one by the columns' `rarity`.
    `omitted` names the sketches that are not folded, for no metric that is measured needs them.
    """

    config: Config
    task: Task | None
    columns: tuple[ColumnPlan, ...]
    format: str = ""
    positive: str | None = None
    doubts: tuple[str, ...] = ()
    loss: LossModel | None = None
    unusual: float | None = None
    omitted: tuple[str, ...] = ()
    forest: Forest | None = None

    @cached_property
    def by_name(self) -> dict[str, ColumnPlan]:
        """The columns by name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def costs(self) -> dict[str, dict[str, float]]:
        """What an answer costs, by true and predicted class, as the target keeps its classes."""
        target = self.with_role(Role.TARGET)
        if target is None:
            return {}
        return {
            target.as_kept(true): {target.as_kept(answer): cost for answer, cost in row.items()}
            for true, row in self.config.costs.items()
        }

    @property
    def redactions(self) -> str:
        """The columns of which no value is kept or shown, each with the reason, in a sentence; empty without any."""
        named = [f"{column.name} ({column.redacted})" for column in self.columns if column.redacted]
        return f"No value is kept or shown, only hashes, of: {', '.join(named)}." if named else ""

    @cached_property
    def keys(self) -> tuple[ColumnPlan, ...]:
        """Up to three columns with many different numbers: rows are sampled by their hash. Empty if there is none."""
        many = [c for c in self.columns if c.kind in NUMBERS and c.source is None and c.edges.size and not c.complete]
        return tuple(sorted(many, key=lambda column: (-column.edges.size, column.name))[:3])

    def with_role(self, role: Role) -> ColumnPlan | None:
        """The first column of a role, or None."""
        return next((column for column in self.columns if column.role is role), None)

    def require_role(self, role: Role) -> ColumnPlan:
        """The first column of a role, which must be there."""
        column = self.with_role(role)
        if column is None:
            raise LookupError(f"the plan has no {role.value}")
        return column

    @cached_property
    def zone(self) -> str:
        """The time zone whose days and hours count; empty where none is known: then those of UTC, or of the times."""
        timestamp = self.with_role(Role.TIMESTAMP)
        return timestamp.clock.name if timestamp and timestamp.clock else ""

    def serves(self, task: Task, *roles: Role) -> bool:
        """Whether the model's task is this one, and there is a column of each of these roles."""
        return self.task is task and all(self.with_role(role) for role in roles)

    def task_in(self, tasks: frozenset[Task]) -> bool:
        """Whether the model's task, if it has one, is among these."""
        return self.task is None or self.task in tasks

    def metric_settings(self, metric: str, segment: str = "") -> MetricConfig:
        """What a person says about a metric, in all rows or in a segment: what is said of that goes first."""
        general = self.config.metrics.get(metric, _UNSAID)
        own = next((split.metrics.get(metric) for split in self.config.splits if segment and split.has(segment)), None)
        return general if own is None else general.model_copy(update=own.model_dump(exclude_unset=True))

    @property
    def describes(self) -> bool:
        """Whether what is never judged is measured too: as set, else where the columns are not too many for it."""
        return len(self.columns) <= MOST_DESCRIBED if self.config.describe is None else self.config.describe

    @cached_property
    def fingerprint(self) -> str:
        """A short name of everything that decides how rows fold: equal plans, equal fingerprints."""
        recipe: list[Any] = [
            self.task,
            self.positive,
            [column.state() for column in self.columns],
            [split.recipe for split in self.config.splits],
        ]
        recipe += _recipe_of(self.config)
        if self.loss:
            recipe.append(self.loss.state())
        if self.unusual is not None:
            recipe.append(["unusual", self.unusual])
        if self.forest:
            recipe.append(self.forest.state())
        if self.omitted:
            recipe.append(["omitted", *self.omitted])
        return hashlib.sha256(codec.pack(recipe)).hexdigest()[:16]

    def state(self) -> dict[str, Any]:
        """Plain values for the codec."""
        return {
            "config": self.config.model_dump(mode="json"), "task": self.task and self.task.value, "format": self.format,
            "positive": self.positive, "columns": [column.state() for column in self.columns],
            **({"doubts": list(self.doubts)} if self.doubts else {}),
            **({"loss": self.loss.state()} if self.loss else {}),
            **({} if self.unusual is None else {"unusual": self.unusual}),
            **({"omitted": list(self.omitted)} if self.omitted else {}),
            **({"forest": self.forest.state()} if self.forest else {}),
        }  # fmt: skip

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> "Plan":
        """The inverse of `state`."""
        return cls(
            config=unpacked(state["config"]), task=Task(state["task"]) if state["task"] else None,
            columns=tuple(ColumnPlan.from_state(column) for column in state["columns"]),
            format=state["format"], positive=state["positive"], doubts=tuple(state.get("doubts", ())),
            loss=LossModel.from_state(state["loss"]) if "loss" in state else None, unusual=state.get("unusual"),
            omitted=tuple(state.get("omitted", ())), forest=Forest(**state["forest"]) if "forest" in state else None,
        )  # fmt: skip


def _recipe_of(config: Config) -> list[Any]:
    """The settings that decide how rows fold, apart from what is in the columns and segments."""
    recipe: list[Any] = []
    if config.weak_segments.search:
        recipe.append(["weak segments", *config.weak_segments.columns])
    if config.row_cost:
        recipe.append(["row cost", config.row_cost])
    if config.sample.rows:
        recipe.append(config.sample.rows)
    if config.sample.by_segment:
        recipe.append("sample by segment")
    if config.sample.worst:
        recipe.append(["worst rows", config.sample.worst])
    if series := dict.fromkeys(one.rows for one in config.detectors if one.rows):
        recipe.append(["detectors", *series])
    return recipe
