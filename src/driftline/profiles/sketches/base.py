"""What every mergeable state has in common: the monoid's laws and its plain form.

A sketch is a dataclass made neutral for a plan. `absorb` folds in one batch, `merge` joins two states of the same plan
and leaves both as they are; merging is associative, commutative and has the fresh state as its neutral. The fields
named in `FIELDS` are the whole state and all that `__init__` sets, as numbers, arrays, text or plain containers.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from driftline.profiles.plan import ColumnPlan, Plan
from driftline.profiles.values import ColumnValues

if TYPE_CHECKING:
    from driftline.profiles.batch import Batch


class Sketch(ABC):
    """A mergeable state of one column (built from its `ColumnPlan`) or of the table (from the `Plan`)."""

    GROUP: ClassVar[str] = "sketches"
    FIELDS: ClassVar[tuple[str, ...]]
    ON_DEMAND: ClassVar[bool] = False
    """Whether nothing reads it but metrics that say so in `needs`: it is folded only where one of them is measured."""

    @abstractmethod
    def __init__(self, plan: Any) -> None:
        self.plan = plan

    @classmethod
    @abstractmethod
    def suits(cls, plan: Any) -> bool:
        """Whether this plan calls for this sketch."""

    @abstractmethod
    def merge(self, other: Self) -> Self:
        """The state of both sides' rows together."""

    def private(self, *, final: bool, limits: Sequence[float] = ()) -> Self:
        """The state without what single rows hold; rows that are merged afterwards give the same.

        `final` also rounds what stays exact only as long as more rows may be merged with these. No rounding steps over
        one of `limits`, so what is within a person's limits stays so.
        """
        del final, limits
        return self

    def state(self) -> dict[str, Any]:
        """The state as plain values for the codec."""
        return {name: getattr(self, name) for name in self.FIELDS}

    @classmethod
    def from_state(cls, plan: Any, state: dict[str, Any]) -> Self:
        """The inverse of `state`."""
        sketch = cls.__new__(cls)  # not a fresh one: its fields would be made for nothing, at each merge
        sketch.plan = plan
        sketch.__dict__.update((name, state[name]) for name in cls.FIELDS)
        return sketch

    def _like(self, **fields: Any) -> Self:
        return self.from_state(self.plan, fields)

    def _add_batch(self, batch: Self) -> None:
        self.__dict__.update(self.merge(batch).__dict__)


class ColumnSketch(Sketch):
    """A state of one column; absorbs its `ColumnValues`."""

    plan: ColumnPlan

    @classmethod
    def is_followed(cls, plan: ColumnPlan) -> bool:  # noqa: ARG003 - what it is called with
        """Whether the windows have it in which the onset of a change is looked for: what `windowed` metrics read."""
        return True

    @abstractmethod
    def absorb(self, values: ColumnValues) -> None:
        """Fold in the values of one batch, none of which is written to."""


class TableSketch(Sketch):
    """A state over several columns at once; absorbs a batch of rows.

    With `OF_PARTS` False only a table that is judged as a whole has it, not its segments, nor the windows in which the
    onset of a change is looked for: no metric that is taken by segment or followed over windows reads it.
    """

    OF_PARTS: ClassVar[bool] = True
    plan: Plan

    @classmethod
    def is_in_segments(cls, plan: Plan) -> bool:  # noqa: ARG003 - what it is called with
        """Whether segments have it under this plan."""
        return cls.OF_PARTS

    @abstractmethod
    def absorb(self, rows: "Batch") -> None:
        """Fold in one batch."""


def sum_counts(a: dict[Any, int], b: dict[Any, int]) -> dict[Any, int]:
    """Counts by key of both sides, in the keys' order.

    >>> sum_counts({"b": 1}, {"a": 2, "b": 3})
    {'a': 2, 'b': 4}
    """
    return {key: a.get(key, 0) + b.get(key, 0) for key in sorted(a.keys() | b.keys())}
