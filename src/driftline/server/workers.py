"""Threads beside the server: model workers, feeds and upkeep, each started again after a failure."""

import logging
from collections.abc import Callable, Mapping
from threading import Event, Thread
from time import monotonic
from typing import Self

from driftline.backoff import Backoff
from driftline.errors import DriftlineError

Work = Callable[[Event], None]
"""Works until the event is set, then returns. A `DriftlineError` that it raises is logged, and it is called again."""

_LONGEST_WAIT = 60.0
_JOIN = 30.0
_WELL = 10  # first pauses without a failure, after which a worker counts as well
_log = logging.getLogger(__name__)


class Workers:
    """Named threads. One that fails with a `DriftlineError` starts again after a pause; a bug ends it.

    The pause doubles with each failure in a row. Once a worker has run for ten times the first pause it counts as
    well again, and its next pause is the first one.

    Args:
        works: what each thread does, by name.
        first_wait: seconds until a worker starts again after its first failure.
    """

    def __init__(self, works: Mapping[str, Work] | None = None, first_wait: float = 1.0) -> None:
        self._stop, self._first_wait = Event(), first_wait
        self._troubles: dict[str, str] = {}
        self._threads = [
            Thread(target=self._run, args=(name, work), name=f"driftline-{name}", daemon=True)
            for name, work in (works or {}).items()
        ]

    def troubles(self) -> list[str]:
        """What is wrong with workers just now, a sentence each."""
        return [f"{name}: {trouble}" for name, trouble in list(self._troubles.items())]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(_JOIN)

    def _run(self, name: str, work: Work) -> None:
        backoff = Backoff(self._first_wait, _LONGEST_WAIT)
        while not self._stop.is_set():
            self._troubles.pop(name, None)
            started = monotonic()
            try:
                work(self._stop)
            except DriftlineError as error:
                if monotonic() - started >= _WELL * self._first_wait:
                    backoff.reset()
                wait = backoff.next_wait()
                self._troubles[name] = str(error)
                _log.warning("%s: %s; starting again in %.0f s", name, error, wait)
                self._stop.wait(wait)
            except BaseException as error:
                self._troubles[name] = f"ended by a bug ({type(error).__name__}); see the log, and restart the server"
                _log.exception("%s: ended by a bug", name)
                raise
            else:
                return
