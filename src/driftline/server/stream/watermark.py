"""In which piece of time a row belongs, which rows come too late or from the future, and how far time has got."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from driftline.config.settings import StreamConfig
from driftline.types import Floats
from driftline.windows import CENTURIES, Windows, seconds

SKEW = 300e6  # microseconds that a sender's clock may be ahead of ours
_BELIEVED = 30  # rows that make a jump of time credible,
_AMONG = 3_000  # if they come among no more than so many others


class DropReason(StrEnum):
    """Why a row is in no window. It is counted, and can be read back from the log."""

    DUPLICATE = "duplicate"
    LATE = "late"
    FUTURE = "future"
    TIMELESS = "timeless"


REASONS = tuple(DropReason)
_LATE, _FUTURE, _TIMELESS = (REASONS.index(one) for one in (DropReason.LATE, DropReason.FUTURE, DropReason.TIMELESS))


@dataclass
class Watermark:
    """How far event time has got, in microseconds since 1970 UTC.

    `latest` is the largest time that is believed: a jump ahead by more than the allowed lateness only once 30 rows
    among 3,000 made it, so that a stray date does not make all that follows too late. The watermark is `delay` behind
    it. A row is too late once the watermark is `lateness` past the end of its piece.
    """

    every: float
    length: int
    delay: float
    lateness: float
    latest: float = float("-inf")
    ahead: list[float] = field(default_factory=list)
    others: int = 0

    @classmethod
    def from_state(cls, settings: StreamConfig, state: list[Any] | None = None) -> Self:
        """The clock of these settings, where its `state` left off."""
        every, delay, lateness = (seconds(width) * 1e6 for width in (settings.every, settings.delay, settings.lateness))
        length = round(seconds(settings.length or settings.every) * 1e6 / every)
        return cls(every, length, delay, lateness, *(state or ()))

    def state(self) -> list[Any]:
        """Plain values for the codec."""
        return [self.latest, list(self.ahead), self.others]

    def place(self, times: Floats, received: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int8]]:
        """Pieces (n,) of rows that were received together, and why each is left out: its place in `REASONS`, or -1.

        >>> clock = Watermark.from_state(StreamConfig(every="1h"))
        >>> pieces, why = clock.place(np.array([3600e6, float("nan"), 9e9]), received=3600e6)
        >>> pieces.tolist(), [REASONS[at].value for at in why[1:]]
        ([1, 0, 2], ['timeless', 'future'])
        """
        usable = np.isfinite(times) & (times >= CENTURIES[0]) & (times < CENTURIES[1])
        pieces = np.floor(np.where(usable, times, 0.0) / self.every).astype(np.int64)
        why = np.full(times.size, -1, np.int8)
        why[(pieces + 1) * self.every + self.lateness <= self.latest - self.delay] = _LATE
        why[times > received + SKEW] = _FUTURE
        why[~usable] = _TIMELESS
        self._advance(times[why == -1])
        return pieces, why

    def closed(self, now: float | None = None, age: float = 0.0) -> int:
        """The last window, by its first piece, whose end the watermark has passed, by at least an age."""
        latest = self.latest if now is None else max(self.latest, now)
        if not np.isfinite(latest):
            return -(2**31)
        return int(np.floor((latest - age - self.delay) / self.every)) - self.length

    def window(self, piece: int, length: int = 1) -> Windows:
        """The window of so many pieces that begins with this one."""
        return Windows(piece * self.every, length * self.every, 1)

    def _advance(self, times: Floats) -> None:
        jumped = times > self.latest + self.lateness
        near = times[~jumped]
        if near.size:
            self.latest = max(self.latest, float(near.max()))
        self.others += int(near.size) if self.ahead else 0
        if self.others > _AMONG:
            self.ahead, self.others = [], 0
        if jumped.any():
            self.ahead = sorted([*self.ahead, *times[jumped].tolist()], reverse=True)[:_BELIEVED]
            if len(self.ahead) == _BELIEVED:
                self.latest, self.ahead, self.others = self.ahead[-1], [], 0
                self._advance(times[times > self.latest])
