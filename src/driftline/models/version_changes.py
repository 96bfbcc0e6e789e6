"""What differs between two versions of a model: the numbers, in words and as a table."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from driftline import humanize
from driftline.models.proxies import Proxy
from driftline.models.withdrawals import show_change

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class VersionDifference:
    """One number of both versions, on the same rows, and the new one's minus the old one's, with an interval.

    `of` is what the number is: `importance` or `effect` of a `feature`, or a number of all rows or of a `segment`. A
    coefficient is a fact of the two models: its ends are the change itself.
    """

    of: str
    unit: str
    old: float
    new: float
    change: float
    low: float
    high: float
    rows: int
    feature: str | None = None
    segment: str | None = None

    @property
    def sure(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0

    def __str__(self) -> str:
        """The number of both, and the change.

        >>> print(VersionDifference("accuracy", "share", 0.8, 0.9, 0.1, 0.05, 0.15, 200))
        accuracy 80.0% → 90.0% (+10.0 points [+5.0, +15.0])
        """
        where = f" where {self.segment}" if self.segment else ""
        was, now = (humanize.quantity(part, self.unit) for part in (self.old, self.new))
        exact = self.low == self.high
        change = f"{self.change:+.3g}" if exact else show_change(self.change, self.low, self.high, self.unit)
        return f"{self.of}{where} {was} → {now} ({change})"


@dataclass(frozen=True)
class VersionChanges:
    """All differences, what stands for protected attributes, and what deserves a look (`flags`, in words)."""

    what: str
    rows: int
    differences: tuple[VersionDifference, ...]
    proxies: tuple[Proxy, ...]
    flags: tuple[str, ...]

    def __iter__(self) -> Iterator[VersionDifference]:
        return iter(self.differences)

    def __str__(self) -> str:
        lines = [f"Look at this: {flag}" for flag in self.flags]
        lines += [f"Two versions on the same {humanize.count(self.rows, 'row')}:"]
        lines += [f"  {one}" for one in self.differences if one.feature is None]
        for name in dict.fromkeys(one.feature for one in self.differences if one.feature is not None):
            own = [str(one) for one in self.differences if one.feature == name]
            lines += [f"  {name}:", *(f"    {text}" for text in own)]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    def to_polars(self) -> "pl.DataFrame":
        """One row a difference."""
        import polars as pl  # noqa: PLC0415 - slow to import

        texts = {"feature": pl.String, "segment": pl.String}
        return pl.DataFrame([asdict(one) for one in self.differences], schema_overrides=texts)
