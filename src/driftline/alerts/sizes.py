"""How far a verdict's value is from the reference's, and whether that is surely more than what was seen before."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from driftline.types import Verdict

_SECOND = 1.5
"""How many times the largest effect before an effect must be to count as another event."""


def name_size(verdict: Verdict) -> str:
    """What tells the sizes of one subject apart: the metric, or a person's own limit."""
    return verdict.title if verdict.family == "expectation" else verdict.metric


def measure_size(verdict: Verdict) -> float | None:
    """How far a value is from the reference's, in its own unit; of a distance, the distance."""
    return None if verdict.value is None else abs(verdict.value - (verdict.reference or 0.0))


def measure_sizes(verdicts: Iterable[Verdict]) -> dict[str, float]:
    """The sizes of verdicts, by name."""
    sizes = {name_size(each): measure_size(each) for each in verdicts if each.family != "description"}
    return {name: size for name, size in sizes.items() if size is not None}


def is_far_beyond(verdict: Verdict, before: float) -> bool:
    """Whether an effect is half as large again as one before, with its whole interval beyond that."""
    size, past = measure_size(verdict), verdict.reference or 0.0
    near = verdict.low if (verdict.value or 0.0) >= past else verdict.high
    return (
        bool(size) and size is not None and size >= _SECOND * before and near is not None and abs(near - past) > before
    )


@dataclass(frozen=True, slots=True)
class SizeSum:
    """Sizes of `n` windows since `start`: a single one of a short window says little, a day of them what a day's does.

    >>> sizes = SizeSum("2024-01-01").add(0.2).add(0.4)
    >>> round(sizes.mean, 2), sizes.is_far_beyond(0.1), sizes.is_far_beyond(0.25)
    (0.3, True, False)
    """

    start: str
    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, size: float) -> "SizeSum":
        """With the size of one window more."""
        return SizeSum(self.start, self.n + 1, self.total + size, self.squares + size**2)

    @property
    def mean(self) -> float:
        """Their mean."""
        return self.total / self.n

    def is_far_beyond(self, before: float) -> bool:
        """Whether their mean is half as large again as one before, with its whole interval beyond that."""
        deviation = math.sqrt(max(self.squares / self.n - self.mean**2, 0.0) / max(self.n - 1, 1))
        return self.mean >= _SECOND * before and self.mean - 1.96 * deviation > before
