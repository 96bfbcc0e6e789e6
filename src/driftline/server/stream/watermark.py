"""The pane of each row, which rows are dropped because of their time, and how far event time has got."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from driftline.arrays import Floats
from driftline.config.stream import StreamConfig
from driftline.windows import CENTURIES, Windows, axis, seconds

SKEW = 300e6  # microseconds that a sender's clock may be ahead of ours
MOST_PANES, _ROWS_A_PANE = 1_000, 10  # a batch may have so many panes, more if each has so many rows
_BELIEVED = 30  # rows that make a jump of time credible,
_AMONG = 3_000  # if they come among no more than so many others


class DropReason(StrEnum):
    """Why a row is in no window. It is counted, and can be read back from the log."""

    DUPLICATE = "duplicate"
    LATE = "late"
    FUTURE = "future"
    NO_TIMESTAMP = "no_timestamp"
    TOO_OLD = "too_old"
    SCATTERED = "scattered"


REASONS = tuple(DropReason)


def screen(times: Floats, received: float, settings: StreamConfig) -> npt.NDArray[np.int8]:
    """Why each row (n,) of a batch can be in no window, whatever came before: its place in `REASONS`, or -1.

    A row needs a time that is at most `max_age` before it was received, and not ahead of the clock. The rows of one
    batch lie in at most 1,000 panes, or one for ten rows: of more, the latest.

    >>> hours = np.arange(1500) * 3600e6
    >>> screened = screen(hours, hours[-1], StreamConfig(every="1h"))
    >>> REASONS[screened[0]].value, int((screened < 0).sum())
    ('scattered', 1000)
    """
    drops = np.full(times.size, -1, np.int8)
    usable = np.isfinite(times) & (times >= CENTURIES[0]) & (times < CENTURIES[1])
    drops[times < received - seconds(settings.max_age) * 1e6] = REASONS.index(DropReason.TOO_OLD)
    drops[times > received + SKEW] = REASONS.index(DropReason.FUTURE)
    drops[~usable] = REASONS.index(DropReason.NO_TIMESTAMP)
    most, places = max(MOST_PANES, times.size // _ROWS_A_PANE), np.flatnonzero(drops < 0)
    panes = np.floor(times[places] / (seconds(settings.every) * 1e6))
    if places.size > most and (distinct := np.unique(panes)).size > most:
        drops[places[panes < distinct[-most]]] = REASONS.index(DropReason.SCATTERED)
    return drops


@dataclass
class Watermark:
    """How far event time has got, in microseconds since 1970 UTC.

    `latest` is the largest event time that is believed: a jump ahead by more than the allowed lateness is believed
    once 30 rows among 3,000 made it, so that a stray date does not make all later rows late. The watermark is `delay`
    behind `latest`. A row is too late once the watermark is `lateness` past the end of its pane.

    Args:
        settings: of the stream.
        grid: the panes, numbered from 1970 on.
        length: panes in a window.
        delay: how far the watermark is behind the latest time, in microseconds.
        lateness: how late a row may be, in microseconds.
        latest: the latest time that is believed.
        ahead: times of rows that jumped ahead and are not believed yet, latest first.
        others: rows without a jump since the first of those.
    """

    settings: StreamConfig
    grid: Windows
    length: int
    delay: float
    lateness: float
    latest: float = float("-inf")
    ahead: list[float] = field(default_factory=list)
    others: int = 0

    @classmethod
    def from_state(cls, settings: StreamConfig, state: list[Any] | None = None, zone: str = "") -> Self:
        """The watermark of these settings, where its `state` left off; days are those of the zone."""
        every, delay, lateness = (seconds(width) * 1e6 for width in (settings.every, settings.delay, settings.lateness))
        length = round(seconds(settings.length or settings.every) * 1e6 / every)
        return cls(settings, axis(every, zone, settings.week_start), length, delay, lateness, *(state or ()))

    def state(self) -> list[Any]:
        """Plain values for the codec."""
        return [self.latest, list(self.ahead), self.others]

    def assign(self, times: Floats, received: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int8]]:
        """Panes (n,) of rows that were received together, and why each is dropped: its place in `REASONS`, or -1.

        >>> watermark = Watermark.from_state(StreamConfig(every="1h"))
        >>> panes, drops = watermark.assign(np.array([3600e6, float("nan"), 9e9]), received=3600e6)
        >>> panes.tolist(), [REASONS[at].value for at in drops[1:]]
        ([1, 0, 0], ['no_timestamp', 'future'])
        """
        drops = screen(times, received, self.settings)
        panes = self.pane(np.where(drops < 0, times, 0.0))
        is_late = self.grid.starts(panes + 1) + self.lateness <= self.latest - self.delay
        drops[(drops < 0) & is_late] = REASONS.index(DropReason.LATE)
        self._advance(times[drops == -1])
        return panes, drops

    def is_ahead(self, now: float) -> bool:
        """Whether it is further ahead of the clock than rows can be late: a clock was wrong once."""
        return self.latest > now + SKEW + self.lateness

    def reset(self) -> None:
        """Forget how far event time has got; the next 30 rows tell."""
        self.latest, self.ahead, self.others = float("-inf"), [], 0

    def last_closed(self, now: float | None = None, age: float = 0.0) -> int:
        """The last window, by its first pane, whose end the watermark has passed, by at least an age."""
        latest = self.latest if now is None else max(self.latest, now)
        if not np.isfinite(latest):
            return -(2**31)
        return int(self.pane(np.array([latest - age - self.delay]))[0]) - self.length

    def window(self, pane: int, length: int = 1) -> Windows:
        """The window of so many panes that begins with this one."""
        start, width = self.grid.start + pane * self.grid.width, length * self.grid.width
        return replace(self.grid, start=start, width=width, count=1)

    def pane(self, times: Floats) -> npt.NDArray[np.int64]:
        """The pane (n,) that each time (n,) is in."""
        return self.grid.steps(times).astype(np.int64)

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
