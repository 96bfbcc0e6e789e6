"""Tells incidents: one worker thread a sink, so that a dead sink holds up neither judging nor another sink."""

import logging
import random
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Self

from driftline.alerts.incidents import Incident, Notification
from driftline.alerts.outbox import Outbox, QueuedNotification
from driftline.alerts.quiet_hours import QuietHours
from driftline.alerts.sinks.base import Sink, open_sink
from driftline.errors import RefusedError, SinkError, StoreError
from driftline.types import Level

TRIES = 30
LONGEST = 600.0
_log = logging.getLogger("driftline.alerts.delivery")


class Delivery:
    """Keeps what is to be told in an outbox, and tells it.

    A notice of an incident's state goes to each sink once. What fails is tried again after 1, 2, 4 … seconds, at most
    ten minutes, each between half and all of that at random; after 30 tries, or when the receiver refuses it, it is
    given up and logged. In quiet hours it is held back, but for incidents of the level `wake`.

    Args:
        urls: of the sinks; see `open_sink`.
        path: of the outbox, an SQLite file.
        quiet: hours such as `22:00-07:00 Europe/Berlin`.
        wake: incidents of this level are told in quiet hours too; None: none is.
        pause: seconds before the second try.

    Raises:
        ConfigError: when a URL or the quiet hours cannot be used.
        StoreError: when the outbox cannot be opened.
    """

    def __init__(
        self,
        urls: Sequence[str],
        path: str | Path,
        *,
        quiet: str | None = None,
        wake: Level | None = Level.ALERT,
        pause: float = 1.0,
    ) -> None:
        self._quiet = QuietHours.parse(quiet) if quiet else None
        self._wake, self._pause = wake, pause
        sinks = [open_sink(url) for url in dict.fromkeys(urls)]
        self._names = _named(sinks)
        self.outbox = Outbox(path)
        self._stop = Event()
        self._woken = {name: Event() for name in self._names}
        self._threads = [
            Thread(target=self._work, args=(name, sink), name=f"driftline {name}", daemon=True)
            for name, sink in self._names.items()
        ]
        for thread in self._threads:
            thread.start()

    def tell(self, incidents: Iterable[Incident], headline: str = "") -> int:
        """Keep the news of these incidents for every sink, durably; gives how many are new. It does not wait for them.

        Raises:
            StoreError: when the outbox cannot be written.
        """
        new = 0
        for incident in incidents:
            notice = Notification(incident=incident, headline=headline)
            for name, woken in self._woken.items():
                if self.outbox.put(name, notice, time.time()):
                    new += 1
                    woken.set()
        return new

    def close(self, timeout: float = 5.0) -> None:
        """Stop; what is not told yet is told after the next start."""
        self._stop.set()
        for woken in self._woken.values():
            woken.set()
        for thread in self._threads:
            thread.join(timeout)
        if not any(thread.is_alive() for thread in self._threads):
            self.outbox.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _work(self, name: str, sink: Sink) -> None:
        woken, told_again = self._woken[name], time.time()
        while not self._stop.is_set():
            woken.clear()
            try:
                wait = self._step(name, sink)
                if sink.repeat is not None and time.time() - told_again >= sink.repeat:
                    told_again = time.time()
                    self._again(name, sink)
            except StoreError as error:
                _log.error("%s", error)
                wait = LONGEST / 10
            woken.wait(min(wait, sink.repeat or wait))

    def _step(self, name: str, sink: Sink) -> float:
        """Tell the next one if it is due; gives the seconds until there may be something to do."""
        waiting = self.outbox.next(name)
        if waiting is None:
            return LONGEST
        now = time.time()
        if waiting.due > now:
            return waiting.due - now
        if (held := self._held(waiting.notice, now)) > now:
            self.outbox.hold(waiting.number, held)
            return 0.0
        self._send(sink, waiting)
        return 0.0

    def _held(self, notice: Notification, now: float) -> float:
        if self._quiet is None or notice.incident.level is self._wake:
            return now
        return self._quiet.until(datetime.fromtimestamp(now, UTC)).timestamp()

    def _send(self, sink: Sink, waiting: QueuedNotification) -> None:
        try:
            sink.send(waiting.notice)
        except SinkError as error:
            if isinstance(error, RefusedError) or waiting.tries + 1 >= TRIES:
                _log.error("%s; given up after %d tries", error, waiting.tries + 1)
                self.outbox.done(waiting.number, "given up")
                return
            pause = min(LONGEST, self._pause * 2**waiting.tries) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
            _log.warning("%s; again in %.0f s", error, pause)
            self.outbox.later(waiting.number, time.time() + pause)
        else:
            self.outbox.done(waiting.number)

    def _again(self, name: str, sink: Sink) -> None:
        for notice in self.outbox.open(name):
            try:
                sink.send(notice)
            except SinkError as error:
                _log.warning("%s", error)


def _named(sinks: Iterable[Sink]) -> dict[str, Sink]:
    """Sinks by label; the second of one label gets a number."""
    named: dict[str, Sink] = {}
    for sink in sinks:
        count = sum(name.partition(" #")[0] == sink.label for name in named)
        named[f"{sink.label} #{count + 1}" if count else sink.label] = sink
    return named
