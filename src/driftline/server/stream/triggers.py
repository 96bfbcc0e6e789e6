"""Which windows of a stream are to be judged now: for the first time, again, or for good."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

_GREW = 0.1  # share of rows with news from which on a window is judged again while more keeps coming
_MOST_EMPTY = 48


class Trigger(StrEnum):
    """Why a window is judged: it closed; it has other rows or more truth by now; its truth is there as far as it comes.

    Each window has its first turn, and of a model with a target its last one, once, in order of time.
    """

    FIRST = "first"
    AGAIN = "again"
    RIPE = "final_windows"


@dataclass(frozen=True, slots=True)
class Pane:
    """Rows and labels of a piece of time, the same when it was last folded, and all together when last looked at.

    `folded` is the plan's fingerprint, `known` how many rows had their truth then.
    """

    rows: int
    labels: int
    folded: str
    folded_rows: int
    folded_labels: int
    known: int
    seen: int

    def has_news(self, *, calm: bool) -> bool:
        """Whether it is worth judging again: a tenth is new, or what is new has come to rest."""
        news = self.rows - self.folded_rows + self.labels - self.folded_labels
        return bool(self.folded and news) and (calm or news >= _GREW * self.rows)


def due_windows(
    pieces: Mapping[int, Pane], length: int, following: int, closed: int, *, settle: bool
) -> list[tuple[int, Trigger]]:
    """Windows, by their first piece, that are judged again, then those that closed, in order.

    Args:
        pieces: what there is.
        length: pieces in a window.
        following: the first window that was not judged yet.
        closed: the last window that closed.
        settle: nothing is waited for.
    """
    news = {
        piece
        for piece, one in pieces.items()
        if one.has_news(calm=settle or one.seen == one.rows + one.labels) or (not one.folded and piece < following)
    }
    again = {window for piece in news for window in range(piece - length + 1, piece + 1) if window < following}
    turns = [(window, Trigger.AGAIN) for window in sorted(again) if window <= closed]
    return turns + [(window, Trigger.FIRST) for window in _following(following, closed, pieces, length)]


def final_windows(pieces: Mapping[int, Pane], length: int, start: int, end: int, aged: int) -> Iterator[int]:
    """Windows from `start` until `end` whose truth is complete, or which are as old as `aged`; up to one that waits."""
    full = {piece: one for piece, one in pieces.items() if one.rows}
    for window in sorted({window for piece in full for window in range(piece - length + 1, piece + 1)}):
        if start <= window < end:
            own = [full[piece] for piece in range(window, window + length) if piece in full]
            if window > aged and any(one.known < one.rows for one in own):
                return
            yield window


def _following(first: int, closed: int, pieces: Mapping[int, Pane], length: int) -> Iterator[int]:
    """Windows to be judged for the first time, in order; of long silences only the first empty ones."""
    ends: Sequence[int] = sorted(pieces)
    last, at, window = None, 0, first
    while window <= closed:
        while at < len(ends) and ends[at] < window:
            last, at = ends[at], at + 1
        upcoming = ends[at] if at < len(ends) else closed + length
        silent = upcoming >= window + length and (last is None or window - last > _MOST_EMPTY)
        if silent:
            window = min(upcoming - length + 1, closed + 1)
            continue
        yield window
        window += 1
