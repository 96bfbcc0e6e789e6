"""Evidence of one change that adds up over windows, valid at whatever time one looks, and when the change began."""

import math
from dataclasses import dataclass, field
from typing import Any

from driftline.verdicts.tolerance import FAR

_RATES = (0.25, 0.5, 1.0, 1.5)
"""Sizes of change that are bet on side by side, in standard deviations of a window."""
_RECOVERED = 4.6
"""Log-likelihood ratio from which on a change is over: 100 to 1."""
_SMALLEST = 0.5
"""Smallest size of a change that a recovery is told from, in deviations of a window."""
_KEPT = 64  # windows back to which an onset is searched


@dataclass
class Evidence:
    """An e-detector of the Shiryaev-Roberts form: bets that scores are above 0, summed over all times of beginning.

    While scores have a mean of 0 or less given those before and tails no heavier than normal ones, `value` grows by one
    a window on average at most. So it takes at least `a` windows on average until it passes `a`; and so it does for the
    mean of many of them, however they depend on each other. Source: Shin, Ramdas & Rinaldo (2022).

    >>> evidence = Evidence()
    >>> for day, score in enumerate([-1.0, 0.3, -0.5, 2.5, 2.9, 2.2]):
    ...     evidence.add(f"2024-01-0{day + 1}", score)
    >>> evidence.onset(), evidence.value > 100
    (('2024-01-04', '2024-01-04', '2024-01-04'), True)
    """

    sums: list[float] = field(default_factory=lambda: [0.0] * len(_RATES))
    starts: list[str] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    end: str = ""
    size: float | None = None
    recovery: float = 0.0

    @property
    def value(self) -> float:
        """The evidence, from 0."""
        return sum(self.sums) / len(self.sums)

    def add(self, start: str, score: float, correlation: float = 0.0, end: str = "") -> None:
        """Take in the score of the window from `start` to `end`; what it has from the one before counts once.

        Windows between it and the one before could not be judged: what began in them is seen in this one. Once a change
        is over, what follows is another one: no onset lies before that.
        """
        before = self.scores[-1] if self.scores else None
        fresh = score if before is None else (score - correlation * before) / math.sqrt(1 - correlation**2)
        fresh = min(fresh, FAR)
        self.sums = [
            (1 + each) * math.exp(rate * fresh - rate**2 / 2) for rate, each in zip(_RATES, self.sums, strict=True)
        ]
        self.starts = [*self.starts, start][-_KEPT:]
        self.scores = [*self.scores, score][-_KEPT:]
        self.after, self.end = [*self.after, self.end or start][-_KEPT:], end
        if self.size is not None:
            own = self.size * math.sqrt((1 - correlation) / (1 + correlation))  # what a window has of it by itself
            self.recovery = min(0.0, self.recovery + max(fresh, -FAR) * own - own**2 / 2)
            if self.recovery <= -_RECOVERED:
                self.size, self.recovery = None, 0.0
                self.starts, self.scores, self.after = self.starts[-1:], self.scores[-1:], self.after[-1:]

    @property
    def is_lasting(self) -> bool:
        """Whether a change that alerted has not been seen to be over.

        It is over when the scores since then are 100 times as likely without the change as with one of its size (the
        mean score from its onset to the alert): one window says so of a large change, and only several of a small one
        or where each window is like the one before.
        """
        return self.size is not None

    def mark(self) -> None:
        """Take note that the change alerts now, and how large it is."""
        onset = self.onset()
        start = self.starts.index(onset[0]) if onset else len(self.scores) - 1
        own = self.scores[start:]
        self.size, self.recovery = max(sum(own) / len(own), _SMALLEST), 0.0

    def settle(self) -> None:
        """Forget the evidence, once it is told; what the windows were stays known."""
        self.sums = [0.0] * len(_RATES)

    def onset(self) -> tuple[str, str, str] | None:
        """The start of the window in which it most likely began, and of the first and last in which it may have (95 %).

        The first is the end of the window before that was judged. By the likelihood of a lasting change of normal
        scores to whatever mean above 0.
        """
        gains, total = [], 0.0
        for count, score in enumerate(reversed(self.scores), start=1):
            total += score
            gains.append(max(total, 0.0) ** 2 / (2 * count))
        if not gains or max(gains) == 0:
            return None
        gains.reverse()
        best = max(gains)
        near = [at for at, gain in enumerate(gains) if gain >= best - 3.0]
        return self.starts[gains.index(best)], self.after[near[0]], self.starts[near[-1]]

    def state(self) -> dict[str, Any]:
        """Plain values, for the codec."""
        return {
            "sums": list(self.sums), "starts": list(self.starts), "scores": list(self.scores),
            "after": list(self.after), "end": self.end, "size": self.size, "recovery": self.recovery,
        }  # fmt: skip
