"""The logger's worker: makes batches of queued rows and posts them; while the server is away they go to disk."""

import logging
import threading
import time
import uuid
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from driftline.backoff import Backoff
from driftline.client import encode
from driftline.client.encode import ColumnNames
from driftline.client.flushes import Flushes
from driftline.client.once_log import OnceLog
from driftline.client.process import ProcessReport
from driftline.client.spool import Batch, Spool
from driftline.client.transport import SendResult, Status, Transport

_BATCH_ROWS = 1000
_TICK = 0.1
_MIN_WAIT, _MAX_WAIT = 0.5, 30.0
_MAX_SPLITS = 64  # of one refused batch: enough to find a few bad rows among a thousand
_UNKNOWN_MODEL_GRACE = 600.0  # seconds in which the server may still learn of the model
_log = logging.getLogger("driftline.client.logger")
_Row = tuple[Mapping[str, Any], Any, Any, Any, Any, Any, Any]
_COUNTS = {
    "no_timestamp": "have no usable timestamp, so they are in no window",
    "future": "have a timestamp ahead of the server's clock, so they are in no window yet",
    "too_old": "have a timestamp further back than stream.max_age of the server, so they are in no window",
    "unusable_labels": "have no value that the target can have",
    "scattered": "are in older windows than one batch may reach, so they are in none; send them in order of time",
}


