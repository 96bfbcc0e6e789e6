"""Late labels of a stream: each finds the pane of its row; one that comes before its row waits for it."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from driftline.data.hashing import Hashes
from driftline.data.ipc import from_stream, to_stream
from driftline.server.stream.label_join import label_frame
from driftline.server.stream.pane import RowSchema
from driftline.server.stream.seen_ids import NONE, Panes, SeenIds
from driftline.server.stream.state import StreamState


class LateLabels:
    """The labels of a stream, kept by pane in the order of their arrival, within the transaction of its state."""

    def __init__(self, state: StreamState, schema: RowSchema) -> None:
        self._state, self._schema = state, schema

    def take(self, parts: Sequence[tuple[int, pl.DataFrame]], ids: SeenIds, counts: dict[str, int]) -> None:
        """Take in labels, each part with its position in the log, and count them."""
        target, key = self._schema.target, self._schema.key
        if target is None or not parts:
            return
        good = [(at, frame) for at, frame in parts if {key, target.name} <= set(frame.columns)]
        bad = sum(frame.height for _, frame in parts) - sum(frame.height for _, frame in good)
        counts["unusable labels"] = counts.get("unusable labels", 0) + bad
        if not good:
            return
        labels = pl.concat([label_frame(frame, key, target, at) for at, frame in good])
        counts["labels"] = counts.get("labels", 0) + labels.height
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
