"""Reads the rows of a stream back from its log."""

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import polars as pl

from driftline.data.ipc import from_stream
from driftline.errors import StoreError
from driftline.server.logs.base import Entry, EventLog
from driftline.server.stream.state import StreamState

STEP = 32 << 20
"""Bytes of the log that are read at once."""
_RUN = 1000  # entries that are read together


@dataclass(frozen=True)
class KeptRows:
    """The rows of one model in a log, found by what the stream's state says of them."""

    state: StreamState
    log: EventLog
    model: str

    def rows(self, pane: int, only: Collection[int] | None = None) -> Iterator[tuple[pl.DataFrame, list[Any]]]:
        """Frames with rows of a pane, and the places of those that are left out.

        `only` are positions of batches to which it is restricted.
        """
        found = self.state.read("SELECT position, bytes FROM entries WHERE pane = ? ORDER BY position", pane)
        sizes = {position: size for position, size in found if only is None or position in only}
        left: dict[int, list[Any]] = {}
        for position, places in self.state.read(
            "SELECT position, places FROM dropped WHERE position IN (SELECT position FROM entries WHERE pane = ?)",
            pane,
        ):
            left.setdefault(position, []).append(np.frombuffer(places, "<u4"))
        for position, entry in self.entries(sizes):
            yield from_stream(entry.data), left.get(position, [])

    def entries(self, sizes: Mapping[int, int]) -> Iterator[tuple[int, Entry]]:
        """Entries by their positions, ascending, with their bytes; neighbours are read together.

        Raises:
            StoreError: when the log has one no more.
        """
        wanted = deque(sizes)
        while wanted:
            first, size = wanted[0], sum(sizes[position] for position in islice(wanted, _RUN))
            for entry in self.log.read(first - 1, min(size, STEP), self.model):
                if not wanted or entry.position > wanted[0]:
                    break
                if entry.position == wanted[0]:
                    yield wanted.popleft(), entry
            if wanted and wanted[0] == first:
                raise StoreError(
                    f"the log has no entry {first} any more; keep it longer, or move {self.state.path} away"
                )
