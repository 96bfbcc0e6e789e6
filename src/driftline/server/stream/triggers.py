"""Which windows of a stream are judged now: on time, again because of late news, or for the last time."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

_WORTH_JUDGING = 0.1  # share of rows with news from which on a window is judged again while more keeps coming
_MOST_EMPTY = 48


class Trigger(StrEnum):
    """Why a window is judged (the words of Akidau et al. 2015, the Dataflow model).

    Each window has one ON_TIME judgement, when the watermark passes its end, and for a model with a target one FINAL
    judgement, when its labels are complete or overdue; both in order of time. LATE judgements come in between, after
    late rows or labels.
    """

    ON_TIME = "on_time"
    LATE = "late"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class PaneState:
    """Rows and labels of a pane now, when it was last folded, and both together when last looked at.

    `folded` is the fingerprint of the plan that it was folded under, `labelled` how many rows had a label then.
    `on_time` and `final` say whether the window that begins with it was judged so.
    """

    rows: int
    labels: int
    folded: str
    folded_rows: int
    folded_labels: int
    labelled: int
    seen: int
    on_time: int = 0
    final: int = 0

    def has_news(self, *, settled: bool) -> bool:
        """Whether it is worth judging again: a tenth is new, or something is new and nothing more is coming."""
        news = self.rows - self.folded_rows + self.labels - self.folded_labels
        return bool(self.folded and news) and (settled or news >= _WORTH_JUDGING * self.rows)


def due_windows(
    panes: Mapping[int, PaneState], length: int, next_window: int, last_closed: int, *, settle: bool
) -> list[tuple[int, Trigger]]:
    """Windows, by their first pane, that have late news, then those that closed, in order.

    Args:
        panes: what there is.
        length: panes in a window.
        next_window: the first window that was not judged yet.
        last_closed: the last window that closed.
        settle: wait for nothing.
    """
    news = {
        pane
        for pane, state in panes.items()
        if state.has_news(settled=settle or state.seen == state.rows + state.labels)
        or (not state.folded and pane < next_window)
    }
    late = {window for pane in news for window in range(pane - length + 1, pane + 1) if window < next_window}
    due = [(window, Trigger.LATE) for window in sorted(late) if window <= last_closed]
    closed = _closed_windows(next_window, last_closed, panes, length)
    return due + [(w, Trigger.ON_TIME) for w in closed if w not in panes or not panes[w].on_time]


def final_windows(panes: Mapping[int, PaneState], length: int, start: int, end: int, overdue: int) -> Iterator[int]:
    """Windows from `start` until `end`, in order, whose labels are complete, or which are no later than `overdue`.

    It ends before the first window that still waits for labels.
    """
    with_rows = {pane: state for pane, state in panes.items() if state.rows}
    for window in sorted({window for pane in with_rows for window in range(pane - length + 1, pane + 1)}):
        if start <= window < end and not (window in panes and panes[window].final):
            states = [with_rows[pane] for pane in range(window, window + length) if pane in with_rows]
            if window > overdue and any(state.labelled < state.rows for state in states):
                return
            yield window


def _closed_windows(first: int, last_closed: int, panes: Mapping[int, PaneState], length: int) -> Iterator[int]:
    """Windows that closed since the last look, in order; of a long silence only the first empty ones.

    Those are as many as there were panes with rows in the time of 48 windows before it: stray rows far from others do
    not make many windows.
    """
    upcoming: Sequence[int] = sorted(panes)
    last_pane, at, window, most_empty = None, 0, first, 0
    while window <= last_closed:
        while at < len(upcoming) and upcoming[at] < window:
            last_pane, at = upcoming[at], at + 1
            most_empty = at - bisect_right(upcoming, last_pane - _MOST_EMPTY)
        next_pane = upcoming[at] if at < len(upcoming) else last_closed + length
        is_silent = next_pane >= window + length and (last_pane is None or window - last_pane > most_empty)
        if is_silent:
            window = min(next_pane - length + 1, last_closed + 1)
            continue
        yield window
        window += 1
