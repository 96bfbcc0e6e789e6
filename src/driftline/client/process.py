"""Numbers of the process itself: time, memory, files and threads, for instruments and beside logged rows."""

import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

from driftline.errors import MissingExtraError

_EVERY = 5.0
_LONGEST = 3600.0
"""Seconds of uptime from which on all are alike: a service that runs through looks the same on each day."""


@dataclass(frozen=True, slots=True)
class ProcessStats:
    """Of one process: seconds since it began and of processor time, resident memory in bytes, open files, threads."""

    uptime: float
    cpu: float
    memory: int
    files: int
    threads: int


def process_stats() -> ProcessStats:
    """Numbers of this process, now.

    Raises:
        MissingExtraError: when psutil is not there.

    >>> stats = process_stats()
    >>> stats.memory > 1_000_000, stats.threads >= 1
    (True, True)
    """
    try:
        import psutil  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtraError("numbers of the process", "service") from error
    process = psutil.Process(os.getpid())
    with process.oneshot():
        times = process.cpu_times()
        files = process.num_fds() if hasattr(process, "num_fds") else process.num_handles()
        return ProcessStats(
            time.time() - process.create_time(), times.user + times.system, process.memory_info().rss, files,
            threading.active_count(),
        )  # fmt: skip


@dataclass
class ProcessReport:
    """The columns that a logger adds to its rows, measured every five seconds at most.

    `service_memory` is resident memory in bytes, `service_uptime` seconds since the process began, 3,600 at most, and
    `service_throughput` the rows a second that this process logged lately; it is missing in the first five seconds.

    Raises:
        MissingExtraError: when psutil is not there.

    >>> report = ProcessReport()
    >>> sorted(report.measure(rows=0))
    ['service_memory', 'service_throughput', 'service_uptime']
    """

    _rows: int = 0
    _at: float = field(default_factory=time.monotonic)
    _known: dict[str, float | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._known = _measure(None)

    def measure(self, rows: int) -> dict[str, float | None]:
        """The columns now, of a process that has logged so many rows."""
        import psutil  # noqa: PLC0415 - an extra

        now = time.monotonic()
        if now - self._at >= _EVERY:
            rate, self._rows, self._at = (rows - self._rows) / (now - self._at), rows, now
            with suppress(OSError, psutil.Error):  # a service is not disturbed: the numbers of before stand
                self._known = _measure(rate)
        return self._known


def _measure(throughput: float | None) -> dict[str, float | None]:
    stats = process_stats()
    return {
        "service_memory": float(stats.memory),
        "service_uptime": min(stats.uptime, _LONGEST),
        "service_throughput": throughput,
    }
