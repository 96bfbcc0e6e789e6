"""How the rows are sliced: by values, ranges, conditions and what they have in common; and the groups of fairness."""

import math
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import combinations, pairwise
from typing import Annotated, Any, Self

from pydantic import Field, SerializerFunctionWrapHandler, field_validator, model_serializer, model_validator

from driftline.config.section import MetricsField, Section
from driftline.config.segments.expression import RowExpression, parse_expression
from driftline.errors import ConfigError

_MOST_EDGES = 20
_MOST_COLUMNS = 3
JOIN = " & "
"""Between the columns, or the values, of an intersection."""


class SegmentConfig(Section):
    """One way to slice the rows; a plain text is the name of a column, each of whose values is a segment."""

    name: Annotated[
        str | None,
        Field(min_length=1, max_length=1_000, description="What it is called; by default its columns or condition."),
    ] = None
    columns: Annotated[
        tuple[str, ...],
        Field(
            max_length=_MOST_COLUMNS,
            description="Columns whose values are segments; of several columns each combination is one.",
        ),
    ] = ()
    edges: dict[str, tuple[float, ...]] = Field(
        default_factory=dict,
        description="Columns of numbers that are cut into ranges: `{age: [30, 50]}` makes three, each with its lower "
        "end.",
    )
    where: Annotated[
        str | None,
        Field(description="Only rows for which this holds, such as `age > 50` or `amount / distance > 20`."),
    ] = None
    metrics: MetricsField = Field(
        default_factory=dict, description="Settings of single metrics in these segments, by name."
    )

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, said: Any) -> Any:
        if isinstance(said, str):
            return {"columns": (said,)}
        if not isinstance(said, Mapping | SegmentConfig):
            raise ValueError(  # noqa: TRY004 - pydantic turns a ValueError into a message, a TypeError into a traceback
                "expected a column's name, or settings such as {columns: [city, kind]} or {where: age > 50}, got "
                + ("nothing" if said is None else "a list" if isinstance(said, list | tuple) else repr(said))
            )
        return said

    @field_validator("edges")
    @classmethod
    def _ascending(cls, edges: dict[str, tuple[float, ...]]) -> dict[str, tuple[float, ...]]:
        for name, ends in edges.items():
            proper = 1 <= len(ends) <= _MOST_EDGES and all(map(math.isfinite, ends))
            if not proper or any(low >= high for low, high in pairwise(ends)):
                raise ValueError(
                    f"column {name!r}: expected 1 to {_MOST_EDGES} numbers in rising order, such as [30, 50], "
                    f"got {list(ends)}"
                )
        return edges

    @field_validator("where")
    @classmethod
    def _readable(cls, where: str | None) -> str | None:
        try:
            return None if where is None else parse_expression(where).text
        except ConfigError as error:
            raise ValueError(str(error)) from None

    @field_validator("name")
    @classmethod
    def _plain(cls, name: str | None) -> str | None:
        if name is not None and ("=" in name or name != name.strip() or not name.isprintable()):
            raise ValueError(f"{name!r} cannot be a name: write it without =, line ends and blanks around it")
        return name

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.split_columns and self.where is None:
            raise ValueError("says nothing; expected columns, edges or where, such as {where: age > 50}")
        if len(self.split_columns) > _MOST_COLUMNS:
            raise ValueError(f"expected at most {_MOST_COLUMNS} columns to intersect, got {len(self.split_columns)}")
        if self.name is None and self.split_columns and self.where is not None:
            raise ValueError("has both columns and where; say what it is called: {name: ..., ...}")
        if self.name is None and len(self.split_columns) > 1 and any("=" in name for name in self.split_columns):
            raise ValueError("a column's name has a = in it; say what the intersection is called: {name: ..., ...}")
        return self

    @model_serializer(mode="wrap")
    def _as_said(self, handler: SerializerFunctionWrapHandler) -> Any:
        """What is set; where that is one column alone, its name."""
        if self.is_plain:
            return self.columns[0]
        said = {name: value for name, value in handler(self).items() if value}
        if self.metrics:
            said["metrics"] = {name: part.model_dump(exclude_defaults=True) for name, part in self.metrics.items()}
        return said

    @property
    def is_plain(self) -> bool:
        """Whether it is the values of one column, and nothing more is said."""
        return len(self.columns) == 1 and not (self.edges or self.where or self.metrics or self.name)

    @property
    def split_columns(self) -> tuple[str, ...]:
        """The columns whose values or ranges are the segments, in order."""
        return tuple(dict.fromkeys((*self.columns, *self.edges)))

    @cached_property
    def condition(self) -> RowExpression | None:
        """What has to hold for a row to be in any of its segments."""
        return None if self.where is None else parse_expression(self.where)

    @cached_property
    def key(self) -> str:
        """What it is called, in segments (`key=value`; of a condition alone `key`), checks and reports."""
        return self.name or JOIN.join(self.split_columns) or str(self.where)

    @property
    def recipe(self) -> Any:
        """What decides which rows are in which segment: plain values, for the plan's fingerprint."""
        if self.is_plain:
            return self.columns[0]
        return [self.key, list(self.split_columns), {name: list(ends) for name, ends in self.edges.items()}, self.where]

    def slices_like(self, other: "SegmentConfig") -> bool:
        """Whether both put each row into the same segment."""
        mine, theirs = ((s.split_columns, s.edges, s.where) for s in (self, other))
        return mine == theirs

    def has(self, segment: str) -> bool:
        """Whether a segment, as profiles name it, is one of these.

        >>> SegmentConfig(columns=("city",)).has("city=Bonn"), SegmentConfig(where="age > 50").has("age > 50")
        (True, True)
        """
        return segment.startswith(f"{self.key}=") if self.split_columns else segment == self.key


