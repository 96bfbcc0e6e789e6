"""Makes the events of a model: what a person or a deployment says, and versions of the model as they are seen."""

import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime

from driftline.errors import InputError
from driftline.stores.incident_life import show_time
from driftline.stores.records import StoredEvent
from driftline.windows import Window

UNJUDGED = "unjudged"
"""The kind of the events that say which window could not be judged, and why."""
VERSION = "version"
"""The kind of the events that say when a version of the model was first seen."""
LONGEST = 2000
"""Characters of an event's text."""
KIND = "[a-z][a-z0-9_-]{0,31}"
"""What the kind of an event looks like."""


def make_event(model: str, text: str, at: datetime, kind: str = "note", person: str | None = None) -> StoredEvent:
    """An event of a model, named by all that it says; a time without a zone is UTC.

    Raises:
        InputError: when it has no text, a text of more than 2,000 characters, or a kind that is no word.

    >>> from datetime import UTC
    >>> make_event("taxi", "new tariff", datetime(2024, 5, 1, tzinfo=UTC), "deployment").at
    '2024-05-01T00:00:00.000Z'
    """
    if not text.strip() or len(text) > LONGEST:
        raise InputError(f"an event has a text of 1 to {LONGEST:,} characters")
    if not re.fullmatch(KIND, kind):
        raise InputError(f"the kind of an event is one word in lower case, such as deployment; not {kind[:40]!r}")
    time = show_time(at)
    return StoredEvent(
        id=_name(model, time, kind, text, person or ""), model=model, at=time, kind=kind, text=text, person=person
    )


def make_version(model: str, version: str, seen: datetime) -> StoredEvent:
    """The event that rows of a version of the model were first seen; there is one of each version."""
    event = make_event(model, f"version {version[:200]} first seen", seen, VERSION)
    return StoredEvent(id=_name(model, VERSION, version), model=model, at=event.at, kind=VERSION, text=event.text)


def make_failure(model: str, window: Window, reason: str) -> StoredEvent:
    """The event that a window could not be judged, at its end; `reason` begins with the window's name.

    It is there once, however often that is tried.
    """
    at = datetime.fromtimestamp(window.end / 1e6, UTC)
    event = make_event(model, reason[:LONGEST], at, UNJUDGED)
    return replace(event, id=_name(model, UNJUDGED, str(window)))


def _name(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()[:16]
