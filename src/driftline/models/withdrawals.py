"""What was lost without each feature: the numbers, in words and as a table."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from driftline import humanize

if TYPE_CHECKING:
    import polars as pl


def show_change(change: float, low: float, high: float, unit: str) -> str:
    """A change with its interval and sign; of shares in points.

    >>> show_change(-0.05, -0.07, -0.03, "share"), show_change(0.2, -0.1, 0.5, "")
    ('-5.0 points [-7.0, -3.0]', '+0.2 [-0.1, +0.5]')
    """
    scale, points, form = (100, " points", "+.1f") if unit == "share" else (1, "", "+.3g")
    middle, least, most = (format(scale * part, form) for part in (change, low, high))
    return f"{middle}{points} [{least}, {most}]"


@dataclass(frozen=True, slots=True)
class Change:
    """A number with the feature and without it, and the change with its 95 % interval.

    `of` is what the number is: `mean absolute error`, `accuracy`, or the gap between groups of a protected attribute.
    """

    of: str
    unit: str
    having: float
    lacking: float
    change: float
    low: float
    high: float

    def __str__(self) -> str:
        """The change in a few words.

        >>> print(Change("accuracy", "share", 0.9, 0.85, -0.05, -0.07, -0.03))
        accuracy 90.0% → 85.0% (-5.0 points [-7.0, -3.0])
        """
        was, now = (humanize.quantity(part, self.unit) for part in (self.having, self.lacking))
        return f"{self.of} {was} → {now} ({show_change(self.change, self.low, self.high, self.unit)})"


@dataclass(frozen=True, slots=True)
class WithdrawnFeature:
    """One feature: what becomes of the performance and of the gap of each protected attribute without it."""

    feature: str
    performance: Change
    gaps: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Withdrawals:
    """All features, the one whose loss costs most first; `how` says how each was withdrawn."""

    how: str
    features: tuple[WithdrawnFeature, ...] = field(default=())

    def __iter__(self) -> Iterator[WithdrawnFeature]:
        return iter(self.features)

    def __len__(self) -> int:
        return len(self.features)

    def __str__(self) -> str:
        lines = [f"Without a feature ({self.how}):"]
        for one in self.features:
            lines += [f"  {one.feature}: {one.performance}", *(f"    {gap}" for gap in one.gaps)]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    def to_polars(self) -> "pl.DataFrame":
        """One row a feature and number: `feature, of, unit, having, lacking, change, low, high`."""
        import polars as pl  # noqa: PLC0415 - slow to import

        rows = [{"feature": one.feature} | asdict(part) for one in self for part in (one.performance, *one.gaps)]
        return pl.DataFrame(rows)
