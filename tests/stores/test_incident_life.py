"""What a person may do to an incident, and what becomes of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from driftline.errors import StoreError
from driftline.stores.incident_life import record_action
from driftline.testing.incidents import sample_incident
from driftline.types import Action, IncidentState

NOW = datetime(2022, 2, 3, tzinfo=UTC)
OPEN, OVER = sample_incident("a"), replace(sample_incident("b", "2022-02-02"), state=IncidentState.RESOLVED)


def act(incident, *actions):
    """The incident after Ann did these things to it."""
    for action in actions:
        until = NOW + timedelta(hours=8) if action is Action.MUTE else None
        incident = record_action(incident, action, "Ann", "why", until, now=NOW)
    return incident


@pytest.mark.parametrize(
    ("incident", "actions", "state"),
    [
        (OPEN, [Action.NOTE], IncidentState.OPEN),
        (OPEN, [Action.MUTE], IncidentState.MUTED),
        (OPEN, [Action.MUTE, Action.MUTE, Action.NOTE], IncidentState.MUTED),
        (OPEN, [Action.MUTE, Action.ACKNOWLEDGE], IncidentState.ACKNOWLEDGED),
        (OPEN, [Action.MUTE, Action.REOPEN], IncidentState.OPEN),
        (OPEN, [Action.ACKNOWLEDGE, Action.RESOLVE], IncidentState.RESOLVED),
        (OPEN, [Action.ACCEPT, Action.NOTE], IncidentState.ACCEPTED),
        (OPEN, [Action.FALSE_ALARM, Action.REOPEN], IncidentState.OPEN),
        (OPEN, [Action.ACCEPT, Action.FALSE_ALARM], IncidentState.FALSE_ALARM),
        (OVER, [Action.NOTE], IncidentState.RESOLVED),
        (OVER, [Action.FALSE_ALARM, Action.REOPEN], IncidentState.RESOLVED),
    ],
)
def test_states(incident, actions, state):
    """What each sequence of actions leads to; all of it is kept."""
    after = act(incident, *actions)
    assert state is after.state
    assert actions == [done.action for done in after.actions]
    assert {("Ann", "2022-02-03T00:00:00.000Z", "2022-02-02")} == {(d.person, d.at, d.after) for d in after.actions}
    muted = "2022-02-03T08:00:00.000Z" if state is IncidentState.MUTED else None
    assert (muted, incident.closed) == (after.muted_until, after.closed)


@pytest.mark.parametrize(
    ("incident", "action", "changes", "why"),
    [
        (OVER, Action.ACKNOWLEDGE, {}, "it is over"),
        (OVER, Action.REOPEN, {}, "it is resolved"),
        (OPEN, Action.REOPEN, {}, "it is open"),
        (act(OPEN, Action.ACCEPT), Action.RESOLVE, {}, "Ann did accept it"),
        (act(OPEN, Action.ACCEPT), Action.REOPEN, {}, "it is accepted"),
        (act(OPEN, Action.FALSE_ALARM), Action.FALSE_ALARM, {}, "it is one already"),
        (act(OPEN, Action.FALSE_ALARM), Action.ACCEPT, {}, "it is a false alarm; reopen it first"),
        (OPEN, Action.MUTE, {}, "it has no end; say until when"),
        (OPEN, Action.MUTE, {"until": NOW}, "2022-02-03T00:00:00.000Z is past"),
        (OPEN, Action.RESOLVE, {"until": NOW}, "only a mute has an end"),
        (OPEN, Action.NOTE, {"note": " "}, "there is no text"),
        (OPEN, Action.NOTE, {"note": "x" * 10_001}, "the note has more than 10,000 characters"),
        (OPEN, Action.RESOLVE, {"person": " "}, "nobody is named; say who"),
    ],
)
def test_refusals(incident, action, changes, why):
    """What cannot be done is refused, with the reason."""
    with pytest.raises(StoreError) as caught:
        record_action(incident, action, **{"person": "Bob", "note": "why", "now": NOW} | changes)
    assert f"incident {incident.id!r}: {action.value.replace('_', ' ')} cannot be: {why}" == str(caught.value)
