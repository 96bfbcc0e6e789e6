"""Closes the loggers of a process at exit, at SIGTERM and in children of multiprocessing; a fork starts them anew."""

import atexit
import os
import signal
import sys
import threading
from typing import Protocol

CLOSE_SECONDS = 5.0


class Closable(Protocol):
    """What is closed at the end of a process, and begins anew in a forked child."""

    def begin_close(self, timeout: float) -> None:
        """Start to close; it has so many seconds."""

    def finish_close(self) -> None:
        """Wait until it is closed."""

    def restart_after_fork(self) -> None:
        """Begin anew in a child process."""


_open: set[Closable] = set()


def close_at_process_end(logger: Closable) -> None:
    """Close the logger when the process ends, however it ends but for SIGKILL, unless it is forgotten before.

    A process of multiprocessing skips `atexit`, so its own list of finalizers is used. Where SIGTERM would end the
    process at once, the loggers are closed first; another handler is left alone.
    """
    from multiprocessing import util  # noqa: PLC0415 - only where a logger is made

    _open.add(logger)
    util.register_after_fork(logger, _finalize)
    if "multiprocessing.process" in sys.modules and sys.modules["multiprocessing.process"].parent_process() is not None:
        _finalize(logger)
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminate)


def forget(logger: Closable) -> None:
    """The logger is closed."""
    _open.discard(logger)


@atexit.register
def _close_all() -> None:
    """Close all loggers side by side, within one deadline."""
    loggers = list(_open)
    for logger in loggers:
        logger.begin_close(CLOSE_SECONDS)
    for logger in loggers:
        logger.finish_close()


def _restart_all() -> None:
    for logger in list(_open):
        logger.restart_after_fork()


os.register_at_fork(after_in_child=_restart_all)


def _finalize(_logger: Closable) -> None:
    from multiprocessing import util  # noqa: PLC0415 - loaded already

    util.Finalize(None, _close_all, exitpriority=10)


def _terminate(number: int, _frame: object) -> None:
    _close_all()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
