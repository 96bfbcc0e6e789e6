"""Finds the windows before a window in the store's fragments: what a trailing reference of a stream is made of."""

from collections.abc import Sequence

import numpy as np

from driftline.server.stream.stream import Stream
from driftline.verdicts.trailing import PastWindow
from driftline.windows import Window


def find_past(stream: Stream, window: Window) -> Sequence[PastWindow]:
    """The last windows with rows enough that end before a window begins, in order; none of them overlap.

    They are as many as the reference has, and as they are now: with the rows and labels that came late.
    """
    least, length = stream.plan.config.judge.min_rows, stream.watermark.length
    rows = {pane: state.rows for pane, state in stream.panes().items()}
    found: list[PastWindow] = []
    at = int(stream.watermark.pane(np.array([window.start]))[0]) - length
    while rows and at >= min(rows) and len(found) < stream.plan.config.comparison.most:
        if sum(rows.get(pane, 0) for pane in range(at, at + length)) >= least:
            found.append(PastWindow(stream.watermark.window(at, length).window(), stream.profiles(at)))
        at -= length
    return found[::-1]
