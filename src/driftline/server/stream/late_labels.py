"""Late truth of a stream finds the piece of its row; what comes before its row waits for it."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from driftline.data.hashing import Hashes
from driftline.server.stream.label_join import dumped, label_frame
from driftline.server.stream.pane import RowSchema, read_back
from driftline.server.stream.seen_ids import NONE, Pieces, SeenIds
from driftline.server.stream.state import StreamState


class LateLabels:
    """The labels of a stream, kept by piece in the order of their arrival, within the transaction of its state."""

    def __init__(self, state: StreamState, wire: RowSchema) -> None:
        self._state, self._wire = state, wire

    def take(self, parts: Sequence[tuple[int, pl.DataFrame]], ids: SeenIds, counts: dict[str, int]) -> None:
        """Take in labels, each part with its position in the log, and count them."""
        target, key = self._wire.target, self._wire.key
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
        pieces = np.empty(order.size, np.int32)
        pieces[order] = ids.find(hashes[order])
        self._keep(labels, pieces)

    def match(self, hashes: Hashes, pieces: Pieces) -> None:
        """Hand labels that came before their rows (hashes ascending) to the rows' pieces."""
        for number, data in self._state.read("SELECT number, data FROM labels WHERE piece IS NULL ORDER BY number"):
            labels = read_back(data)
            waiting = labels.get_column("hash").to_numpy()
            at = np.minimum(np.searchsorted(hashes, waiting), max(hashes.size - 1, 0))
            hit = hashes[at] == waiting if hashes.size else np.zeros(waiting.size, bool)
            if hit.any():
                self._state.db.execute("DELETE FROM labels WHERE number = ?", (number,))
                if not hit.all():
                    self._insert(labels.filter(pl.Series(~hit)), None)
                for piece in np.unique(pieces[at[hit]]).tolist():
                    self._state.db.execute("INSERT OR IGNORE INTO pieces (piece) VALUES (?)", (piece,))
                self._keep(labels.filter(pl.Series(hit)), pieces[at[hit]])

    def of(self, piece: int) -> pl.DataFrame | None:
        """All labels of a piece, in the order of their arrival."""
        found = self._state.read("SELECT data FROM labels WHERE piece = ? ORDER BY number", piece)
        return pl.concat([read_back(data) for (data,) in found]) if found else None

    def _keep(self, labels: pl.DataFrame, pieces: Pieces) -> None:
        order = np.argsort(pieces, kind="stable")
        found, first = np.unique(pieces[order], return_index=True)
        for piece, places in zip(found.tolist(), np.split(order, first[1:]), strict=True):
            known = None if piece == NONE else piece
            self._insert(labels[places], known)
            if known is not None:
                self._state.db.execute("UPDATE pieces SET labels = labels + ? WHERE piece = ?", (places.size, piece))

    def _insert(self, labels: pl.DataFrame, piece: int | None) -> None:
        values = (piece, labels.get_column("position")[-1], dumped(labels))
        self._state.db.execute("INSERT INTO labels (piece, position, data) VALUES (?, ?, ?)", values)
