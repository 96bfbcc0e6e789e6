"""Appends that are made at the same time become durable together: one flush of the disk for many batches."""

import logging
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from threading import Condition, Thread
from time import monotonic
from typing import Self

from driftline.errors import BusyError, DriftlineError, StoreError
from driftline.server.logs.base import Entry, EventLog

_RECENT = 10.0
_GROUP = 8 << 20  # bytes of one transaction, so that none keeps the others waiting for long
_log = logging.getLogger(__name__)
_Waiting = tuple[Sequence[Entry], int, "Future[list[bool]]"]


class GroupCommit:
    """Appends to a log by one thread, all that has gathered at a time.

    What waits is bounded by `most_bytes`: beyond it an append is refused at once, for the sender to come again later.
    A failure is that of each append of its group; the next group is tried afresh.
    """

    def __init__(self, log: EventLog, most_bytes: int = 64 << 20) -> None:
        self.log, self.most_bytes, self.waiting = log, most_bytes, 0
        self._queue: deque[_Waiting] = deque()
        self._changed, self._closed = Condition(), False
        self._failed = (float("-inf"), "")
        self._thread = Thread(target=self._work, name="driftline-log", daemon=True)
        self._thread.start()

    def submit(self, entries: Sequence[Entry]) -> "Future[list[bool]]":
        """Append soon; the future says of each entry whether it is new, once all are durable, or raises a `StoreError`.

        Raises:
            BusyError: when too much is waiting.
        """
        size = sum(len(entry.data) for entry in entries)
        future: Future[list[bool]] = Future()
        with self._changed:
            if self._closed:
                raise BusyError("the server is stopping; send it again to the next one")
            if self.waiting and self.waiting + size > self.most_bytes:
                raise BusyError("more comes in than the disk takes; send it again later")
            self.waiting += size
            self._queue.append((entries, size, future))
            self._changed.notify()
        return future

    def append(self, entries: Sequence[Entry]) -> list[bool]:
        """Append, and wait until it is durable; says of each entry whether it is new."""
        return self.submit(entries).result()

    @property
    def trouble(self) -> str:
        """What an append of the last ten seconds died of, if one did."""
        when, said = self._failed
        return said if monotonic() - when < _RECENT else ""

    @property
    def is_alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive() or self._closed

    def close(self) -> None:
        """Finish what was submitted, then stop. The log stays open."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _work(self) -> None:
        while group := self._gathered():
            entries = [entry for each, _, _ in group for entry in each]
            try:
                new = self.log.append(entries)
            except DriftlineError as error:
                self._fail(group, error)
                continue
            except Exception as error:  # noqa: BLE001 - a bug in a log, which may be anyone's, must not end the thread
                _log.exception("the log: a bug")
                self._fail(group, StoreError(f"the log failed by a bug ({type(error).__name__}); see the server's log"))
                continue
            start = 0
            for each, _, future in group:
                future.set_result(new[start : start + len(each)])
                start += len(each)

    def _fail(self, group: "list[_Waiting]", error: DriftlineError) -> None:
        self._failed = (monotonic(), str(error))
        for _, _, future in group:
            future.set_exception(error)

    def _gathered(self) -> "list[_Waiting]":
        """What waits, up to the size of a group; nothing once closed and all is done.

        An append that was given up before (its request was cancelled) is left out; from here on none can be.
        """
        with self._changed:
            group: list[_Waiting] = []
            while not group:
                while not self._queue and not self._closed:
                    self._changed.wait()
                if not self._queue:
                    break
                total = 0
                while self._queue and (not total or total + self._queue[0][1] <= _GROUP):
                    waiting = self._queue.popleft()
                    total += waiting[1]
                    if waiting[2].set_running_or_notify_cancel():
                        group.append(waiting)
                self.waiting -= total
            return group
