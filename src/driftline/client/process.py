"""Numbers of the process itself: time, memory, files and threads."""

import os
import threading
import time
from dataclasses import dataclass

from driftline.errors import MissingExtraError


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