class FairnessConfig(Section):
    """Protected attributes: between their groups the model's answers and errors are compared."""

    attributes: Annotated[
        tuple[SegmentConfig, ...],
        Field(
            max_length=10,
            description="Columns such as sex or race, or settings as of `segments` (edges make groups of an age).",
        ),
    ] = ()
    intersections: Annotated[
        bool, Field(description="Also compare the combinations of each two attributes, such as sex & race.")
    ] = True
    min_rows: Annotated[
        int, Field(ge=2, description="Fewest rows of a group that is compared; smaller groups are unknown.")
    ] = 30

    @field_validator("attributes")
    @classmethod
    def _of_columns(cls, attributes: tuple[SegmentConfig, ...]) -> tuple[SegmentConfig, ...]:
        for split in attributes:
            if not split.split_columns:
                raise ValueError(f"{split.key!r} is one group; expected columns or edges, whose groups are compared")
        return attributes

    @cached_property
    def splits(self) -> tuple[SegmentConfig, ...]:
        """The attributes, then the intersections of each two of them."""
        pairs = combinations(self.attributes, 2) if self.intersections else ()
        joined = [_intersect(a, b) for a, b in pairs if _can_intersect(a, b)]
        return join_splits(self.attributes, joined)


def _can_intersect(a: SegmentConfig, b: SegmentConfig) -> bool:
    columns = (*a.split_columns, *b.split_columns)
    return a.where is None and b.where is None and len(columns) == len(set(columns)) <= _MOST_COLUMNS


def _intersect(a: SegmentConfig, b: SegmentConfig) -> SegmentConfig:
    """Each group of one attribute within each of the other."""
    both = JOIN.join((a.key, b.key))
    name = both.replace("=", "-") if a.name or b.name or "=" in both else None
    return SegmentConfig(name=name, columns=(*a.columns, *b.columns), edges={**a.edges, **b.edges})


def join_splits(*parts: Iterable[SegmentConfig]) -> tuple[SegmentConfig, ...]:
    """All of them in order, those of one key once.

    >>> [split.key for split in join_splits([SegmentConfig(columns=("city",))], [SegmentConfig(columns=("city",))])]
    ['city']
    """
    found: dict[str, SegmentConfig] = {}
    for split in (split for part in parts for split in part):
        found.setdefault(split.key, split)
    return tuple(found.values())


class WeakSegmentsConfig(Section):
    """Whether segments in which the model is worse are looked for by themselves."""

    search: Annotated[
        bool,
        Field(description="Look for values, ranges and pairs of them in which the model errs more than elsewhere."),
    ] = False
    columns: Annotated[
        tuple[Annotated[str, Field(max_length=500)], ...],
        Field(max_length=20, description="Columns to search; by default the first 20 features of numbers or labels."),
    ] = ()
