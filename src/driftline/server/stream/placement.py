"""Where each row of a stream is: in a pane, or in none for a reason. Decided once, and kept in the stream's state."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from driftline.arrays import Floats
from driftline.data.hashing import Hashes
from driftline.server.stream.late_labels import LateLabels
from driftline.server.stream.seen_ids import NONE, SeenIds
from driftline.server.stream.state import StreamState
from driftline.server.stream.watermark import REASONS, SKEW, DropReason

Places = npt.NDArray[np.uint32]


@dataclass(frozen=True, eq=False, slots=True)
class PlacedRows:
    """Rows (n,) of one batch of the log: where in the batch, in which pane, or why in none (place in `REASONS`, or -1).

    `position` and `size` (bytes) are the batch's.
    """

    position: int
    size: int
    places: Places
    times: Floats
    ids: Hashes
    panes: npt.NDArray[np.int64]
    reasons: npt.NDArray[np.int8]


class Placement:
    """The rows of a stream by pane, within the transactions of its state; `counts` is changed with them."""

    def __init__(self, state: StreamState, labels: LateLabels, counts: dict[str, int]) -> None:
        self._state, self._labels, self.counts = state, labels, counts

    def add(self, placed: Sequence[PlacedRows], ids: SeenIds, since: int) -> None:
        """Keep where rows are. Of rows with one id the first holds; ids of panes before `since` may be forgotten."""
        if not placed:
            return
        hashes = np.concatenate([rows.ids for rows in placed])
        panes, reasons = (np.concatenate([getattr(rows, name) for rows in placed]) for name in ("panes", "reasons"))
        reasons[_repeated(hashes, reasons, ids)] = REASONS.index(DropReason.DUPLICATE)
        fresh = (reasons < 0) & (hashes != 0)
        order = np.flatnonzero(fresh)[np.argsort(hashes[fresh])]
        ids.add(hashes[order], panes[order].astype(np.int32), since)
        self._labels.match(hashes[order], panes[order].astype(np.int32))
        ends = np.cumsum([rows.places.size for rows in placed])[:-1]
        for rows, own in zip(placed, np.split(reasons, ends), strict=True):
            self._keep(rows, own)

    def remove(self, position: int, hashes: Hashes, ids: SeenIds) -> int:
        """Take all rows of a batch out; their ids (n,) may come again. Gives how many it had."""
        db, is_own = self._state.db, np.ones(hashes.size, bool)
        panes = self._state.read("SELECT pane, rows FROM entries WHERE position = ?", position)
        for pane, rows in panes:
            db.execute("UPDATE panes SET rows = rows - ? WHERE pane = ?", (rows, pane))
        total = sum(int(rows) for _, rows in panes)
        self._count("rows", -total)
        for reason, rows, places in self._dropped(position):
            self._count(reason, -rows)
            is_own[places[places < is_own.size]] = False
            total += rows
        ids.remove(hashes[is_own])
        for table in ("entries", "dropped"):
            db.execute(f"DELETE FROM {table} WHERE position = ?", (position,))  # noqa: S608 - a name from the line above
        return total

    def due(self, now: float) -> list[tuple[int, Places]]:
        """Batches with rows that were ahead of the clock when they came, and are so no more: position and places."""
        sql = "SELECT position, places FROM dropped WHERE reason = ? AND due <= ? ORDER BY position"
        return [
            (p, np.frombuffer(data, "<u4")) for p, data in self._state.read(sql, DropReason.FUTURE.value, now + SKEW)
        ]

    def take_back(self, position: int, times: Floats, now: float) -> Places:
        """Take out the rows of a batch (times (n,)) that are ahead of the clock no more; gives their places."""
        (places,) = (each for reason, _, each in self._dropped(position) if reason == DropReason.FUTURE)
        fits = times[places] <= now + SKEW
        self._drop(position, DropReason.FUTURE, places[~fits], times[places[~fits]])
        self._count(DropReason.FUTURE, -int(fits.sum()))
        return places[fits]

    def _keep(self, rows: PlacedRows, reasons: npt.NDArray[np.int8]) -> None:
        db = self._state.db
        panes, counts = np.unique(rows.panes[reasons < 0], return_counts=True)
        pairs = list(zip(panes.tolist(), counts.tolist(), strict=True))
        db.executemany(
            "INSERT INTO entries VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET rows = rows + excluded.rows",
            [(pane, rows.position, count, rows.size) for pane, count in pairs],
        )
        db.executemany(
            "INSERT INTO panes (pane, rows) VALUES (?, ?) ON CONFLICT DO UPDATE SET rows = rows + excluded.rows", pairs
        )
        self._count("rows", int(counts.sum()))
        for at, reason in enumerate(REASONS):
            if (chosen := reasons == at).any():
                known = [each for name, _, each in self._dropped(rows.position) if name == reason]
                self._drop(rows.position, reason, np.concatenate([*known, rows.places[chosen]]), rows.times[chosen])
                self._count(reason, int(chosen.sum()))

    def _dropped(self, position: int) -> list[tuple[str, int, Places]]:
        """The rows of a batch that are in no window: why, how many, and their places."""
        sql = "SELECT reason, rows, places FROM dropped WHERE position = ?"
        return [(why, rows, np.frombuffer(data, "<u4")) for why, rows, data in self._state.read(sql, position)]

    def _drop(self, position: int, reason: DropReason, places: Places, times: Floats) -> None:
        """Keep which rows of a batch are in no window for a reason; those of the future are due at the first's time."""
        db = self._state.db
        if not places.size:
            db.execute("DELETE FROM dropped WHERE position = ? AND reason = ?", (position, reason.value))
            return
        due = float(times.min()) if reason is DropReason.FUTURE else None
        values = (position, reason.value, places.size, places.astype("<u4").tobytes(), due)
        db.execute("INSERT OR REPLACE INTO dropped VALUES (?, ?, ?, ?, ?)", values)

    def _count(self, name: str, rows: int) -> None:
        self.counts[name] = self.counts.get(name, 0) + rows


def _repeated(hashes: Hashes, reasons: npt.NDArray[np.int8], ids: SeenIds) -> Any:
    """Places of the rows whose id was there before, in this part of the log or an earlier one."""
    open_ = np.flatnonzero((reasons < 0) & (hashes != 0))
    order = open_[np.argsort(hashes[open_], kind="stable")]
    ascending = hashes[order]
    again = np.concatenate((np.zeros(min(1, order.size), bool), ascending[1:] == ascending[:-1]))
    return order[again | (ids.find(ascending) != NONE)]
