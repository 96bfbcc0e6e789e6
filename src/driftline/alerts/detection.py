"""One change detector over the windows of a stream: its memory, where a change began, and whether it lasts."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from driftline.arrays import Floats
from driftline.config.detectors import DetectorConfig
from driftline.errors import InputError
from driftline.stats.detectors.base import Change, Detector, restore
from driftline.windows import Window

_BACK = 3  # windows in a row nearer to what was before, after which a change is over
_KEPT = 64  # windows back to which the start of a change is dated


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a window gives to a series: times (n,), numbers (n,), and the mean of all with its interval."""

    times: Floats
    values: Floats
    mean: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """A change that was found: its start, by which observations, and the mean of the series before and after it.

    `found` is the observation that completed the evidence, counted from the first one, `length` how many were after
    the start, that one included.
    """

    since: float
    before: float
    after: float
    direction: str
    found: int
    length: int

    def holds(self, mean: float) -> bool:
        """Whether a mean is nearer to what came after the change than to what was before."""
        return abs(mean - self.after) < abs(mean - self.before)


@dataclass
class Detection:
    """One detector with what it remembers: the last window, the sums of the last ones, and a change that lasts.

    `left_out` counts numbers of the last window that the detector refused: they are out of its bounds. `marks` has of
    each window its start, the observations before it, and how many it had with their sum.
    """

    setting: DetectorConfig
    detector: Detector
    learnt: float | None = None
    end: float = -np.inf
    start: float = np.inf
    marks: list[list[float]] = field(default_factory=list)
    shift: Shift | None = None
    back: int = 0
    left_out: int = 0

    def follow(self, numbers: Numbers, window: Window, worse: str) -> tuple[Shift | None, Change | None]:
        """Take in a window; gives the change for the worse that it completes, and the last one of any direction."""
        first, new, last = self.detector.seen, None, None
        times, values = numbers.times, numbers.values
        self.left_out = 0
        for value in values.tolist():
            try:
                change = self.detector.update(value)
            except InputError:  # it is told how many, and the others go on
                self.left_out += 1
                continue
            if change is not None:
                last = change
                shift = self._measure(change, first, times, values)
                if change.direction == "other" or worse in {"both", change.direction}:
                    new = replace(shift, before=self.shift.before, since=self.shift.since) if self.shift else shift
        self.marks = [*self.marks, [window.start, first, float(values.size), float(values.sum())]][-_KEPT:]
        self.start, self.end = window.start, window.end
        return new, last

    def judge_back(self, mean: float | None) -> bool:
        """Whether the change that was found is still there; it is over after three windows without it."""
        if self.shift is None or mean is None:
            return self.shift is not None
        here = self.shift.holds(mean)
        self.back = 0 if here else self.back + 1
        if self.back >= _BACK:
            self.shift, self.back = None, 0
        return here

    def _measure(self, change: Change, first: int, times: Floats, values: Floats) -> Shift:
        """Where a change began, and the mean of the series before and after.

        It began at the detector's own guess, where that is in this window, or at the start of a window: where the
        likelihood of normal numbers, whose mean is then another one, is largest.
        """
        own = change.since - 1 - first  # its place in this window; below 0: in one before
        starts = [max(own, 0), 0] if own > 0 else [0]
        usual = self._usual(change, values[: max(own, 0)])
        sign = {"up": 1.0, "down": -1.0}.get(change.direction, 0.0)
        best, since, after, length = -1.0, float(times[starts[0]]), float(values[starts[0] :].mean()), 0

        def weigh(n: float, total: float, start: float) -> None:
            nonlocal best, since, after, length
            gap = total / n - usual
            if n * gap**2 > best and (gap * sign > 0 or not sign):
                best, since, after, length = n * gap**2, start, total / n, int(n)

        for start in starts:
            weigh(values.size - start, float(values[start:].sum()), float(times[start]))
        n, total = float(values.size), float(values.sum())
        for start_of, _, count, summed in reversed(self.marks):
            n, total = n + count, total + summed
            weigh(n, total, start_of)
        later = values.size - (change.at - first)  # numbers of this window that came after the evidence was complete
        return Shift(since, usual, after, change.direction, change.at, max(length - later, 1))

    def _usual(self, change: Change, before: Floats) -> float:
        """The mean before a change: of the reference, else of what there was, `before` in this window."""
        if self.learnt is not None:
            return self.learnt
        old = [mark for mark in self.marks if mark[1] + mark[2] <= change.since - 1] or self.marks[:1]
        n = sum(mark[2] for mark in old) + before.size
        total = sum(mark[3] for mark in old) + float(before.sum())
        return total / n if n else 0.0

    def state(self) -> dict[str, Any]:
        """Plain values, for the codec."""
        return {
            "detector": self.detector.state(), "learnt": self.learnt, "end": self.end, "start": self.start,
            "marks": [list(mark) for mark in self.marks], "shift": None if self.shift is None else asdict(self.shift),
            "back": self.back,
        }  # fmt: skip

    @classmethod
    def from_state(cls, setting: DetectorConfig, state: Mapping[str, Any]) -> "Detection":
        """The inverse of `state`."""
        shift = state["shift"]
        return cls(
            setting, restore(state["detector"]), state["learnt"], state["end"], state["start"],
            [list(mark) for mark in state["marks"]], None if shift is None else Shift(**shift), state["back"],
        )  # fmt: skip
