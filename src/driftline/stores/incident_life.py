"""The life of a stored incident: what a person may do to it, and what becomes of it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from driftline.errors import IncidentActionError, UnknownRecordError, suggest_name
from driftline.stores.records import Record, StoredAction, StoredIncident
from driftline.types import Action, IncidentState

_STATES = {
    Action.ACKNOWLEDGE: IncidentState.ACKNOWLEDGED,
    Action.MUTE: IncidentState.MUTED,
    Action.ACCEPT: IncidentState.ACCEPTED,
    Action.RESOLVE: IncidentState.RESOLVED,
    Action.FALSE_ALARM: IncidentState.FALSE_ALARM,
}
_ALWAYS = frozenset({Action.NOTE, Action.FALSE_ALARM, Action.REOPEN})
"""What can be done to an incident that is over, too."""
_REOPENS = frozenset({IncidentState.ACKNOWLEDGED, IncidentState.MUTED, IncidentState.FALSE_ALARM})
_LONGEST = 10_000  # characters of a note


def show_time(time: datetime) -> str:
    """A time of the clock as stores keep it: ISO 8601 in UTC, to the millisecond; without a zone it is UTC.

    >>> show_time(datetime(2024, 5, 1, 12))
    '2024-05-01T12:00:00.000Z'
    """
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def show_now() -> str:
    """Now, as stores keep times."""
    return show_time(datetime.now(UTC))


def untouched(incident: StoredIncident) -> Record:
    """What people did to an incident of which nobody has heard: nothing."""
    state = IncidentState.OPEN if incident.closed is None else IncidentState.RESOLVED
    return {"state": state.value, "owner": None, "muted_until": None}


def record_action(
    incident: StoredIncident, action: Action, person: str, note: str = "", until: datetime | None = None, *,
    now: datetime,
) -> StoredIncident:  # fmt: skip
    """The incident after a person did something to it: its new state, and the action behind all others.

    Raises:
        IncidentActionError: when that cannot be done to it now; it says why.
    """
    if why := _find_reason(incident, action, person, note, until, now=now):
        raise IncidentActionError(f"incident {incident.id!r}: {describe(action)} cannot be: {why}")
    done = StoredAction(
        action=action, person=person, at=show_time(now), note=note, until=show_time(until) if until else None,
        after=incident.updated,
    )  # fmt: skip
    reopened = IncidentState.RESOLVED if incident.closed else IncidentState.OPEN
    state = incident.state if action is Action.NOTE else _STATES.get(action, reopened)
    return replace(
        incident,
        state=state,
        owner=person if action is Action.ACKNOWLEDGE else incident.owner,
        muted_until=done.until or (incident.muted_until if action is Action.NOTE else None),
        actions=(*incident.actions, done),
    )


def list_actions(incident: StoredIncident) -> tuple[Action, ...]:
    """What a person can do to an incident now."""
    now = datetime.now(UTC)
    ends = {Action.MUTE: now + timedelta(days=1)}
    return tuple(
        action
        for action in Action
        if not _find_reason(incident, action, "somebody", "a note", ends.get(action), now=now)
    )


def describe(action: Action) -> str:
    """An action in words.

    >>> describe(Action.FALSE_ALARM)
    'false alarm'
    """
    return action.value.replace("_", " ")


def refuse_unknown(id_: str, open_ids: Collection[str]) -> UnknownRecordError:
    """The error of an incident that is not there."""
    hint = suggest_name(id_, open_ids, "open are: ") if open_ids else "none is open"
    return UnknownRecordError(f"incident {id_!r}: there is none; {hint}")


def _find_reason(  # noqa: PLR0911 - a reason each
    incident: StoredIncident, action: Action, person: str, note: str, until: datetime | None, *, now: datetime
) -> str:
    """Why a person cannot do this to an incident now; empty where it can be done."""
    ending = incident.ending
    if not person.strip():
        return "nobody is named; say who"
    if len(note) > _LONGEST:
        return f"the note has more than {_LONGEST:,} characters"
    if action is Action.NOTE and not note.strip():
        return "there is no text"
    if (until is not None) != (action is Action.MUTE):
        return "it has no end; say until when" if action is Action.MUTE else "only a mute has an end"
    if until is not None and show_time(until) <= show_time(now):
        return f"{show_time(until)} is past"
    if action in _ALWAYS:
        if action is Action.REOPEN and incident.state not in _REOPENS:
            return f"it is {incident.state.value}"
        return "it is one already" if _STATES.get(action) is incident.state else ""
    if incident.closed is not None:
        return "it is over"
    if incident.state in {IncidentState.ACCEPTED, IncidentState.RESOLVED} and ending is not None:
        return f"{ending.person} did {describe(ending.action)} it"
    return "it is a false alarm; reopen it first" if incident.state is IncidentState.FALSE_ALARM else ""
