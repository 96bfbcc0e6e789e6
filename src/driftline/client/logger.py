"""The client in the serving process: predictions and labels on their way to the server, at a microsecond a call."""

import atexit
import logging
import os
import random
import signal
import tempfile
import threading
import time
import uuid
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from driftline.client import encode
from driftline.client.spool import Batch, Spool
from driftline.client.transport import Sender

_BATCH = 1000
_TICK = 0.1
_LONGEST = 30.0
_log = logging.getLogger(__name__)
_open: "weakref.WeakSet[Logger]" = weakref.WeakSet()
_Row = tuple[Mapping[str, Any], Any, Any, Any, Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Stats:
    """Rows so far: `logged` is all that was handed over; each is queued, on disk, sent, refused or dropped.

    `dropped` had no room, in memory or on disk; `refused` the server does not take, whatever is tried.
    """

    logged: int
    queued: int
    sent: int
    refused: int
    dropped: int
    spooled_bytes: int


@dataclass(frozen=True, slots=True)
class Names:
    """What the model's columns are called."""

    id: str = "id"
    timestamp: str = "timestamp"
    prediction: str = "prediction"
    score: str = "score"
    target: str = "target"


class Logger:
    """Logs predictions, and their truth once it is known. It never blocks, and never raises into the service.

    A call puts a row into a queue; a thread of its own makes batches of them and posts them to `driftline serve`. While
    the server is away batches are kept on disk, up to a bound, and are sent in order when it is back, also by the next
    process. What has no room is dropped and counted. At exit, and at SIGTERM where the process has no handler of its
    own, what is queued is sent or kept. After a fork the child has a queue of its own.

    Args:
        url: where the server listens.
        model: the model's name there.
        version: of the model; it is kept with each row.
        token: for servers that ask for one.
        names: what the columns are called, where not `id`, `timestamp`, `prediction`, `score` and `target`.
        queue: rows that may wait in memory.
        spool: folder for batches that cannot be sent now; by default one of this user's for temporary files. None: no
            disk is used.
        spool_bytes: most bytes of that folder.
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
        names: Names | None = None,
        queue: int = 100_000,
        spool: str | Path | None = "",
        spool_bytes: int = 256 << 20,
        timeout: float = 5.0,
    ) -> None:
        self.model, self.version, self._names = model, version, names or Names()
        self._sender = Sender(url, model, token, timeout)
        self._most, self._timeout = queue, timeout
        self._spool = _spool(spool, model, spool_bytes)
        self._told: set[tuple[str, str]] = set()
        self._closed = False
        self._begin()
        _open.add(self)
        _on_sigterm()

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
            features: what the model was given, by column.
            prediction: what it said; None where it failed.
            score: the probability of the positive class, or the rank.
            id: names the row, so that its truth finds it.
            timestamp: when it was: a datetime, or seconds since 1970; now by default.
            latency: seconds that it took.
            error: class of the error, where it failed.
        """
        rows = self._rows
        if len(rows) >= self._most:
            self._turned += 1
            return
        rows.append((features.copy() if type(features) is dict else dict(features), prediction, score, id,
                     time.time() if timestamp is None else timestamp, latency, error))  # fmt: skip

    def label(self, id: Any, target: Any, timestamp: Any = None) -> None:  # noqa: A002 - the name of the column
        """Log the truth of a row; a later one corrects it."""
        if len(self._labels) >= self._most:
            self._turned += 1
            return
        self._labels.append((id, target, time.time() if timestamp is None else timestamp))

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until all is sent, at most so long; False where some of it is still here, or on disk."""
        return self._wait(timeout, lambda: not self._left() and not (self._spool and self._spool.size))

    def close(self, timeout: float = 5.0) -> None:
        """Send what is queued, keep on disk what cannot be sent in so many seconds, and stop."""
        if self._closed:
            return
        self._wait(timeout, lambda: not self._left())
        self._closed = True
        self._hurry.set()
        self._thread.join(self._timeout + 1.0)
        self._sender.close()

    def stats(self) -> Stats:
        """Numbers of rows, for a page of metrics."""
        logged = self._taken + len(self._rows) + len(self._labels) + self._turned
        spooled = self._spool.size if self._spool else 0
        return Stats(logged, self._left(), self._sent, self._refused, self._turned + self._lost, spooled)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self) -> None:
        self._rows: deque[_Row] = deque()
        self._labels: deque[tuple[Any, Any, Any]] = deque()
        self._waiting: deque[Batch] = deque()
        self._taken = self._turned = self._sent = self._refused = self._lost = 0
        self._hurry, self._moved = threading.Event(), threading.Condition()
        self._pause, self._next = 0.0, 0.0
        self._thread = threading.Thread(target=self._work, name=f"driftline-logger {self.model}", daemon=True)
        self._thread.start()

    def begin_again(self) -> None:
        """Begin with nothing queued, as a child after a fork does: what the parent has queued is the parent's."""
        if not self._closed:
            self._sender.forget()
            self._begin()

    def _left(self) -> int:
        return len(self._rows) + len(self._labels) + sum(batch.rows for batch in list(self._waiting))

    def _wait(self, timeout: float, done: Callable[[], bool]) -> bool:
        end = time.monotonic() + timeout
        with self._moved:
            while not (found := done()) and (left := end - time.monotonic()) > 0:
                self._hurry.set()
                self._moved.wait(min(_TICK, left))
        return found

    def _work(self) -> None:
        """Until closed: queue to batches, batches to the server, or else to disk."""
        while True:
            closed = self._closed
            hurry = self._hurry.wait(_TICK)
            self._hurry.clear()
            while self._rows or self._labels:
                self._gather()
                self._deliver(hurry=False)
            self._deliver(hurry=hurry)
            with self._moved:
                self._moved.notify_all()
            if closed:
                self._lost += sum(batch.rows for batch in self._waiting)  # there is no disk
                return self._waiting.clear()

    def _gather(self) -> None:
        """Make a batch of the oldest rows, and one of the oldest labels."""
        rows, labels = self._rows, self._labels
        for kind, queue in (("predictions", rows), ("labels", labels)):
            taken = [queue.popleft() for _ in range(min(_BATCH, len(queue)))]
            if taken:
                self._taken += len(taken)
                try:
                    made = encode.predictions if kind == "predictions" else encode.labels
                    body = made(taken, self._names, self.version, self._odd)
                except Exception:  # noqa: BLE001 - whatever a service hands over, logging goes on
                    self._lost += len(taken)
                    self._say("batch", "cannot be encoded", exc_info=True)
                else:
                    self._waiting.append(Batch(kind, uuid.uuid4().hex, len(taken), body))

    def _deliver(self, *, hurry: bool) -> None:
        """Send the oldest first, as long as the server takes it; in a `hurry` without waiting for the next attempt."""
        while hurry or time.monotonic() >= self._next:
            hurry = False
            stored = self._spool.oldest() if self._spool and self._spool.size else None
            batch = stored[1] if stored else next(iter(self._waiting), None)
            if batch is None:
                return
            outcome = self._sender.send(batch)
            if outcome.wait is not None:
                self._pause = min(_LONGEST, 2 * self._pause or 0.5)
                self._next = time.monotonic() + max(outcome.wait, self._pause * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
                self._say("server", f"does not take batches ({outcome.reason}); they are kept and sent later")
                break
            self._pause, self._next = 0.0, 0.0
            self._told.discard(("server", ""))
            if outcome.sent:
                self._sent += batch.rows
            else:
                self._refused += batch.rows
                self._say("batch", f"refused by the server ({outcome.reason})")
            if stored and self._spool:
                self._spool.done(stored[0])
            else:
                self._waiting.popleft()
        self._keep()

    def _keep(self) -> None:
        """Put what waits on disk; without a disk, drop the oldest beyond the queue's bound."""
        while self._waiting and (self._spool or sum(batch.rows for batch in self._waiting) > self._most):
            batch = self._waiting.popleft()
            if self._spool is None:
                self._lost += batch.rows
                continue
            try:
                self._lost += self._spool.put(batch)
            except OSError as error:
                self._lost += batch.rows
                self._say("spool", f"cannot be written ({error})")

    def _odd(self, column: str, what: str) -> None:
        self._say(f"column {column!r}", what)

    def _say(self, what: str, said: str, *, exc_info: bool = False) -> None:
        """Log a trouble once."""
        if (what, said[:20]) not in self._told and len(self._told) < 1000:
            self._told.add((what, said[:20]))
            _log.warning("driftline: %s: %s", what, said, exc_info=exc_info)


@atexit.register
def _close_all() -> None:
    for logger in list(_open):
        logger.close()


def _forked() -> None:
    for logger in list(_open):
        logger.begin_again()


os.register_at_fork(after_in_child=_forked)


def _on_sigterm() -> None:
    """Where SIGTERM would end the process at once, it closes the loggers first; another's handler is left alone."""
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminated)


def _terminated(number: int, _frame: object) -> None:
    _close_all()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _spool(folder: str | Path | None, model: str, most: int) -> Spool | None:
    if folder is None:
        return None
    own = Path(tempfile.gettempdir()) / f"driftline-{os.getuid()}"
    try:
        return Spool(Path(folder) if folder else own / quote(model, safe=""), most)
    except OSError as error:
        _log.warning("driftline: no batches are kept on disk: %s", error)
        return None
