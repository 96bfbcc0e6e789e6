"""Threads beside the server: what follows the log, and what feeds it."""

import logging
from collections.abc import Callable, Mapping
from threading import Event, Thread
from typing import Self

from driftline.errors import DriftlineError

Work = Callable[[Event], None]
"""Works until the event is set, then returns. A `DriftlineError` that it raises is logged, and it begins again."""

_LONGEST = 60.0
_log = logging.getLogger(__name__)


class Workers:
    """Named threads, each begun again a while after it failed; a defect ends it, and is told by `troubles`."""

    def __init__(self, works: Mapping[str, Work] | None = None, delay: float = 1.0) -> None:
        self._stop, self._delay = Event(), delay
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
            thread.join(30.0)

    def _run(self, name: str, work: Work) -> None:
        delay = self._delay
        while not self._stop.is_set():
            self._troubles.pop(name, None)
            try:
                work(self._stop)
            except DriftlineError as error:
                self._troubles[name] = str(error)
                _log.warning("%s: %s; again in %.0f s", name, error, delay)
                self._stop.wait(delay)
                delay = min(2 * delay, _LONGEST)
            except BaseException as error:
                self._troubles[name] = f"ended by a defect ({type(error).__name__}); see the log, and start again"
                _log.exception("%s: ended by a defect", name)
                raise
            else:
                return
