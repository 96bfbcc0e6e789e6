"""Late labels of a stream: each finds the pane of its row; one that comes before its row waits for it."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from driftline.data.hashing import Hashes
from driftline.data.ipc import from_stream, to_stream
from driftline.server.stream.seen_ids import NONE, Panes, SeenIds
from driftline.server.stream.state import StreamState


class LateLabels:
    """The labels of a stream, kept by pane in the order of their arrival, within the transaction of its state."""

    def __init__(self, state: StreamState) -> None:
        self._state = state

    def take(self, parts: Sequence[pl.DataFrame], ids: SeenIds) -> None:
        """Take in labels, as `label_frame` makes them."""
        labels = pl.concat(parts) if parts else pl.DataFrame()
        if not labels.height:
            return
        hashes = labels.get_column("hash").to_numpy()
        order = np.argsort(hashes, kind="stable")
        panes = np.empty(order.size, np.int32)
        panes[order] = ids.find(hashes[order])
        self._keep(labels, panes)

    def match(self, hashes: Hashes, panes: Panes) -> None:
        """Hand labels that came before their rows (hashes ascending) to the rows' panes."""
        for number, data in self._state.read("SELECT number, data FROM labels WHERE pane IS NULL ORDER BY number"):
            labels = from_stream(data)
            waiting = labels.get_column("hash").to_numpy()
            at = np.minimum(np.searchsorted(hashes, waiting), max(hashes.size - 1, 0))
            hit = hashes[at] == waiting if hashes.size else np.zeros(waiting.size, bool)
            if hit.any():
                self._state.db.execute("DELETE FROM labels WHERE number = ?", (number,))
                if not hit.all():
                    self._insert(labels.filter(pl.Series(~hit)), None)
                for pane in np.unique(panes[at[hit]]).tolist():
                    self._state.db.execute("INSERT OR IGNORE INTO panes (pane) VALUES (?)", (pane,))
                self._keep(labels.filter(pl.Series(hit)), panes[at[hit]])

    def of(self, pane: int) -> pl.DataFrame | None:
        """All labels of a pane, in the order of their arrival."""
        found = self._state.read("SELECT data FROM labels WHERE pane = ? ORDER BY number", pane)
        return pl.concat([from_stream(data) for (data,) in found]) if found else None

    def remove(self, position: int) -> int:
        """Take out the labels of a batch; gives how many there were."""
        removed = 0
        sql = "SELECT number, pane, data FROM labels WHERE position >= ?"  # a row of it may hold several batches'
        for number, pane, data in self._state.read(sql, position):
            labels = from_stream(data)
            kept = labels.filter(pl.col("position") != position)
            if (gone := labels.height - kept.height) == 0:
                continue
            removed += gone
            self._state.db.execute("UPDATE panes SET labels = labels - ? WHERE pane = ?", (gone, pane))
            if kept.height:
                values = (kept.get_column("position")[-1], to_stream(kept), number)
                self._state.db.execute("UPDATE labels SET position = ?, data = ? WHERE number = ?", values)
            else:
                self._state.db.execute("DELETE FROM labels WHERE number = ?", (number,))
        return removed

    def _keep(self, labels: pl.DataFrame, panes: Panes) -> None:
        order = np.argsort(panes, kind="stable")
        found, first = np.unique(panes[order], return_index=True)
        for pane, places in zip(found.tolist(), np.split(order, first[1:]), strict=True):
            known = None if pane == NONE else pane
            self._insert(labels[places], known)
            if known is not None:
                self._state.db.execute("UPDATE panes SET labels = labels + ? WHERE pane = ?", (places.size, pane))

    def _insert(self, labels: pl.DataFrame, pane: int | None) -> None:
        values = (pane, labels.get_column("position")[-1], to_stream(labels))
        self._state.db.execute("INSERT INTO labels (pane, position, data) VALUES (?, ?, ?)", values)
