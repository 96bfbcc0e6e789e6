"""Follows the log of one model: rows into panes of event time, late labels onto them, windows to the judge."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial, reduce
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import polars as pl

from driftline.config.settings import Config
from driftline.data.ipc import from_stream
from driftline.errors import StoreError
from driftline.profiles.plan import Plan
from driftline.profiles.profile import Profile
from driftline.server.logs.base import Entry, EventLog
from driftline.server.stream.culprits import DEFECTS, MACHINE, describe, find_culprits
from driftline.server.stream.decode import Decoded, decode
from driftline.server.stream.kept_rows import STEP, KeptRows
from driftline.server.stream.late_labels import LateLabels
from driftline.server.stream.pane import RowSchema, fold_pane
from driftline.server.stream.placement import PlacedRows, Placement
from driftline.server.stream.seen_ids import NONE
from driftline.server.stream.state import StreamState
from driftline.server.stream.triggers import PaneState, Trigger, due_windows, final_windows
from driftline.server.stream.watermark import DropReason, Watermark
from driftline.stores.base import Store
from driftline.stores.events import make_version
from driftline.stores.records import Fragment
from driftline.types import ProfileKey
from driftline.windows import Windows, seconds

Judge = Callable[[Mapping[ProfileKey, Profile], Windows, Trigger], None]
_AT_ONCE = 100  # windows that are judged in one go
_VERSIONS = 1000  # of a model that become events: a column with one for each row is no version


class Stream:
    """Keeps the profiles of a model's panes of event time in a store, as its log says.

    A row's place is decided once and kept with the cursor in one transaction; profiles are folded from the log again
    whenever rows or labels of their pane changed, so they are those of a batch, bit by bit. A batch that cannot be
    folded is set aside in the log, as a dead letter, and the stream goes on without it.

    Args:
        plan: how rows fold.
        log: an event log.
        store: where fragments are kept.
        path: the file of the stream's own state.
        model: the model's name in the log.
        judge: is handed the profiles of a window, the window, and why.
        remember: gives what the judge knows, as plain values; it is kept with how far judging has got.
        rest: seconds without news after which what is new is judged, however little it is.
    """

    def __init__(  # noqa: PLR0913 - each is a part of its own
        self, plan: Plan, log: EventLog, store: Store, path: Path, model: str, judge: Judge, *,
        remember: Callable[[], Any] = dict, rest: float = 60.0,
    ) -> None:  # fmt: skip
        self.plan, self.log, self.store, self.model, self.judge = plan, log, store, model, judge
        self.remember, self.rest, self._looked = remember, rest, monotonic()
        self.schema, self.state, config = RowSchema(plan), StreamState(path), plan.config
        self.labels, self._kept = LateLabels(self.state), KeptRows(self.state, log, model)
        self.ids, self._whole = self.state.ids(), True
        self._versions = set[str]()
        self.cursor = int(self.state.get("cursor", 0))
        self.counts: dict[str, int] = self.state.get("counts", {})
        self.heard = float(self.state.get("heard", 0.0))
        self._settle_on(config)
        self.watermark = Watermark.from_state(config.stream, self.state.get("watermark"), plan.zone)

    def _settle_on(self, config: Config) -> None:
        settings = [config.stream.every, self.schema.key, self.schema.time, self.model]
        if (known := self.state.get("settings", settings)) != settings:
            raise StoreError(
                f"{self.state.path}: the stream was begun with {known}, the settings now say {settings}; "
                "move the file away to begin again from the log"
            )

    def step(self, now: float | None = None) -> int:
        """Take in the next part of the log; gives the number of entries, 0 at the end.

        Args:
            now: the server's clock (microseconds since 1970): rows that were ahead of it come back once they are not.
        """
        if now is not None:
            self._set_clock_right(now)
            self._take_back(now)
        entries = list(self.log.read(self.cursor, STEP, self.model))
        if entries:
            self._take_in(entries)
        return len(entries)

    def _take_in(self, entries: Sequence[Entry]) -> None:
        """Take in entries, in one transaction; where that fails one by one, and one that fails alone is set aside."""
        try:
            self._take_in_all(entries)
        except MACHINE:
            raise
        except DEFECTS as error:
            if len(entries) == 1:
                return self._skip(entries[0], describe(error))
        else:
            return None
        for entry in entries:
            self._take_in([entry])
        return None

    def _skip(self, entry: Entry, reason: str) -> None:
        """Keep an entry as a dead letter of the log, and go on behind it."""
        self.log.set_aside(entry.position, reason)
        counts = dict(self.counts)
        _count(counts, "set_aside", entry.rows)
        with self.state.writing():
            self.state.put("cursor", entry.position)
            self.state.put("counts", counts)
        self.cursor, self.counts = entry.position, counts

    def _take_in_all(self, entries: Sequence[Entry]) -> None:
        decoded = decode(self.schema, entries)
        rows = [each for each in decoded if each.entry.kind == "predictions"]
        labels = [each for each in decoded if each.entry.kind == "labels"]
        self._note_versions(rows)
        watermark = self._copy_watermark()
        placed = [_place(each, watermark) for each in rows]
        counts, heard = dict(self.counts), max([self.heard, *(each.entry.received for each in rows)])
        with self._changing_ids():
            Placement(self.state, self.labels, counts).add(placed, self.ids, self._oldest())
            usable = [each.labels for each in labels if each.labels is not None]
            taken = sum(frame.height for frame in usable)
            _count(counts, "labels", taken)
            _count(counts, "unusable_labels", sum(each.entry.rows for each in labels) - taken)
            self.labels.take(usable, self.ids)
            self.state.put("cursor", entries[-1].position)
            self.state.put("watermark", watermark.state())
            self.state.put("counts", counts)
            self.state.put("heard", heard)
            self.state.put("settings", [self.plan.config.stream.every, self.schema.key, self.schema.time, self.model])
        self.cursor, self.watermark, self.counts, self.heard = entries[-1].position, watermark, counts, heard

    def _note_versions(self, rows: Sequence[Decoded]) -> None:
        """Keep an event of each version of the model that rows name for the first time; at most a thousand."""
        first: dict[str, float] = {}
        for version, time in (each for one in rows for each in one.versions.items()):
            if version not in self._versions:
                first[version] = min(time, first.get(version, time))
        new = dict(list(first.items())[: _VERSIONS - len(self._versions)])
        if new:
            name, zero = self.plan.config.model.name, datetime(1970, 1, 1, tzinfo=UTC)
            seen = ((version, zero + timedelta(microseconds=time)) for version, time in new.items())
            self.store.save_events([make_version(name, version, time) for version, time in seen])
            self._versions |= new.keys()

    def tick(self, now: float | None = None, *, settle: bool = False) -> int:
        """Judge windows that are due, some at a time; gives how many were.

        What is new in a window that was judged is waited for until it is a tenth of its rows, or has come to rest.

        Args:
            now: the server's clock (microseconds since 1970): after a silence time goes on by it.
            settle: wait for nothing.
        """
        calm = settle or monotonic() - self._looked >= self.rest
        panes = self.panes(calm=calm)
        if not panes:
            return 0
        length, reached = self.watermark.length, self._reached(now)
        closed, start = self.watermark.last_closed(reached), min(panes)
        following, final = (max(start, int(self.state.get(name, start))) for name in ("next", "final"))
        due = due_windows(panes, length, following, closed, settle=settle)
        later, due = due[_AT_ONCE:], due[:_AT_ONCE]
        on_time = [window for window, trigger in due if trigger is Trigger.ON_TIME]
        following = on_time[-1] + 1 if on_time else following
        following = following if later else max(following, closed + 1)
        self._fold_all(panes, [window for window, _ in due])
        if self.schema.target is not None:
            overdue = self.watermark.last_closed(reached, seconds(self.plan.config.stream.label_delay) * 1e6)
            complete = list(islice(final_windows(self.panes(), length, final, following, overdue), _AT_ONCE))
            self._fold_all(self.panes(), complete)
            due = [(at, trigger) for at, trigger in due if trigger is Trigger.ON_TIME or at not in complete]
            due += [(window, Trigger.FINAL) for window in complete]
            final = complete[-1] + 1 if complete else final
        for window, trigger in due:
            self.judge(self.profiles(window), self.watermark.window(window, length), trigger)
        with self.state.writing() as db:
            if calm:
                db.execute("UPDATE panes SET seen = rows + labels")
                self._looked = monotonic()
            if due or following > int(self.state.get("next", start)):
                self.state.put("next", following)
                self.state.put("final", final)
                self.state.put("memory", self.remember())
            for flag, chosen in (("on_time", Trigger.ON_TIME), ("final", Trigger.FINAL)):
                judged = [(window,) for window, trigger in due if trigger is chosen]
                db.executemany(f"UPDATE panes SET {flag} = 1 WHERE pane = ?", judged)  # noqa: S608 - names of columns
        return len(due)

    def last(self, trigger: Trigger) -> int | None:
        """The newest window that was judged by this trigger; None if there is none."""
        after = self.state.get("next" if trigger is Trigger.ON_TIME else "final")
        known = [pane for (pane,) in self.state.read("SELECT pane FROM panes")]
        return after - 1 if after is not None and known and after > min(known) else None

    def retire(self) -> int:
        """Forget panes that are older than the retention; gives the first position of the log that is still needed."""
        oldest = self._oldest()
        with self._changing_ids():
            self.ids.retire(oldest)
        with self.state.writing() as db:
            for table in ("entries", "labels", "panes"):
                db.execute(f"DELETE FROM {table} WHERE pane < ?", (oldest,))  # noqa: S608 - a name from the line above
            until = self.watermark.latest + seconds(self.plan.config.retention.log) * 1e6
            sql = "SELECT position FROM entries UNION ALL SELECT position FROM dropped WHERE due <= ?"  # those return
            found = db.execute(f"SELECT min(position) FROM ({sql})", (until,)).fetchone()[0]  # noqa: S608 - the line above
            needed = self.cursor + 1 if found is None else int(found)
            db.execute("DELETE FROM dropped WHERE position < ?", (needed,))
            db.execute("DELETE FROM labels WHERE pane IS NULL AND position < ?", (needed,))
            for (name,) in db.execute("SELECT name FROM facts WHERE name LIKE 'segments %'").fetchall():
                if int(name.partition(" ")[2]) < oldest:
                    db.execute("DELETE FROM facts WHERE name = ?", (name,))
        return needed

    def dropped(self, reason: DropReason) -> Iterator[pl.DataFrame]:
        """The rows that are in no window for this reason, an entry of the log at a time."""
        found = self.state.read("SELECT position, places FROM dropped WHERE reason = ? ORDER BY position", reason.value)
        for position, places in found:
            for _, entry in self._kept.entries({position: 1}):
                yield from_stream(entry.data)[np.frombuffer(places, "<u4")]

    def close(self) -> None:
        """Close the stream's own file."""
        self.state.close()

    @contextmanager
    def _changing_ids(self) -> Iterator[None]:
        """A transaction of the state in which ids may change; after one that failed they are read again."""
        self.ids = self.ids if self._whole else self.state.ids()
        self._whole = False
        with self.state.writing():
            yield
            self.state.keep_ids(self.ids)
        self.ids.fresh, self.ids.stale, self._whole = {}, set(), True

    def _copy_watermark(self) -> Watermark:
        return Watermark.from_state(self.plan.config.stream, self.watermark.state(), self.plan.zone)

    def _set_clock_right(self, now: float) -> None:
        """Where rows came by a clock that was ahead, begin anew at the right time; no window is judged twice for it."""
        if not self.watermark.is_ahead(now):
            return
        watermark = self._copy_watermark()
        watermark.reset()
        coming = watermark.last_closed(now) + 1
        with self.state.writing():
            for name in ("next", "final"):
                self.state.put(name, min(coming, int(self.state.get(name, coming))))
            self.state.put("watermark", watermark.state())
            self.state.put("heard", min(self.heard, now))
        self.watermark, self.heard = watermark, min(self.heard, now)

    def _take_back(self, now: float) -> None:
        """Place rows that were ahead of the clock when they came, and are so no more."""
        counts = dict(self.counts)
        placement = Placement(self.state, self.labels, counts)
        if not (due := placement.due(now)):
            return
        watermark = self._copy_watermark()
        with self._changing_ids():
            for position, _ in due:
                (each,) = decode(self.schema, [entry for _, entry in self._kept.entries({position: 1})])
                places = placement.take_back(position, each.times, now)
                placement.add([_place(each, watermark, places, now)], self.ids, self._oldest())
            self.state.put("watermark", watermark.state())
            self.state.put("counts", counts)
        self.watermark, self.counts = watermark, counts

    def _set_aside(self, position: int, kind: str, reason: str) -> None:
        """Take a batch out of all panes, and keep it as a dead letter of the log."""
        self.log.set_aside(position, reason)
        counts = dict(self.counts)
        with self._changing_ids():
            if kind == "labels":
                rows = self.labels.remove(position)
                _count(counts, "labels", -rows)
            else:
                (each,) = decode(self.schema, [entry for _, entry in self._kept.entries({position: 1})])
                rows = Placement(self.state, self.labels, counts).remove(position, each.ids, self.ids)
            _count(counts, "set_aside", rows)
            self.state.put("counts", counts)
        self.counts = counts

    def panes(self, *, calm: bool = False) -> dict[int, PaneState]:
        """What is known of the panes; unless it is `calm` they count as looked at never."""
        facts = "rows, labels, folded, folded_rows, folded_labels, labelled, CASE WHEN ? THEN seen ELSE -1 END"
        facts += ", on_time, final"
        found = self.state.read(f"SELECT pane, {facts} FROM panes ORDER BY pane", calm)  # noqa: S608 - names
        return {row[0]: PaneState(*row[1:]) for row in found}

    def _reached(self, now: float | None) -> float | None:
        """How far time has got without rows: after a silence it goes on by the server's clock."""
        if now is None or not self.heard:
            return None
        silent = now - self.heard
        return self.watermark.latest + silent if silent >= seconds(self.plan.config.stream.silence) * 1e6 else None

    def _oldest(self) -> int:
        """The first pane of which rows are still kept."""
        if not np.isfinite(self.watermark.latest):
            return int(NONE)
        oldest = self.watermark.latest - seconds(self.plan.config.retention.log) * 1e6
        return int(self.watermark.pane(np.array([oldest]))[0])

    def _fold_all(self, panes: Mapping[int, PaneState], windows: Sequence[int]) -> None:
        """Fold the panes of these windows that are not folded as they are now."""
        needed = {p for window in windows for p in range(window, window + self.watermark.length) if p in panes}
        for pane in sorted(needed):
            state = panes[pane]
            now = (self.plan.fingerprint, state.rows, state.labels)
            if (state.folded, state.folded_rows, state.folded_labels) != now:
                self._fold(pane)

    def _fold(self, pane: int) -> None:
        """Fold a pane and keep its fragments; only then is it said to be folded."""
        cells = self._fold_cells(pane)
        ((rows, labels),) = self.state.read("SELECT rows, labels FROM panes WHERE pane = ?", pane)
        name, print_ = self.plan.config.model.name, self.plan.fingerprint
        self.store.put_fragments(
            tuple(Fragment(name, print_, c, "stream", p.private(final=False).dump()) for c, p in cells.items())
        )
        target, whole = self.schema.target, [profile for cell, profile in cells.items() if not cell.segment]
        known = sum(one.columns[target.name].counts.values for one in whole) if target else 0
        with self.state.writing() as db:
            update = "UPDATE panes SET folded = ?, folded_rows = ?, folded_labels = ?, labelled = ? WHERE pane = ?"
            db.execute(update, (print_, rows, labels, known, pane))
            self.state.put(f"segments {pane}", sorted(cell.segment for cell in cells))

    def _fold_cells(self, pane: int) -> dict[ProfileKey, Profile]:
        """The profiles of a pane; batches without which it can be folded, and with which it cannot, are set aside."""
        labels = self.labels.of(pane)
        try:
            return fold_pane(self.schema, self._kept.rows(pane), labels, self.watermark.window(pane))
        except MACHINE:
            raise
        except DEFECTS as error:
            reason = describe(error)
            rows = self.state.read("SELECT position FROM entries WHERE pane = ? ORDER BY position", pane)
            late = sorted(set(labels.get_column("position"))) if labels is not None else []
            batches = [*(("predictions", p) for (p,) in rows), *(("labels", p) for p in late)]
            can_fold = partial(self._can_fold, pane, labels)
            if not can_fold([]):  # it is no batch's fault
                raise
            culprits = find_culprits(batches, can_fold)
        for kind, position in culprits:
            self._set_aside(position, kind, reason)
        return self._fold_cells(pane)

    def _can_fold(self, pane: int, labels: pl.DataFrame | None, batches: Sequence[tuple[str, int]]) -> bool:
        """Whether a pane can be folded with these batches alone."""
        rows, late = ({position for kind, position in batches if kind == each} for each in ("predictions", "labels"))
        chosen = None if labels is None else labels.filter(pl.col("position").is_in(late))
        try:
            fold_pane(self.schema, self._kept.rows(pane, rows), chosen, self.watermark.window(pane))
        except MACHINE:
            raise
        except DEFECTS:
            return False
        return True

    def profiles(self, window: int) -> dict[ProfileKey, Profile]:
        """The profiles of a window and its segments: its panes', merged in order."""
        parts: dict[ProfileKey, list[Profile]] = {ProfileKey(): []}
        for pane in range(window, window + self.watermark.length):
            name = self.watermark.window(pane).name(0)
            for segment in self.state.get(f"segments {pane}", ()):
                found = self.store.fragments(
                    self.plan.config.model.name, self.plan.fingerprint, ProfileKey(name, segment)
                )
                parts.setdefault(ProfileKey(segment=segment), []).extend(
                    Profile.load(self.plan, fragment.data) for fragment in found
                )
        return {c: reduce(Profile.merge, profiles) if profiles else Profile(self.plan) for c, profiles in parts.items()}


def _place(each: Decoded, watermark: Watermark, places: Any = None, received: float | None = None) -> PlacedRows:
    """Where the rows of a batch are, all of them or those at some places; the watermark advances."""
    chosen = np.arange(each.times.size, dtype=np.uint32) if places is None else places
    times = each.times[chosen]
    panes, reasons = watermark.assign(times, each.entry.received if received is None else received)
    return PlacedRows(each.entry.position, len(each.entry.data), chosen, times, each.ids[chosen], panes, reasons)


def _count(counts: dict[str, int], name: str, rows: int) -> None:
    if rows:
        counts[name] = counts.get(name, 0) + rows