class Sender:
    """Sends what is put into `rows` and `labels` from a thread of its own, the oldest first, until it is closed.

    Args:
        transport: to the server and model.
        spool: where batches wait that cannot be sent now; None: they wait in memory.
        names: what the columns of the roles are called.
        version: of the model; it is sent with each row.
        max_rows: most rows of batches in memory.
        once: logs troubles.
        process: what the process says of itself beside its rows; None: nothing.
    """

    def __init__(  # noqa: PLR0913 - each is a part of its own
        self,
        transport: Transport,
        spool: Spool | None,
        names: ColumnNames,
        version: str,
        max_rows: int,
        once: OnceLog,
        *,
        process: ProcessReport | None = None,
    ) -> None:
        self.rows: deque[_Row] = deque()
        self.labels: deque[tuple[Any, Any, Any]] = deque()
        self.gathered = self.sent = self.refused = self.lost = 0
        self.set_aside: dict[str, int] = {}
        self.trouble = ""
        self.flushes = Flushes()
        self._transport, self._spool, self._names, self._version = transport, spool, names, version
        self._max_rows, self._once, self._process, self._predictions = max_rows, once, process, 0
        self._batches: deque[Batch] = deque()
        self._wake, self._state = threading.Event(), threading.RLock()
        self._backoff, self._last, self._next = Backoff(_MIN_WAIT, _MAX_WAIT, 0.5), 0.0, 0.0
        self._not_before, self._unknown_since = 0.0, 0.0
        self._deadline = float("inf")
        self._is_closing = self._is_finished = False
        self._thread = threading.Thread(target=self._work, name=f"driftline-logger {transport.model}", daemon=True)
        self._thread.start()

    def pending_rows(self) -> int:
        """Rows in the queues and in batches in memory."""
        return len(self.rows) + len(self.labels) + sum(batch.rows for batch in list(self._batches))

    def spooled_bytes(self) -> int:
        """Bytes of batches on disk."""
        return self._spool.size if self._spool else 0

    def wake(self) -> None:
        """Make an attempt at once."""
        self._wake.set()

    def begin_close(self, timeout: float) -> None:
        """Take no more rows, and send what there is for so many seconds."""
        self._deadline = time.monotonic() + timeout
        self._is_closing = True
        self._wake.set()

    def finish_close(self) -> None:
        """Wait for the worker until the deadline; then keep on disk what it has not sent."""
        if self._is_finished:
            return
        self._thread.join(max(0.0, self._deadline - time.monotonic()))
        locked = self._state.acquire(timeout=1.0)
        try:
            if not self._is_finished:
                self._is_finished = True
                self._gather_all()
                self._store()
                self.lost += sum(batch.rows for batch in self._batches)  # there is no disk
                self._batches.clear()
                self._end_flushes()
        finally:
            if locked:
                self._state.release()
        if not self._thread.is_alive():
            self._transport.close()

    def _work(self) -> None:
        """Until closed: queue to batches, batches to the server, or else to disk."""
        while True:
            is_closing = self._is_closing
            is_woken = self._wake.wait(_TICK)
            self._wake.clear()
            self.flushes.accept_requests()
            with self._state:
                if self._is_finished:
                    return
                self._gather_all()
                if self.flushes:
                    self.flushes.register(self._present_keys())
            self._deliver(at_once=is_woken or is_closing)
            with self._state:
                self._store()
                self._end_flushes()
                if is_closing and not self._batches and not self.rows and not self.labels:
                    self._is_finished = True
                    return

    def _gather_all(self) -> None:
        while self.rows or self.labels:
            self._gather("predictions", self.rows)
            self._gather("labels", self.labels)
            if self._spool is None and sum(batch.rows for batch in self._batches) > self._max_rows:
                self._store()

    def _gather(self, kind: str, queue: deque[Any]) -> None:
        """Make a batch of the oldest rows of a queue."""
        rows = [queue.popleft() for _ in range(min(_BATCH_ROWS, len(queue)))]
        self.gathered += len(rows)
        self._predictions += len(rows) if kind == "predictions" else 0
        if rows:
            self._encode(kind, rows)

    def _encode(self, kind: str, rows: list[Any]) -> None:
        """Encode rows as one batch; as two where it is too large or fails, so that one bad row is lost alone."""
        try:
            body = self._write(kind, rows)
        except Exception:  # noqa: BLE001 - whatever a service logs, logging goes on
            if len(rows) == 1:
                self.lost += 1
                self.flushes.fail()
                self._once.warn("row", "cannot be encoded; it is dropped", exc_info=True)
                return
        else:
            if len(body) <= encode.MAX_BODY or len(rows) == 1:
                self._batches.append(Batch(kind, uuid.uuid4().hex, len(rows), body))
                return
        self._encode(kind, rows[: len(rows) // 2])
        self._encode(kind, rows[len(rows) // 2 :])

    def _write(self, kind: str, rows: list[Any]) -> bytes:
        """The body of a batch."""
        if kind != "predictions":
            return encode.encode_labels(rows, self._names, self._version, self._report)
        facts = self._process.measure(self._predictions) if self._process else None
        return encode.encode_predictions(rows, self._names, self._version, self._report, facts)

    def _may_send(self, now: float, *, at_once: bool) -> bool:
        """Whether it is time for an attempt; one that is wanted at once keeps a distance to the last one."""
        return now >= (max(self._last + _MIN_WAIT, self._not_before) if at_once and self.trouble else self._next)

    def _deliver(self, *, at_once: bool) -> None:
        """Send the oldest first, as long as the server takes it."""
        while self._may_send(time.monotonic(), at_once=at_once) and time.monotonic() < self._deadline:
            with self._state:
                if self._is_finished:
                    return
                stored = self._read_oldest()
                batch = stored[1] if stored else next(iter(self._batches), None)
            if batch is None:
                return
            self._last = time.monotonic()
            result = self._send(batch)
            with self._state:
                if isinstance(result, SendResult):
                    self._postpone(result)
                    return
                self.sent += result
                self.refused += batch.rows - result
                self.flushes.settle(batch.key, failed=result < batch.rows)
                if stored and self._spool:
                    self._spool.remove(stored[0])
                elif self._batches and self._batches[0] is batch:
                    self._batches.popleft()

    def _send(self, batch: Batch) -> int | SendResult:
        """Send a batch, in parts where the server refuses it; gives how many rows the server took, or why to wait."""
        parts, splits, accepted = [batch], 0, 0
        while parts:
            part = parts.pop()
            result = self._transport.send(part)
            if result.status is Status.RETRY or (result.status is Status.UNKNOWN_MODEL and self._may_still_appear()):
                return result
            self._note_success(result)
            if result.status is Status.ACCEPTED:
                accepted += part.rows
                self._note_answer(result, part.rows)
                continue
            if result.divisible and part.rows > 1 and splits < _MAX_SPLITS:
                splits += 1
                try:
                    parts.extend(reversed(list(encode.split(part))))
                    continue
                except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError):
                    self._once.warn("spool", "a batch on disk is damaged")
            self._once.warn("rows", f"the server refused {part.rows} rows for good ({result.reason})", logging.ERROR)
        return accepted

    def _may_still_appear(self) -> bool:
        """Whether to wait for a model that the server does not know: a service may start before its pack is there."""
        self._unknown_since = self._unknown_since or time.monotonic()
        return time.monotonic() < self._unknown_since + _UNKNOWN_MODEL_GRACE

    def _postpone(self, result: SendResult) -> None:
        now = time.monotonic()
        self._not_before = now + result.wait
        self._next = now + max(result.wait, self._backoff.next_wait())
        words = (
            f"the server at {self._transport.server} does not take rows of {self._transport.model!r} ({result.reason})"
        )
        if not self.trouble:
            later = "they are kept and sent later"
            if result.status is Status.UNKNOWN_MODEL:
                later = (
                    f"they are kept for {_UNKNOWN_MODEL_GRACE / 60:.0f} minutes, then dropped; start driftline serve "
                    "with its pack, or correct the name"
                )
            _log.error("driftline: %s; %s", words, later)
        self.trouble = words

    def _note_success(self, result: SendResult) -> None:
        self._backoff.reset()
        self._next = self._not_before = 0.0
        if result.status is not Status.UNKNOWN_MODEL:
            self._unknown_since = 0.0
            if self.trouble:
                _log.warning(
                    "driftline: the server at %s takes rows of %r again", self._transport.server, self._transport.model
                )
        self.trouble = result.reason if result.status is Status.UNKNOWN_MODEL else ""

    def _note_answer(self, result: SendResult, rows: int) -> None:
        """Count and log what the server says of rows that it took."""
        for reason, count in result.counts.items():
            self.set_aside[reason] = self.set_aside.get(reason, 0) + count
            words = _COUNTS.get(reason, f"are set aside as {reason}")
            self._once.warn(reason, f"the server does not count {count} of {rows} rows: they {words}")
        for topic, words in result.notes.items():
            self._once.warn(topic, f"the server says {topic.replace('_', ' ')}: {words[:1000]}")

    def _read_oldest(self) -> tuple[Path, Batch] | None:
        if self._spool is None or not self._spool.size:
            return None
        try:
            return self._spool.oldest()
        except OSError as error:
            self._once.warn("spool", f"cannot be read ({error})")
            return None

    def _store(self) -> None:
        """Put batches on disk; what finds no room there waits in memory, and the oldest go beyond the queue's bound."""
        while self._spool and self._batches:
            try:
                if dropped := self._spool.append(self._batches[0]):
                    self.lost += dropped
                    self.flushes.fail()
                    self._once.warn("spool", "full; the oldest rows are dropped")
            except OSError as error:
                self._once.warn("spool", f"cannot be written ({error}); rows wait in memory")
                break
            self._batches.popleft()
        while sum(batch.rows for batch in self._batches) > self._max_rows:
            batch = self._batches.popleft()
            self.lost += batch.rows
            self.flushes.fail()
            self._once.warn("rows", "the server is away and the queue is full; the oldest rows are dropped")

    def _present_keys(self) -> set[str]:
        return {batch.key for batch in self._batches} | (self._spool.keys() if self._spool else set())

    def _end_flushes(self) -> None:
        if self.flushes:
            self.flushes.end(self._present_keys())

    def _report(self, name: str, words: str) -> None:
        self._once.warn(f"column {name!r}", words)
