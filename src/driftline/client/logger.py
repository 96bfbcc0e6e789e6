"""The logger in the serving process: predictions and labels to the server, at a microsecond a call."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from driftline.client.encode import ColumnNames
from driftline.client.once_log import OnceLog
from driftline.client.process import ProcessReport
from driftline.client.process_end import CLOSE_SECONDS, close_at_process_end, forget
from driftline.client.sender import Sender
from driftline.client.spool import open_spool
from driftline.client.transport import Transport


@dataclass(frozen=True, slots=True)
class LoggerStats:
    """Rows so far: `logged` is all that the service handed over; each is queued, on disk, sent, refused or dropped.

    `dropped` had no room in memory or on disk, or could not be encoded; `refused` the server does not take, whatever is
    tried. `set_aside` are rows that the server took and does not count, by reason, such as `no_timestamp`.
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
        process: send memory, uptime and throughput of this process beside its rows, as the columns `service_memory`,
            `service_uptime` and `service_throughput`; needs `driftline[service]`.

    Raises:
        ConfigError: when the URL cannot be one.
        MissingExtraError: when numbers of the process are asked for, and psutil is not there.

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
        process: bool = False,
    ) -> None:
        self._reports_process = process
        self.model, self.version, self._names = model, version, names or ColumnNames()
        self._transport = Transport(url, model, token, timeout)
        self._max_rows = self._capacity = queue
        self._once = OnceLog()
        self._spool = open_spool(spool, self._transport.server, model, spool_bytes)
        self._start()
        close_at_process_end(self)

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
        sender = self._sender
        if self._is_closed:
            return not sender.pending_rows() and not sender.spooled_bytes()
        flush = sender.flushes.request()
        sender.wake()
        return flush.wait(timeout)

    def close(self, timeout: float = CLOSE_SECONDS) -> None:
        """Send what is queued, keep on disk what cannot be sent in so many seconds, and stop."""
        self.begin_close(timeout)
        self.finish_close()

    def stats(self) -> LoggerStats:
        """Numbers of rows, for a page of metrics."""
        sender = self._sender
        return LoggerStats(
            logged=sender.gathered + len(sender.rows) + len(sender.labels) + self._turned_away,
            queued=sender.pending_rows(),
            sent=sender.sent,
            refused=sender.refused,
            dropped=self._turned_away + sender.lost,
            spooled_bytes=sender.spooled_bytes(),
            set_aside=dict(sender.set_aside),
            trouble=sender.trouble,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def begin_close(self, timeout: float) -> None:
        """Take no more rows and start to close; `finish_close` waits for it."""
        if not self._is_closed:
            self._capacity = -1
            self._sender.begin_close(timeout)

    def finish_close(self) -> None:
        """Wait until what was queued is sent or kept, at most until the deadline of `begin_close`."""
        self._sender.finish_close()
        forget(self)

    def restart_after_fork(self) -> None:
        """Start with an empty queue in a child process: what the parent has queued is the parent's."""
        if not self._is_closed:
            self._transport.abandon_connection()
            self._start()

    @property
    def _is_closed(self) -> bool:
        return self._capacity < 0

    def _start(self) -> None:
        self._turned_away, self._drops = 0, threading.Lock()
        process = ProcessReport() if self._reports_process else None
        self._sender = Sender(
            self._transport, self._spool, self._names, self.version, self._max_rows, self._once, process=process
        )
        self._rows, self._labels = self._sender.rows, self._sender.labels

    def _drop(self, words: str) -> None:
        with self._drops:
            self._turned_away += 1
        self._once.warn("rows", words)


def __getattr__(name: str) -> Any:
    if name in {"Names", "Stats"}:
        new = {"Names": "ColumnNames", "Stats": "LoggerStats"}[name]
        raise AttributeError(f"driftline.client.logger.{name} is called {new} now")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
