"""Sequential normal scores: each value as a standard normal number, by its rank among all values before it.

The rank of a new value among the values so far does not depend on their distribution, nor on the order of those before
it (Barnard 1963). So whatever the stream's unit or distribution, its scores are as independent standard normal numbers
while it does not change (Conover, Tercero-Gómez & Cordero-Franco 2017), and no scale has to be known or estimated.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from math import ceil, exp, floor, pi, sqrt
from statistics import NormalDist
from typing import Any, Self

_CELLS = 256
_LEVELS = 16
_NORMAL = NormalDist()


class Scores:
    """The values so far as a sketch of at most 4,096 numbers, exact up to 256 (Manku, Rajagopalan & Lindsay 1998).

    Level `i` holds sorted values that stand for `2^i` each. A full level passes every other value on: the first of each
    pair at one time, the second at the next. In between, ranks are half a value too high, which is put right.
    """

    def __init__(self) -> None:
        self.levels: list[list[float]] = [[]]
        self.odd: list[int] = [0]

    def score(self, value: float) -> float:
        """The score of a value, which then counts as one of those before.

        It is the mean of a standard normal number between the quantiles where the value's rank begins and ends: a
        mean over ties or over a 256th of the values. So it is 0 where all values are alike, never beyond 3, and by
        Jensen's inequality no moment-generating function exceeds that of a normal number.
        """
        below = upto = total = 0
        excess = 0.0
        for level, values in enumerate(self.levels):
            below += bisect_left(values, value) << level
            upto += bisect_right(values, value) << level
            total += len(values) << level
            excess += (self.odd[level] << level) / 2
        cells = min(total + 1, _CELLS)
        low = floor(max(below - excess, 0) * cells / (total + 1)) / cells
        high = ceil((max(upto - excess, 0) + 1) * cells / (total + 1)) / cells
        self._add(value)
        return (_density(low) - _density(high)) / (high - low)

    def state(self) -> dict[str, Any]:
        """The values as plain lists."""
        return {"levels": [list(values) for values in self.levels], "odd": list(self.odd)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """The inverse of `state`."""
        scores = cls()
        scores.levels = [list(values) for values in state["levels"]]
        scores.odd = list(state["odd"])
        return scores

    def _add(self, value: float) -> None:
        insort(self.levels[0], value)
        level = 0
        while len(self.levels[level]) >= _CELLS:
            self._halve(level)
            level = min(level + 1, _LEVELS - 1)

    def _halve(self, level: int) -> None:
        """Pass every other value on, the first or the second of each pair by turns; of the last level forget half."""
        kept = self.levels[level][self.odd[level] :: 2]
        if level == _LEVELS - 1:
            self.levels[level] = kept
            return
        self.odd[level] ^= 1
        self.levels[level] = []
        if level + 1 == len(self.levels):
            self.levels.append([])
            self.odd.append(0)
        self.levels[level + 1] = sorted(self.levels[level + 1] + kept)


def _density(probability: float) -> float:
    """The standard normal density at the quantile of this probability."""
    if probability <= 0 or probability >= 1:
        return 0.0
    return exp(-(_NORMAL.inv_cdf(probability) ** 2) / 2) / sqrt(2 * pi)
