"""Sends notifications of incidents: one thread a sink, so that a sink that fails delays neither judging nor others."""

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Self

from driftline.alerts.http import check_public_url, incident_url
from driftline.alerts.incidents import Incident, Notification
from driftline.alerts.outbox import Outbox, QueuedNotification
from driftline.alerts.quiet_hours import QuietHours
from driftline.alerts.sinks.base import Sink, open_sink
from driftline.backoff import wait_after
from driftline.errors import SinkError, StoreError, UnknownRecordError
from driftline.stores.base import Store
from driftline.types import Level

KEEP_TRYING = 7 * 86_400.0
"""Seconds after which a notification that no attempt delivered is given up."""
LONGEST = 600.0
"""The longest wait between two attempts at a notification, in seconds, unless the receiver asks for more."""
_LONGEST_ASKED = 86_400.0
_LONGEST_PAUSE = 60.0  # of a whole sink that fails
_IDLE = 60.0
_FORGET = 3600.0
_TROUBLED = 3  # failures in a row after which a sink counts as failing
_log = logging.getLogger("driftline.alerts.delivery")


@dataclass
class SinkStatus:
    """How one sink does: attempts since the process began, and the newest error while it fails.

    `sent`, `failed` and `given_up` count attempts that delivered, attempts that did not, and notifications that were
    given up. `in_a_row` is how many attempts failed since the last one that delivered.
    """

    label: str
    sent: int = 0
    failed: int = 0
    given_up: int = 0
    in_a_row: int = 0
    error: str = ""


class Delivery:
    """Keeps notifications in an outbox, and sends each to every sink at least once.

    A notification is sent again only when the process or the receiver failed in the middle of it. An attempt that fails
    is repeated after 1, 2, 4 … seconds, at most ten minutes, each between half and all of that at random, or later
    where the receiver says so (`Retry-After`); after seven days the notification is given up and logged. In quiet hours
    notifications wait, except those of incidents of the level `wake`.

    Args:
        urls: of the sinks; see `open_sink`.
        path: of the outbox, an SQLite file.
        quiet: hours such as `22:00-07:00 Europe/Berlin`.
        wake: incidents of this level are sent in quiet hours too; None: none is.
        pause: seconds before the second attempt.
        keep_trying: seconds after which a notification is given up.
        store: where people mute incidents and say that they are false alarms; of those nothing is sent.
        public_url: address by which people reach the dashboard, such as `https://drift.example.org`; each notification
            then has the link to its incident's page. None: it has none.

    Raises:
        ConfigError: when a URL or the quiet hours cannot be used.
        StoreError: when the outbox cannot be opened.
    """

    def __init__(  # noqa: PLR0913 - each is a setting of its own
        self,
        urls: Sequence[str],
        path: str | Path,
        *,
        quiet: str | None = None,
        wake: Level | None = Level.ALERT,
        pause: float = 1.0,
        keep_trying: float = KEEP_TRYING,
        store: Store | None = None,
        public_url: str | None = None,
    ) -> None:
        self._public_url = check_public_url(public_url) if public_url else ""
        self._quiet = QuietHours.parse(quiet) if quiet else None
        self._wake, self._pause, self._keep_trying, self._store = wake, pause, keep_trying, store
        sinks = _label_sinks(open_sink(url) for url in dict.fromkeys(urls))
        self.outbox = Outbox(path)
        self.outbox.forget()
        self._stop = Event()
        self._workers = [_SinkWorker(self, label, sink) for label, sink in sinks.items()]
        for worker in self._workers:
            worker.start()

    def notify(self, incidents: Iterable[Incident], headline: str = "") -> int:
        """Keep the new states of these incidents for every sink, durably; gives how many are new.

        It does not wait until they are sent.

        Raises:
            StoreError: when the outbox cannot be written.
        """
        new = 0
        for incident in incidents:
            notification = Notification(incident=incident, headline=headline)
            for worker in self._workers:
                if self.outbox.put(worker.status.label, notification, time.time()):
                    new += 1
                    worker.wake()
        return new

    def statuses(self) -> list[SinkStatus]:
        """How each sink does, in the order of the URLs."""
        return [worker.status for worker in self._workers]

    def waiting(self, label: str) -> int:
        """How many notifications wait for the sink of this label.

        Raises:
            StoreError: when the outbox cannot be read.
        """
        return self.outbox.counts(label).get("waiting", 0)

    def troubles(self) -> list[str]:
        """A sentence for each sink whose newest attempts failed."""
        return [
            f"sink {status.label}: {status.in_a_row} attempts in a row failed: {status.error}"
            for status in self.statuses()
            if status.in_a_row >= _TROUBLED
        ]

    def close(self, timeout: float = 5.0) -> None:
        """Stop; what is not sent yet is sent after the next start."""
        self._stop.set()
        for worker in self._workers:
            worker.wake()
        for worker in self._workers:
            worker.join(timeout)
        if not any(worker.is_alive() for worker in self._workers):
            self.outbox.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def end_of_quiet(self, incident: Incident, now: float) -> float:
        """When a notification of this incident may be sent (seconds since 1970): `now` outside of quiet hours."""
        if self._quiet is None or incident.level is self._wake:
            return now
        return self._quiet.until(datetime.fromtimestamp(now, UTC)).timestamp()

    def is_silent(self, incident: Incident) -> bool:
        """Whether nobody is to be told of this incident now: a person muted it, or said that it is a false alarm.

        Raises:
            StoreError: when the store cannot be read.
        """
        if self._store is None:
            return False
        try:
            return self._store.incident(incident.id).is_silent
        except UnknownRecordError:
            return False

    def add_link(self, notification: Notification) -> Notification:
        """The notification with the link to its incident's page, by the address of today, however old it is.

        An incident of the server itself is in no store, and has no page: the link is that of the first page.

        Raises:
            StoreError: when the store cannot be read.
        """
        if not self._public_url:
            return notification
        known = notification.incident.id
        if self._store is not None:
            try:
                self._store.incident(known)
            except UnknownRecordError:
                return replace(notification, link=f"{self._public_url}/")
        return replace(notification, link=incident_url(self._public_url, known))

    def wait(self, failures: int) -> float:
        """Seconds to wait after so many failed attempts at one notification."""
        return wait_after(failures, self._pause, LONGEST, jitter=0.5)

    @property
    def stopped(self) -> bool:
        """Whether `close` was called."""
        return self._stop.is_set()

    def expired(self, queued: QueuedNotification) -> bool:
        """Whether a notification is so old that it is given up."""
        return time.time() - queued.put >= self._keep_trying


