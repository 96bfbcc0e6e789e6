"""Many tests at once."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt


def benjamini_hochberg(p_values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Adjusted p-values: those at most `a` are a set whose expected share of false ones is at most `a`.

    `p_values` has shape (tests,), so has the outcome. nan stays nan and does not count as a test. Assumes tests that
    are independent or positively dependent (Benjamini and Hochberg, 1995).

    >>> benjamini_hochberg([0.01, 0.02, float("nan"), 0.5]).round(3).tolist()
    [0.03, 0.03, nan, 0.5]
    """
    adjusted = np.array(p_values, dtype=float)
    known = np.flatnonzero(~np.isnan(adjusted))
    order = known[np.argsort(adjusted[known], kind="stable")[::-1]]
    ranks = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(adjusted[order] * len(order) / ranks))
    return adjusted


def _weights(exponent: float, count: int) -> list[float]:
    raw = [(index + 1) ** -exponent for index in range(count)]
    total = sum(raw)
    return [weight / total for weight in raw]


_TOLD = 10_000  # tests after a discovery, from which on its wealth is spent
_WEIGHTS = _weights(1.6, _TOLD)
"""How much of the wealth each test after a discovery may spend: they sum to 1 and fall slowly (Ramdas et al. 2018)."""


@dataclass
class Lord:
    """LORD++: of all that it calls discoveries, at most a share `alpha` is expected to be false, at any time.

    Assumes p-values that are independent. Source: Ramdas, Yang, Wainwright & Jordan (2017).

    >>> test = Lord(alpha=0.05)
    >>> [test(p) for p in (1e-6, 0.5, 1e-4, 0.03)]
    [True, False, True, False]
    """

    alpha: float = 0.05
    tests: int = 0
    discoveries: list[int] = field(default_factory=list)

    @property
    def level(self) -> float:
        """What the next p-value must not exceed."""
        return _spend(self.alpha, self.tests, self.discoveries)

    def __call__(self, p_value: float) -> bool:
        """Whether this is a discovery."""
        found = p_value <= self.level
        self.tests += 1
        if found:
            self.discoveries.append(self.tests)
            self.discoveries = [at for at in self.discoveries if self.tests - at < _TOLD]
        return found

    def state(self) -> dict[str, Any]:
        """Plain values, for the codec."""
        return {"alpha": self.alpha, "tests": self.tests, "discoveries": list(self.discoveries)}


@dataclass
class Saffron:
    """SAFFRON: as LORD++, but what is surely no discovery (a p-value above `candidate`) costs no wealth.

    More power where many things change. Assumes p-values that are independent and not conservative.
    Source: Ramdas, Zrnic, Wainwright & Jordan (2018).

    >>> test = Saffron(alpha=0.05)
    >>> [test(p) for p in (1e-6, 0.5, 1e-4, 0.6)]
    [True, False, True, False]
    """

    alpha: float = 0.05
    candidate: float = 0.5
    candidates: int = 0
    discoveries: list[int] = field(default_factory=list)

    @property
    def level(self) -> float:
        """What the next p-value must not exceed."""
        return min(self.candidate, (1 - self.candidate) * _spend(self.alpha, self.candidates, self.discoveries))

    def __call__(self, p_value: float) -> bool:
        """Whether this is a discovery."""
        found = p_value <= self.level
        if found:
            self.discoveries.append(self.candidates)
        elif p_value <= self.candidate:
            self.candidates += 1
        return found

    def state(self) -> dict[str, Any]:
        """Plain values, for the codec."""
        return {
            "alpha": self.alpha, "candidate": self.candidate, "candidates": self.candidates,
            "discoveries": list(self.discoveries),
        }  # fmt: skip


def _spend(alpha: float, now: int, discoveries: list[int]) -> float:
    """How much may be spent on the test with this number, counted from 0, after discoveries with these numbers.

    Half of `alpha` is there to begin with; the first discovery brings the other half, each later one all of it.
    """
    half = alpha / 2
    spent = half * _weight(now)
    if discoveries:
        spent += (alpha - half) * _weight(now - discoveries[0])
    for at in discoveries[1:]:
        if now - at < _TOLD:
            spent += alpha * _WEIGHTS[now - at]
    return spent


def _weight(index: int) -> float:
    return _WEIGHTS[index] if index < _TOLD else 0.0
