"""The logger in the serving process: predictions and labels to the server, at a microsecond a call."""

import atexit
import hashlib
import logging
import os
import re
import signal
import sys
import threading
import time
import uuid
import weakref
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import polars as pl

from driftline.backoff import Backoff
from driftline.client import encode
from driftline.client.encode import ColumnNames
from driftline.client.spool import Batch, Spool
from driftline.client.transport import SendResult, Status, Transport

_BATCH_ROWS = 1000
_TICK = 0.1
_MIN_WAIT, _MAX_WAIT = 0.5, 30.0
_MAX_SPLITS = 64  # of one refused batch: enough to find a few bad rows among a thousand
_UNKNOWN_MODEL_GRACE = 600.0  # seconds in which the server may still learn of the model
_CLOSE = 5.0
_log = logging.getLogger(__name__)
_open: "weakref.WeakSet[Logger]" = weakref.WeakSet()
_Row = tuple[Mapping[str, Any], Any, Any, Any, Any, Any, Any]
_COUNTS = {
    "no_timestamp": "have no usable timestamp, so they are in no window",
    "future": "have a timestamp ahead of the server's clock",
}


@dataclass(frozen=True, slots=True)
class LoggerStats:
    """Rows so far: `logged` is all that the service handed over; each is queued, on disk, sent, refused or dropped.

    `dropped` had no room in memory or on disk, or could not be encoded; `refused` the server does not take, whatever is
    tried. `set_aside` are rows that the server took and counts in no window, by reason, such as `no_timestamp`.
    `trouble` says in words why rows are not being sent; it is empty while they are.
    """

    logged: int
    queued: int
    sent: int
    refused: int
    dropped: int
    spooled_bytes: int
    set_aside: Mapping[str, int] = field(default_factory=dict)
    trouble: str = ""


@dataclass(eq=False)
class _Flush:
    """Someone waits until the batches of these keys are on the server; `keys` is None until the worker fills it in."""

    keys: set[str] | None = None
    failed: bool = False
    done: threading.Event = field(default_factory=threading.Event)