class _SinkWorker(Thread):
    """Sends the notifications of one sink in a thread of its own, whatever the sink raises."""

    def __init__(self, delivery: Delivery, label: str, sink: Sink) -> None:
        super().__init__(name=f"driftline {label}", daemon=True)
        self.status = SinkStatus(label)
        self._delivery, self._sink = delivery, sink
        self._woken = Event()
        self._paused_until = 0.0

    def wake(self) -> None:
        """There is something to do."""
        self._woken.set()

    def run(self) -> None:
        """Send until the delivery is closed."""
        outbox, sink = self._delivery.outbox, self._sink
        repeated, forgotten = time.monotonic(), time.monotonic()
        while not self._delivery.stopped:
            self._woken.clear()
            try:
                wait = self._step()
                if sink.repeat is not None and time.monotonic() - repeated >= sink.repeat:
                    repeated = time.monotonic()
                    self._repeat()
                if time.monotonic() - forgotten >= _FORGET:
                    forgotten = time.monotonic()
                    outbox.forget()
            except StoreError as error:
                self._fail(str(error))
                _log.error("sink %s: %s", self.status.label, error)
                wait = _IDLE
            if wait > 0:
                self._woken.wait(min(wait, sink.repeat or wait))

    def _step(self) -> float:
        """Send the next notification if it is due; gives the seconds until there may be something to do."""
        label, outbox, now = self.status.label, self._delivery.outbox, time.time()
        queued = outbox.next(label)
        if queued is None:
            return _IDLE
        due = max(queued.due, self._paused_until)
        if due > now:
            return min(due - now, _IDLE)
        quiet_until = self._delivery.end_of_quiet(queued.notification.incident, now)
        if quiet_until > now:
            outbox.defer(queued.number, quiet_until)
            return 0.0
        if self._delivery.is_silent(queued.notification.incident):
            outbox.finish(queued.number, "muted")
            return 0.0
        error = self._send(self._delivery.add_link(queued.notification))
        if error is None:
            self._paused_until = 0.0
            outbox.finish(queued.number)
            return 0.0
        if self._delivery.expired(queued):
            self.status.given_up += 1
            _log.error("sink %s: %s; given up after %d attempts", label, error, queued.tries + 1)
            outbox.finish(queued.number, "given up")
            return 0.0
        asked = min(error.retry_after or 0.0, _LONGEST_ASKED)
        wait = max(self._delivery.wait(queued.tries + 1), asked)
        outbox.reschedule(queued.number, time.time() + wait)
        pause = max(min(self._delivery.wait(self.status.in_a_row), _LONGEST_PAUSE), asked)
        self._paused_until = time.time() + (pause if self.status.in_a_row > 1 or asked else 0.0)
        _log.warning("sink %s: %s; again in %.0f s", label, error, wait)
        return 0.0

    def _send(self, notification: Notification) -> SinkError | None:
        """Send a notification and count the attempt; gives the error if it failed."""
        try:
            self._sink.send(notification)
        except SinkError as error:
            self._fail(str(error))
            return error
        except Exception as error:  # noqa: BLE001 - a sink may be anyone's; a defect in it is counted, logged and retried
            _log.exception("sink %s: a defect", self.status.label)
            message = f"a defect in the sink: {type(error).__name__}; see the log"
            self._fail(message)
            return SinkError(message)
        self.status.sent += 1
        self.status.in_a_row, self.status.error = 0, ""
        return None

    def _fail(self, message: str) -> None:
        self.status.failed += 1
        self.status.in_a_row += 1
        self.status.error = message

    def _repeat(self) -> None:
        """Send open incidents again, for sinks that forget them otherwise."""
        for notification in self._delivery.outbox.open_incidents(self.status.label):
            if self._delivery.stopped or time.time() < self._paused_until:
                return
            if self._delivery.is_silent(notification.incident):
                continue
            if (error := self._send(self._delivery.add_link(notification))) is not None:
                _log.warning("sink %s: %s", self.status.label, error)


def _label_sinks(sinks: Iterable[Sink]) -> dict[str, Sink]:
    """Sinks by label; the second one of the same label gets a number."""
    labelled: dict[str, Sink] = {}
    for sink in sinks:
        count = sum(label.partition(" #")[0] == sink.label for label in labelled)
        labelled[f"{sink.label} #{count + 1}" if count else sink.label] = sink
    return labelled
