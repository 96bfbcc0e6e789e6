"""Threads beside the server: model workers, feeds and upkeep, each started again after a failure."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Event, Thread
from time import monotonic, time
from typing import Self

from driftline.backoff import Backoff
from driftline.errors import DriftlineError

Work = Callable[[Event], None]
"""Works until the event is set, then returns. If it raises anything, that is logged, and it is called again."""

_LONGEST_WAIT = 60.0
_JOIN = 30.0
_WELL = 10  # first pauses without a failure, after which a worker counts as well
_log = logging.getLogger(__name__)


@dataclass
class WorkerStatus:
    """How a worker does: failures and bugs among them since the process began; since when it stands still, and why.

    `stopped` is seconds since 1970, of the first failure after it last counted as well; None while it is well.
    """

    name: str
    failures: int = 0
    bugs: int = 0
    stopped: float | None = None
    trouble: str = ""


class Workers:
    """Named threads. One that fails starts again after a pause, be it a `DriftlineError` or a bug.

    The pause doubles with each failure in a row. Once a worker has run for ten times the first pause it counts as
    well again, and its next pause is the first one.

    Args:
        works: what each thread does, by name.
        first_wait: seconds until a worker starts again after its first failure.
    """

    def __init__(self, works: Mapping[str, Work] | None = None, first_wait: float = 1.0) -> None:
        self._stop, self._first_wait = Event(), first_wait
        self._statuses = {name: WorkerStatus(name) for name in works or {}}
        self._threads = [
            Thread(target=self._run, args=(self._statuses[name], work), name=f"driftline-{name}", daemon=True)
            for name, work in (works or {}).items()
        ]

    def statuses(self) -> list[WorkerStatus]:
        """How each worker does."""
        return list(self._statuses.values())

    def troubles(self) -> list[str]:
        """What is wrong with workers just now, a sentence each."""
        return [f"{status.name}: {status.trouble}" for status in self.statuses() if status.trouble]

    def dead(self) -> list[str]:
        """Names of workers whose thread has ended although nobody stopped it: only a restart of the process helps."""
        if self._stop.is_set():
            return []
        pairs = zip(self._statuses, self._threads, strict=True)
        return [name for name, thread in pairs if thread.ident is not None and not thread.is_alive()]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(_JOIN)

    def _run(self, status: WorkerStatus, work: Work) -> None:
        backoff = Backoff(self._first_wait, _LONGEST_WAIT)
        while not self._stop.is_set():
            status.trouble, started = "", monotonic()
            try:
                work(self._stop)
            except DriftlineError as error:
                trouble = str(error)
                _log.warning("%s: %s", status.name, error)
            except BaseException as error:  # noqa: BLE001 - panics of Polars are none of `Exception`; none ends judging
                trouble = f"a bug ({type(error).__name__}); see the log"
                status.bugs += 1
                _log.exception("%s: a bug", status.name)
            else:
                return
            if monotonic() - started >= _WELL * self._first_wait:
                backoff.reset()
                status.stopped = None
            wait = backoff.next_wait()
            status.failures += 1
            status.stopped, status.trouble = status.stopped or time(), trouble
            _log.warning("%s: starting again in %.0f s", status.name, wait)
            self._stop.wait(wait)