class Logger:
    """Logs predictions, and their labels once they are known. It never blocks, and never raises into the service.

    A call puts a row into a queue; a thread of its own makes batches of them and posts them to `driftline serve`. While
    the server is away batches are kept on disk, up to a bound, and are sent in order when it is back, also by the next
    process. What has no room is dropped and counted. At exit, at the end of a process of `multiprocessing`, and at
    SIGTERM where the process has no handler of its own, what is queued is sent or kept. After a fork the child has a
    queue of its own.

    Args:
        url: where the server listens.
        model: the model's name there.
        version: of the model; it is kept with each row.
        token: for servers that ask for one.
        names: what the columns are called, where not `id`, `timestamp`, `prediction`, `score` and `target`.
        queue: rows that may wait in memory.
        spool: folder for batches that cannot be sent now; each server and model has a folder of its own in it. By
            default it is in this user's folder for state. None: no disk is used.
        spool_bytes: most bytes of batches on disk.
        timeout: seconds that an attempt to send may take.

    Raises:
        ConfigError: when the URL cannot be one.

    >>> logger = Logger("http://127.0.0.1:1", "taxi", spool=None)
    >>> logger.log({"distance": 2.5}, 11.0, id="a1")
    >>> logger.label("a1", 12.5)
    >>> logger.close(timeout=0)
    >>> logger.stats().logged
    2
    """

    def __init__(  # noqa: PLR0913 - each is a setting of its own
        self,
        url: str = "http://127.0.0.1:8600",
        model: str = "model",
        version: str = "",
        *,
        token: str = "",
        names: ColumnNames | None = None,
        queue: int = 100_000,
        spool: str | Path | None = "",
        spool_bytes: int = 256 << 20,
        timeout: float = 5.0,
    ) -> None:
        self.model, self.version, self._names = model, version, names or ColumnNames()
        self._transport = Transport(url, model, token, timeout)
        self._max_rows = self._capacity = queue
        self._logged_words: set[tuple[str, str]] = set()
        self._spool = _open_spool(spool, self._transport.server, model, spool_bytes)
        self._is_closed = False
        self._start()
        _open.add(self)
        _close_at_sigterm()
        _close_at_process_end(self)

    def log(  # noqa: PLR0913 - each is a fact of its own
        self,
        features: Mapping[str, Any],
        prediction: Any = None,
        *,
        score: Any = None,
        id: Any = None,  # noqa: A002 - the name of the column
        timestamp: Any = None,
        latency: float | None = None,
        error: str | None = None,
    ) -> None:
        """Log a prediction.

        Args:
            features: what the model was given, by column. Anything but a mapping is counted as dropped.
            prediction: what it answered; None where it failed.
            score: the probability of the positive class, or the rank.
            id: names the row, so that its label finds it.
            timestamp: when it was: a datetime, or seconds since 1970; now by default.
            latency: seconds that it took.
            error: class of the error, where it failed.
        """
        rows = self._rows
        if len(rows) >= self._capacity:
            self._drop("the queue is full, or the logger is closed; rows are dropped")
            return
        if type(features) is not dict:
            try:
                features = dict(features.items())
            except Exception:  # noqa: BLE001 - whatever a service logs, it is not disturbed
                self._drop(f"features: expected a mapping, found {type(features).__name__}; the row is dropped")
                return
        rows.append((features.copy(), prediction, score, id,
                     time.time() if timestamp is None else timestamp, latency, error))  # fmt: skip

    def label(self, id: Any, target: Any, timestamp: Any = None) -> None:  # noqa: A002 - the name of the column
        """Log the label of a row: the target's value, known late. A later one corrects it."""
        if len(self._labels) >= self._capacity:
            self._drop("the queue is full, or the logger is closed; rows are dropped")
            return
        if id is None:
            self._drop("a label without an id; it is dropped")
            return
        self._labels.append((id, target, time.time() if timestamp is None else timestamp))

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until the server has acknowledged every row that was logged before, and every batch on disk.

        Gives False where that takes longer than `timeout` seconds, or the server refused one of them, or one was
        dropped. It makes one attempt at once; further ones wait as always.
        """
        if self._is_closed:
            return not self._pending_rows() and not (self._spool and self._spool.size)
        request = _Flush()
        self._flushes.append(request)
        self._wake.set()
        in_time = request.done.wait(timeout)
        return in_time and not request.failed

    def close(self, timeout: float = _CLOSE) -> None:
        """Send what is queued, keep on disk what cannot be sent in so many seconds, and stop."""
        self._begin_close(timeout)
        self._finish_close()

    def stats(self) -> LoggerStats:
        """Numbers of rows, for a page of metrics."""
        logged = self._gathered + len(self._rows) + len(self._labels) + self._turned_away
        return LoggerStats(
            logged,
            self._pending_rows(),
            self._sent,
            self._refused,
            self._turned_away + self._lost,
            self._spool.size if self._spool else 0,
            dict(self._set_aside),
            self._trouble,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        self._rows: deque[_Row] = deque()
        self._labels: deque[tuple[Any, Any, Any]] = deque()
        self._batches: deque[Batch] = deque()
        self._gathered = self._turned_away = self._sent = self._refused = self._lost = 0
        self._set_aside: dict[str, int] = {}
        self._trouble = ""
        self._flushes: deque[_Flush] = deque()
        self._active: list[_Flush] = []
        self._wake, self._state, self._drops = threading.Event(), threading.RLock(), threading.Lock()
        self._backoff, self._last, self._next = Backoff(_MIN_WAIT, _MAX_WAIT, 0.5), 0.0, 0.0
        self._not_before, self._unknown_since = 0.0, 0.0
        self._deadline = float("inf")
        self._is_finished = False
        self._thread = threading.Thread(target=self._work, name=f"driftline-logger {self.model}", daemon=True)
        self._thread.start()

    def restart_after_fork(self) -> None:
        """Start with an empty queue in a child process: what the parent has queued is the parent's."""
        if not self._is_closed:
            self._transport.abandon_connection()
            self._start()

    def _begin_close(self, timeout: float) -> None:
        if not self._is_closed:
            self._is_closed, self._capacity = True, -1
            self._deadline = time.monotonic() + timeout
            self._wake.set()

    def _finish_close(self) -> None:
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
                self._lost += sum(batch.rows for batch in self._batches)  # there is no disk
                self._batches.clear()
                self._settle_all()
        finally:
            if locked:
                self._state.release()
        if not self._thread.is_alive():
            self._transport.close()

    def _pending_rows(self) -> int:
        return len(self._rows) + len(self._labels) + sum(batch.rows for batch in list(self._batches))

    def _drop(self, words: str) -> None:
        with self._drops:
            self._turned_away += 1
        self._warn_once("rows", words)

    def _work(self) -> None:
        """Until closed: queue to batches, batches to the server, or else to disk."""
        while True:
            is_closing = self._is_closed
            is_woken = self._wake.wait(_TICK)
            self._wake.clear()
            while self._flushes:
                self._active.append(self._flushes.popleft())
            with self._state:
                if self._is_finished:
                    return
                self._gather_all()
                self._register_keys()
            self._deliver(at_once=is_woken or is_closing)
            with self._state:
                self._store()
                self._settle_all()
                if is_closing and not self._batches and not self._rows and not self._labels:
                    self._is_finished = True
                    return

    def _gather_all(self) -> None:
        while self._rows or self._labels:
            self._gather("predictions", self._rows)
            self._gather("labels", self._labels)
            if self._spool is None and sum(batch.rows for batch in self._batches) > self._max_rows:
                self._store()

    def _gather(self, kind: str, queue: deque[Any]) -> None:
        """Make a batch of the oldest rows of a queue."""
        rows = [queue.popleft() for _ in range(min(_BATCH_ROWS, len(queue)))]
        self._gathered += len(rows)
        if rows:
            self._encode(kind, rows)

    def _encode(self, kind: str, rows: list[Any]) -> None:
        """Encode rows as one batch; as two where it is too large or fails, so that one bad row is lost alone."""
        function = encode.encode_predictions if kind == "predictions" else encode.encode_labels
        try:
            body = function(rows, self._names, self.version, self._report)
        except Exception:  # noqa: BLE001 - whatever a service logs, logging goes on
            if len(rows) == 1:
                self._lost += 1
                self._fail_flushes()
                self._warn_once("row", "cannot be encoded; it is dropped", exc_info=True)
                return
        else:
            if len(body) <= encode.MAX_BODY or len(rows) == 1:
                self._batches.append(Batch(kind, uuid.uuid4().hex, len(rows), body))
                return
        self._encode(kind, rows[: len(rows) // 2])
        self._encode(kind, rows[len(rows) // 2 :])

    def _may_send(self, now: float, *, at_once: bool) -> bool:
        """Whether it is time for an attempt; one that is wanted at once keeps a distance to the last one."""
        return now >= (max(self._last + _MIN_WAIT, self._not_before) if at_once and self._trouble else self._next)

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
                self._sent += result
                self._refused += batch.rows - result
                self._settle(batch.key, failed=result < batch.rows)
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
                    self._warn_once("spool", "a batch on disk is damaged")
            self._warn_once("rows", f"the server refused {part.rows} rows for good ({result.reason})", logging.ERROR)
        return accepted

    def _may_still_appear(self) -> bool:
        """Whether to wait for a model that the server does not know: a service may start before its pack is there."""
        self._unknown_since = self._unknown_since or time.monotonic()
        return time.monotonic() < self._unknown_since + _UNKNOWN_MODEL_GRACE

    def _postpone(self, result: SendResult) -> None:
        now = time.monotonic()
        self._not_before = now + result.wait
        self._next = now + max(result.wait, self._backoff.next_wait())
        words = f"the server at {self._transport.server} does not take rows of {self.model!r} ({result.reason})"
        if not self._trouble:
            later = "they are kept and sent later"
            if result.status is Status.UNKNOWN_MODEL:
                later = (
                    f"they are kept for {_UNKNOWN_MODEL_GRACE / 60:.0f} minutes, then dropped; start driftline serve "
                    "with its pack, or correct the name"
                )
            _log.error("driftline: %s; %s", words, later)
        self._trouble = words

    def _note_success(self, result: SendResult) -> None:
        self._backoff.reset()
        self._next = self._not_before = 0.0
        if result.status is not Status.UNKNOWN_MODEL:
            self._unknown_since = 0.0
            if self._trouble:
                _log.warning("driftline: the server at %s takes rows of %r again", self._transport.server, self.model)
        self._trouble = result.reason if result.status is Status.UNKNOWN_MODEL else ""

    def _note_answer(self, result: SendResult, rows: int) -> None:
        """Count and log what the server says of rows that it took."""
        for reason, count in result.counts.items():
            self._set_aside[reason] = self._set_aside.get(reason, 0) + count
            words = _COUNTS.get(reason, reason.replace("_", " "))
            self._warn_once(reason, f"the server counts {count} of {rows} rows in no window: they {words}")
        for topic, words in result.notes.items():
            self._warn_once(topic, f"the server says {topic.replace('_', ' ')}: {words[:1000]}")

    def _read_oldest(self) -> tuple[Path, Batch] | None:
        if self._spool is None or not self._spool.size:
            return None
        try:
            return self._spool.oldest()
        except OSError as error:
            self._warn_once("spool", f"cannot be read ({error})")
            return None

    def _store(self) -> None:
        """Put batches on disk; what finds no room there waits in memory, and the oldest go beyond the queue's bound."""
        while self._spool and self._batches:
            try:
                if dropped := self._spool.append(self._batches[0]):
                    self._lost += dropped
                    self._fail_flushes()
                    self._warn_once("spool", "full; the oldest rows are dropped")
            except OSError as error:
                self._warn_once("spool", f"cannot be written ({error}); rows wait in memory")
                break
            self._batches.popleft()
        while sum(batch.rows for batch in self._batches) > self._max_rows:
            batch = self._batches.popleft()
            self._lost += batch.rows
            self._fail_flushes()
            self._warn_once("rows", "the server is away and the queue is full; the oldest rows are dropped")

    def _register_keys(self) -> None:
        """Name the batches that a new flush waits for: all that exist now."""
        for request in self._active:
            if request.keys is None:
                request.keys = {batch.key for batch in self._batches} | (self._spool.keys() if self._spool else set())

    def _settle(self, key: str, *, failed: bool) -> None:
        for request in self._active:
            if request.keys is not None and key in request.keys:
                request.keys.discard(key)
                request.failed |= failed

    def _fail_flushes(self) -> None:
        for request in self._active:
            request.failed = True

    def _settle_all(self) -> None:
        """End the flushes whose batches are all settled, here or by another process."""
        if not self._active:
            return
        present = {batch.key for batch in self._batches} | (self._spool.keys() if self._spool else set())
        for request in list(self._active):
            if request.keys is not None and not request.keys & present:
                self._active.remove(request)
                request.done.set()

    def _report(self, name: str, words: str) -> None:
        self._warn_once(f"column {name!r}", words)

    def _warn_once(self, topic: str, words: str, level: int = logging.WARNING, *, exc_info: bool = False) -> None:
        """Log a trouble once."""
        if (topic, words[:20]) not in self._logged_words and len(self._logged_words) < 1000:
            self._logged_words.add((topic, words[:20]))
            _log.log(level, "driftline: %s: %s", topic, words, exc_info=exc_info)


def __getattr__(name: str) -> Any:
    if name in {"Names", "Stats"}:
        new = {"Names": "ColumnNames", "Stats": "LoggerStats"}[name]
        raise AttributeError(f"driftline.client.logger.{name} is called {new} now")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@atexit.register
def _close_all() -> None:
    """Close all loggers side by side, within one deadline."""
    loggers = list(_open)
    for logger in loggers:
        logger._begin_close(_CLOSE)  # noqa: SLF001 - of this module
    for logger in loggers:
        logger._finish_close()  # noqa: SLF001 - of this module


def _restart_all() -> None:
    for logger in list(_open):
        logger.restart_after_fork()


os.register_at_fork(after_in_child=_restart_all)


def _close_at_process_end(logger: Logger) -> None:
    """Close the logger at the end of a process of multiprocessing too, which skips `atexit`."""
    from multiprocessing import util  # noqa: PLC0415 - only where a logger is made

    util.register_after_fork(logger, _finalize)
    if "multiprocessing.process" in sys.modules and sys.modules["multiprocessing.process"].parent_process() is not None:
        _finalize(logger)


def _finalize(_logger: Logger) -> None:
    from multiprocessing import util  # noqa: PLC0415 - loaded already

    util.Finalize(None, _close_all, exitpriority=10)


def _close_at_sigterm() -> None:
    """Where SIGTERM would end the process at once, close the loggers first; another handler is left alone."""
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminate)


def _terminate(number: int, _frame: object) -> None:
    _close_all()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _open_spool(folder: str | Path | None, server: str, model: str, max_bytes: int) -> Spool | None:
    """The folder of this server and model, in the one named or in the user's folder for state."""
    if folder is None:
        return None
    readable = re.sub(r"[^A-Za-z0-9.-]", "_", f"{server}_{model}")[:100]
    digest = hashlib.sha256(f"{server} {model}".encode()).hexdigest()
    name = f"{readable}-{digest[:16]}"
    try:
        parent = Path(folder) if folder else _state_folder() / "driftline" / "spool"
        return Spool(parent / name, max_bytes)
    except (OSError, RuntimeError) as error:  # no home is a RuntimeError
        _log.warning("driftline: no batches are kept on disk (%s); name a folder with Logger(spool=...)", error)
        return None


def _state_folder() -> Path:
    named = os.environ.get("XDG_STATE_HOME", "")
    return Path(named) if named.startswith("/") else Path.home() / ".local" / "state"
