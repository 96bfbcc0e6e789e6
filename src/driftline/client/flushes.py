"""Who waits for which batches: `Logger.flush` ends when all of its batches are on the server."""

import threading
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field


@dataclass(eq=False)
class Flush:
    """Someone waits until the batches of these keys are on the server; `keys` is None until the worker fills it in."""

    keys: set[str] | None = None
    failed: bool = False
    done: threading.Event = field(default_factory=threading.Event)

    def wait(self, timeout: float) -> bool:
        """Whether all of it was acknowledged within so many seconds."""
        return self.done.wait(timeout) and not self.failed


class Flushes:
    """The flushes that wait. Any thread asks; the worker's thread does the rest."""

    def __init__(self) -> None:
        self._asked: deque[Flush] = deque()
        self._active: list[Flush] = []

    def request(self) -> Flush:
        """A new flush; it waits for the batches that exist when the worker next looks."""
        self._asked.append(flush := Flush())
        return flush

    def accept_requests(self) -> None:
        """Take in what was asked for, before the queues are emptied."""
        while self._asked:
            self._active.append(self._asked.popleft())

    def register(self, keys: Collection[str]) -> None:
        """Name the batches that new flushes wait for: all that exist now."""
        for flush in self._active:
            if flush.keys is None:
                flush.keys = set(keys)

    def settle(self, key: str, *, failed: bool) -> None:
        """A batch was acknowledged, or refused."""
        for flush in self._active:
            if flush.keys is not None and key in flush.keys:
                flush.keys.discard(key)
                flush.failed |= failed

    def fail(self) -> None:
        """Rows were dropped, so no flush that waits can succeed."""
        for flush in self._active:
            flush.failed = True

    def end(self, present: Collection[str]) -> None:
        """End the flushes none of whose batches is present any more, be it settled here or by another process."""
        for flush in list(self._active):
            if flush.keys is not None and flush.keys.isdisjoint(present):
                self._active.remove(flush)
                flush.done.set()

    def __bool__(self) -> bool:
        return bool(self._active)
