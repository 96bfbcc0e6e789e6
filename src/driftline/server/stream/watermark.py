"""The pane of each row, which rows are dropped because of their time, and how far event time has got."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from driftline.arrays import Floats
from driftline.config.settings import StreamConfig
from driftline.windows import CENTURIES, Windows, seconds

SKEW = 300e6  # microseconds that a sender's clock may be ahead of ours
_BELIEVED = 30  # rows that make a jump of time credible,
_AMONG = 3_000  # if they come among no more than so many others


class DropReason(StrEnum):
    """Why a row is in no window. It is counted, and can be read back from the log."""

    DUPLICATE = "duplicate"
    LATE = "late"
    FUTURE = "future"
    NO_TIMESTAMP = "no_timestamp"


REASONS = tuple(DropReason)
_LATE, _FUTURE, _NO_TIMESTAMP = map(REASONS.index, (DropReason.LATE, DropReason.FUTURE, DropReason.NO_TIMESTAMP))


@dataclass
class Watermark:
    """How far event time has got, in microseconds since 1970 UTC.

    `latest` is the largest event time that is believed: a jump ahead by more than the allowed lateness is believed
    once 30 rows among 3,000 made it, so that a stray date does not make all later rows late. The watermark is `delay`
    behind `latest`. A row is too late once the watermark is `lateness` past the end of its pane.

    Args:
        every: width of a pane, in microseconds.
        length: panes in a window.
        delay: how far the watermark is behind the latest time, in microseconds.
        lateness: how late a row may be, in microseconds.
        latest: the latest time that is believed.
        ahead: times of rows that jumped ahead and are not believed yet, latest first.
        others: rows without a jump since the first of those.
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
        """The watermark of these settings, where its `state` left off."""
        every, delay, lateness = (seconds(width) * 1e6 for width in (settings.every, settings.delay, settings.lateness))
        length = round(seconds(settings.length or settings.every) * 1e6 / every)
        return cls(every, length, delay, lateness, *(state or ()))

    def state(self) -> list[Any]:
        """Plain values for the codec."""
        return [self.latest, list(self.ahead), self.others]

    def assign(self, times: Floats, received: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int8]]:
        """Panes (n,) of rows that were received together, and why each is dropped: its place in `REASONS`, or -1.

        >>> watermark = Watermark.from_state(StreamConfig(every="1h"))
        >>> panes, drops = watermark.assign(np.array([3600e6, float("nan"), 9e9]), received=3600e6)
        >>> panes.tolist(), [REASONS[at].value for at in drops[1:]]
        ([1, 0, 2], ['no_timestamp', 'future'])
        """
        usable = np.isfinite(times) & (times >= CENTURIES[0]) & (times < CENTURIES[1])
        panes = np.floor(np.where(usable, times, 0.0) / self.every).astype(np.int64)
        drops = np.full(times.size, -1, np.int8)
        drops[(panes + 1) * self.every + self.lateness <= self.latest - self.delay] = _LATE
        drops[times > received + SKEW] = _FUTURE
        drops[~usable] = _NO_TIMESTAMP
        self._advance(times[drops == -1])
        return panes, drops

    def last_closed(self, now: float | None = None, age: float = 0.0) -> int:
        """The last window, by its first pane, whose end the watermark has passed, by at least an age."""
        latest = self.latest if now is None else max(self.latest, now)
        if not np.isfinite(latest):
            return -(2**31)
        return int(np.floor((latest - age - self.delay) / self.every)) - self.length

    def window(self, pane: int, length: int = 1) -> Windows:
        """The window of so many panes that begins with this one."""
        return Windows(pane * self.every, length * self.every, 1)

    def _advance(self, times: Floats) -> None:
        has_jumped = times > self.latest + self.lateness
        near = times[~has_jumped]
        if near.size:
            self.latest = max(self.latest, float(near.max()))
        self.others += int(near.size) if self.ahead else 0
        if self.others > _AMONG:
            self.ahead, self.others = [], 0
        if has_jumped.any():
            self.ahead = sorted([*self.ahead, *times[has_jumped].tolist()], reverse=True)[:_BELIEVED]
            if len(self.ahead) == _BELIEVED:
                self.latest, self.ahead, self.others = self.ahead[-1], [], 0
                self._advance(times[times > self.latest])
