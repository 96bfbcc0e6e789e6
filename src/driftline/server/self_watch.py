"""Watches the server itself: a trouble that lasts is an incident, which every sink is told of like those of models."""

import hashlib
import logging
import time
from collections.abc import Iterable
from dataclasses import replace
from threading import Event

from driftline.alerts.delivery import Delivery
from driftline.alerts.incidents import Incident
from driftline.server.health import Health, Trouble, TroubleKind
from driftline.types import Health as Tier
from driftline.types import Level
from driftline.windows import iso

PATIENCE = 60.0
"""Seconds that a trouble has to last, and to be over; dead letters and windows without verdict are told at once."""
_PAUSE = 5.0
_AT_ONCE = {TroubleKind.DEAD_LETTERS, TroubleKind.UNJUDGED}
_SERVER = "driftline"
_log = logging.getLogger(__name__)


class SelfWatch:
    """Opens an incident for each trouble, and closes it when the trouble is over; also after a restart.

    Args:
        delivery: sends notifications; None: they are in the server's log and page alone.
        patience: seconds that a trouble has to last, and to be over.
    """

    def __init__(self, delivery: Delivery | None = None, patience: float = PATIENCE) -> None:
        self._delivery, self._patience = delivery, patience
        self._seen: dict[tuple[str, str], tuple[float, float]] = {}  # first and last time
        self.incidents = {(one.metric, one.reason): one for one in _known(delivery) if one.model == _SERVER}

    def run(self, health: Health, stop: Event) -> None:
        """Look every five seconds, until `stop` is set.

        Raises:
            StoreError: when the outbox cannot be written; it may be called again.
        """
        while not stop.wait(_PAUSE):
            self.look(health.troubles())

    def look(self, troubles: Iterable[Trouble], now: float | None = None) -> list[Incident]:
        """Open and close incidents by the troubles of now (seconds since 1970); gives those that changed."""
        now = time.time() if now is None else now
        current = {(trouble.kind.value, trouble.subject): trouble for trouble in troubles}
        for key in self.incidents:  # those of an earlier process are given time, too
            self._seen.setdefault(key, (now, now))
        for key in current:
            self._seen[key] = self._seen.get(key, (now, now))[0], now
        self._seen = {key: seen for key, seen in self._seen.items() if now - seen[1] < self._patience or key in current}
        opened = {
            key: _open(trouble, now)
            for key, trouble in current.items()
            if key not in self.incidents and (trouble.kind in _AT_ONCE or now - self._seen[key][0] >= self._patience)
        }
        closed = {
            key: replace(incident, closed=iso(now * 1e6), updated=iso(now * 1e6))
            for key, incident in self.incidents.items()
            if key not in self._seen
        }
        changed = [*opened.values(), *closed.values()]
        for incident in changed:
            _log.warning("%s: %s", "open" if incident.is_open else "over", incident.headline)
        if self._delivery is not None and changed:
            self._delivery.notify(changed)
        self.incidents = {key: each for key, each in (self.incidents | opened).items() if key not in closed}
        return changed


def _open(trouble: Trouble, now: float) -> Incident:
    """The incident of a trouble; its reason is whom it is about, so that it is known again."""
    since, opened = iso((trouble.since or now) * 1e6), iso(now * 1e6)
    name = hashlib.sha256(f"{trouble.kind.value}\x1f{trouble.subject}\x1f{opened}".encode()).hexdigest()[:16]
    return Incident(
        id=name, model=_SERVER, health=Tier.SERVICE,
        level=Level.ALERT, metric=trouble.kind.value, column=None, segment=None, headline=trouble.text,
        reason=trouble.subject, since=since, earliest=since, latest=since, opened=opened, updated=opened,
    )  # fmt: skip


def _known(delivery: Delivery | None) -> list[Incident]:
    """Incidents that an earlier process told of and that are open still."""
    if delivery is None:
        return []
    labels = [status.label for status in delivery.statuses()]
    return [told.incident for label in labels for told in delivery.outbox.open_incidents(label)]
