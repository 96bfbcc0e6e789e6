"""Follows the log of one model: rows into pieces of event time, late truth onto them, windows handed to be judged."""

from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from driftline.config import Config
from driftline.errors import StoreError
from driftline.hashing import Hashes
from driftline.labels import dumped, label_frame
from driftline.lateness import REASONS, Clock, LeftOut
from driftline.openids import NONE
from driftline.pieces import Wire, fold_piece
from driftline.plan import Plan
from driftline.ports import Store
from driftline.profile import Profile
from driftline.records import Fragment
from driftline.streamstate import StreamState
from driftline.types import Cell
from driftline.windows import Windows, seconds

Judge = Callable[[Mapping[Cell, Profile], Windows, bool], None]
_STEP = 32 << 20  # bytes of the log that are read at once
_GREW = 0.1  # share of rows with new truth from which on a window is judged again while more keeps coming
_MOST_EMPTY = 48


class Stream:
    """Keeps the profiles of a model's pieces of event time in a store, as its log says.

    A row's place is decided once and kept with the cursor in one transaction; profiles are folded from the log again
    whenever rows or labels of their piece changed, so they are those of a batch, bit by bit.

    Args:
        plan: how rows fold.
        log: an event log.
        store: where fragments are kept.
        path: the file of the stream's own state.
        model: the model's name in the log.
        judge: is handed the profiles of a window that closed, the window, and whether it was judged before.
    """

    def __init__(self, plan: Plan, log: Any, store: Store, path: Path, model: str, judge: Judge) -> None:
        self.plan, self.log, self.store, self.model, self.judge = plan, log, store, model, judge
        self.wire, self.state, config = Wire(plan), StreamState(path), plan.config
        self.ids, self._whole = self.state.ids(), True
        self.cursor = int(self.state.get("cursor", 0))
        self.counts: dict[str, int] = self.state.get("counts", {})
        self._settle_on(config)
        self.clock = Clock.of(config.stream, self.state.get("clock"))

    def _settle_on(self, config: Config) -> None:
        settings = [config.stream.every, self.wire.key, self.wire.time, self.model]
        if (known := self.state.get("settings", settings)) != settings:
            raise StoreError(
                f"{self.state.path}: the stream was begun with {known}, the settings now say {settings}; "
                "move the file away to begin again from the log"
            )

    def step(self) -> int:
        """Take in the next part of the log, in one transaction; gives the number of entries, 0 at the end."""
        entries = list(self.log.read(self.cursor, _STEP, self.model))
        if not entries:
            return 0
        clock = Clock.of(self.plan.config.stream, self.clock.state())
        frames = {entry.position: _frame(entry.data) for entry in entries}
        placed = [
            (entry, *clock.place(self.wire.times(frames[entry.position], entry.received), entry.received))
            for entry in entries
            if entry.kind == "predictions"
        ]
        counts = dict(self.counts)
        self.ids = self.ids if self._whole else self.state.ids()
        self._whole = False
        with self.state.writing():
            self._take_rows([(e, p, w, self.wire.ids(frames[e.position])) for e, p, w in placed], counts)
            self._take_labels([(e, frames[e.position]) for e in entries if e.kind == "labels"], counts)
            self.state.keep_ids(self.ids)
            self.state.put("cursor", entries[-1].position)
            self.state.put("clock", clock.state())
            self.state.put("counts", counts)
            self.state.put("settings", [self.plan.config.stream.every, self.wire.key, self.wire.time, self.model])
        self.ids.fresh, self.ids.stale, self._whole = {}, set(), True
        self.cursor, self.clock, self.counts = entries[-1].position, clock, counts
        return len(entries)

    def tick(self, now: float | None = None, *, settle: bool = False) -> int:
        """Judge each window that closed, in order, and again those that changed; gives how many were.

        While truth keeps coming a window waits until it has a tenth more, or until none came since the last tick;
        `settle` waits for nothing.
        """
        pieces = {row[0]: row[1:] for row in self.state.read("SELECT * FROM pieces ORDER BY piece")}
        if not pieces:
            return 0
        print_, length, closed = self.plan.fingerprint, self.clock.length, self.clock.closed(now)
        following = int(self.state.get("next", min(pieces)))
        changed = {
            piece
            for piece, (rows, labels, folded, folded_rows, folded_labels, seen) in pieces.items()
            if folded
            and (
                rows != folded_rows
                or (labels > folded_labels and (settle or labels == seen or labels - folded_labels >= _GREW * rows))
            )
        }
        unjudged = {piece for piece in pieces if not pieces[piece][2] and piece < following}
        again = {w for piece in changed | unjudged for w in range(piece - length + 1, piece + 1) if w < following}
        due = sorted(w for w in again if w <= closed) + list(_following(following, closed, pieces, length))
        needed = {piece for window in due for piece in range(window, window + length) if piece in pieces}
        for piece in sorted(needed):
            rows, labels, folded, folded_rows, folded_labels, _ = pieces[piece]
            if (folded, folded_rows, folded_labels) != (print_, rows, labels):
                self._fold(piece, rows, labels)
        for window in due:
            self.judge(self._profiles(window), self.clock.window(window, length), window < following)
        with self.state.writing() as db:
            db.execute("UPDATE pieces SET seen_labels = labels")
            self.state.put("next", max(following, closed + 1))
        return len(due)

    def left_out(self, reason: LeftOut) -> Iterator[pl.DataFrame]:
        """The rows that are in no window for this reason, an entry of the log at a time."""
        found = self.state.read(
            "SELECT position, places FROM left_out WHERE reason = ? ORDER BY position", reason.value
        )
        for position, places in found:
            yield self._entry(position, 1)[np.frombuffer(places, "<u4")]

    def close(self) -> None:
        """Close the stream's own file."""
        self.state.close()

    def _take_rows(self, placed: list[Any], counts: dict[str, int]) -> None:
        if not placed:
            return
        hashes = np.concatenate([ids for *_, ids in placed])
        pieces, why = (np.concatenate([part[at] for part in placed]) for at in (1, 2))
        why[self._repeated(hashes, why)] = REASONS.index(LeftOut.DUPLICATE)
        fresh = (why < 0) & (hashes != 0)
        order = np.flatnonzero(fresh)[np.argsort(hashes[fresh])]
        self.ids.add(hashes[order], pieces[order].astype(np.int32), self._oldest())
        self._match_waiting(hashes[order], pieces[order])
        db, start = self.state.db, 0
        for entry, own, *_ in placed:
            reasons = why[start : start + own.size]
            found, rows = np.unique(own[reasons < 0], return_counts=True)
            pairs = list(zip(found.tolist(), rows.tolist(), strict=True))
            db.executemany(
                "INSERT INTO entries VALUES (?, ?, ?, ?)", [(p, entry.position, n, len(entry.data)) for p, n in pairs]
            )
            db.executemany(
                "INSERT INTO pieces (piece, rows) VALUES (?, ?) ON CONFLICT DO UPDATE SET rows = rows + excluded.rows",
                pairs,
            )
            for at, reason in enumerate(REASONS):
                if (places := np.flatnonzero(reasons == at).astype("<u4")).size:
                    values = (entry.position, reason.value, places.size, places.tobytes())
                    db.execute("INSERT INTO left_out VALUES (?, ?, ?, ?)", values)
                    counts[reason.value] = counts.get(reason.value, 0) + places.size
            counts["rows"] = counts.get("rows", 0) + int(rows.sum())
            start += own.size

    def _repeated(self, hashes: Hashes, why: Any) -> Any:
        """Places of the rows whose id was there before, in this part of the log or an earlier one."""
        open_ = np.flatnonzero((why < 0) & (hashes != 0))
        order = open_[np.argsort(hashes[open_], kind="stable")]
        ascending = hashes[order]
        again = np.concatenate((np.zeros(min(1, order.size), bool), ascending[1:] == ascending[:-1]))
        return order[again | (self.ids.find(ascending) != NONE)]

    def _take_labels(self, entries: list[Any], counts: dict[str, int]) -> None:
        if self.wire.target is None or not entries:
            return
        named = (self.wire.key, self.wire.target.name)
        good = [(entry, frame) for entry, frame in entries if set(named) <= set(frame.columns)]
        counts["unusable labels"] = counts.get("unusable labels", 0) + sum(
            frame.height for _, frame in entries if not set(named) <= set(frame.columns)
        )
        if not good:
            return
        labels = pl.concat([label_frame(frame, self.wire.key, self.wire.target, e.position) for e, frame in good])
        counts["labels"] = counts.get("labels", 0) + labels.height
        hashes = labels.get_column("hash").to_numpy()
        order = np.argsort(hashes, kind="stable")
        pieces = np.empty(order.size, np.int32)
        pieces[order] = self.ids.find(hashes[order])
        self._keep_labels(labels, pieces)

    def _keep_labels(self, labels: pl.DataFrame, pieces: Any) -> None:
        """Labels by piece, in order of arrival; those whose row has not come wait without one."""
        order = np.argsort(pieces, kind="stable")
        found, first = np.unique(pieces[order], return_index=True)
        for piece, places in zip(found.tolist(), np.split(order, first[1:]), strict=True):
            data, known = dumped(labels[places]), None if piece == NONE else piece
            self.state.db.execute("INSERT INTO labels (piece, data) VALUES (?, ?)", (known, data))
            if known is not None:
                self.state.db.execute("UPDATE pieces SET labels = labels + ? WHERE piece = ?", (places.size, piece))

    def _match_waiting(self, hashes: Hashes, pieces: Any) -> None:
        """Hand labels that came before their rows (hashes ascending) to the rows' pieces."""
        for number, data in self.state.read("SELECT number, data FROM labels WHERE piece IS NULL ORDER BY number"):
            labels = _frame(data)
            waiting = labels.get_column("hash").to_numpy()
            at = np.minimum(np.searchsorted(hashes, waiting), max(hashes.size - 1, 0))
            hit = hashes[at] == waiting if hashes.size else np.zeros(waiting.size, bool)
            if hit.any():
                self.state.db.execute("DELETE FROM labels WHERE number = ?", (number,))
                self._keep_pending(labels.filter(pl.Series(~hit)))
                for piece in np.unique(pieces[at[hit]]).tolist():
                    self.state.db.execute("INSERT OR IGNORE INTO pieces (piece) VALUES (?)", (piece,))
                self._keep_labels(labels.filter(pl.Series(hit)), pieces[at[hit]].astype(np.int32))

    def _keep_pending(self, labels: pl.DataFrame) -> None:
        if labels.height:
            self.state.db.execute("INSERT INTO labels (piece, data) VALUES (NULL, ?)", (dumped(labels),))

    def _oldest(self) -> int:
        """The first piece of which rows are still kept."""
        if not np.isfinite(self.clock.latest):
            return int(NONE)
        return int((self.clock.latest - seconds(self.plan.config.retention.log) * 1e6) // self.clock.every)

    def _fold(self, piece: int, rows: int, labels: int) -> None:
        """Fold a piece and keep its fragments; only then is it said to be folded."""
        found = self.state.read("SELECT data FROM labels WHERE piece = ? ORDER BY number", piece)
        truth = pl.concat([_frame(data) for (data,) in found]) if found else None
        cells = fold_piece(self.wire, self._rows(piece), truth, self.clock.window(piece))
        name, print_ = self.plan.config.model.name, self.plan.fingerprint
        self.store.put_fragments(tuple(Fragment(name, print_, c, "stream", p.dump()) for c, p in cells.items()))
        with self.state.writing() as db:
            update = "UPDATE pieces SET folded = ?, folded_rows = ?, folded_labels = ? WHERE piece = ?"
            db.execute(update, (print_, rows, labels, piece))
            self.state.put(f"segments {piece}", sorted(cell.segment for cell in cells))

    def _rows(self, piece: int) -> Iterator[tuple[pl.DataFrame, Any, Hashes]]:
        """Frames of a piece's rows, read back from the log, with their times and ids."""
        for position, size in self.state.read("SELECT position, bytes FROM entries WHERE piece = ?", piece):
            frame, received = self._entry(position, size), 0.0
            places = self.state.read("SELECT places FROM left_out WHERE position = ?", position)
            times = self.wire.times(frame, piece * self.clock.every + received)
            inside = np.floor(np.where(np.isfinite(times), times, -1e18) / self.clock.every) == piece
            for (left,) in places:
                inside[np.frombuffer(left, "<u4")] = False
            kept = frame.filter(pl.Series(inside))
            yield kept, times[inside], self.wire.ids(kept)

    def _entry(self, position: int, size: int) -> pl.DataFrame:
        for entry in self.log.read(position - 1, size, self.model):
            if entry.position == position:
                return _frame(entry.data)
            break
        raise StoreError(f"the log has no entry {position} any more; keep it longer, or move {self.state.path} away")

    def _profiles(self, window: int) -> dict[Cell, Profile]:
        """The profiles of a window and its segments: its pieces', merged in order."""
        parts: dict[Cell, list[Profile]] = {Cell(): []}
        for piece in range(window, window + self.clock.length):
            name = self.clock.window(piece).name(0)
            for segment in self.state.get(f"segments {piece}", ()):
                found = self.store.fragments(self.plan.config.model.name, self.plan.fingerprint, Cell(name, segment))
                parts.setdefault(Cell(segment=segment), []).extend(
                    Profile.load(self.plan, fragment.data) for fragment in found
                )
        return {c: reduce(Profile.merge, profiles) if profiles else Profile(self.plan) for c, profiles in parts.items()}


def _following(first: int, closed: int, pieces: Mapping[int, Any], length: int) -> Iterator[int]:
    """Windows to be judged for the first time, in order; of long silences only the first empty ones."""
    ends, last = sorted(pieces), None
    at = 0
    window = first
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


def _frame(data: bytes) -> pl.DataFrame:
    return pl.read_ipc_stream(BytesIO(data))
