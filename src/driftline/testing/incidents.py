# ruff: noqa: S101, SIM300 - a suite of tests: it asserts, the expected first
"""The part of the suite of stores that is about incidents and events."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from driftline.errors import StoreError
from driftline.stores.base import open_store
from driftline.stores.records import StoredEvent, StoredIncident, StoredMember
from driftline.types import Action, Health, IncidentState, Level


def sample_incident(name: str, closed: str | None = None) -> StoredIncident:
    """An incident of that id; it opened the later, the later the name comes in the alphabet."""
    return StoredIncident(
        id=name, model="taxi", level=Level.ALERT, headline="fare: d'or", reason="Because.", since=None,
        opened=f"2022-02-01 {name}", updated="2022-02-02", closed=closed, windows=2,
    )  # fmt: skip


def refusal(act: Callable[[], object]) -> str:
    """Why a store refuses to do something; empty where it does it."""
    try:
        act()
    except StoreError as error:
        return str(error)
    return ""


class IncidentSuite:
    """What every store does with incidents, with what people do to them, and with events."""

    def test_incidents(self, url: str) -> None:
        """Incidents are kept as they stand, whole, and found by id, model and whether they are over; newest first."""
        member = StoredMember(
            subject="fare", metric="psi", column="d'or; DROP TABLE incidents", segment=None, change="名前\n\0",
            reason="Because.", joined="2022-02-01",
        )  # fmt: skip
        with open_store(url) as store:
            over = replace(sample_incident("over", "2022-02-03"), state=IncidentState.RESOLVED)
            full = replace(
                sample_incident("full"), health=Health.DATA, metric="psi", column="fare", segment="zone=7",
                since="2022-01-30", earliest="2022-01-29", latest="2022-01-31", members=(member, member),
                evidence=("one", "d'or"),
            )  # fmt: skip
            store.save_incidents([full, replace(over, state=IncidentState.OPEN)])
            store.save_incidents([])
            store.save_incidents([full])
            assert ((over, full), (over,)) == (store.incidents("taxi"), store.incidents(limit=1))
            assert ((over,), (full,)) == (store.incidents(closed=True), store.incidents(closed=False))
            assert ((), ()) == (store.incidents("other"), store.incidents(states=()))
            assert full == store.incident("full")
            assert "did you mean 'full'?" in refusal(lambda: store.incident("ful"))

    def test_people_and_watch(self, url: str) -> None:
        """What people do to an incident stays, in order, whatever the watch writes; and the other way round."""
        with open_store(url) as store:
            first = sample_incident("first")
            store.save_incidents([first, sample_incident("other")])
            store.act_on_incident("first", Action.NOTE, "Bob", "odd: d'or; DROP TABLE\n\0\ue000")
            told = store.act_on_incident("first", Action.ACKNOWLEDGE, "Ann")
            assert (IncidentState.ACKNOWLEDGED, "Ann") == (told.state, told.owner)
            later = replace(first, updated="2022-02-09", windows=9, headline="worse")
            store.save_incidents([later])
            accepted = store.act_on_incident("first", Action.ACCEPT, "Cy", "new tariff")
            assert accepted == store.incident("first")
            assert ("worse", 9, "Ann", IncidentState.ACCEPTED) == (
                accepted.headline, accepted.windows, accepted.owner, accepted.state
            )  # fmt: skip
            assert [("Bob", "2022-02-02"), ("Ann", "2022-02-02"), ("Cy", "2022-02-09")] == [
                (done.person, done.after) for done in accepted.actions
            ]
            assert "odd: d'or; DROP TABLE\n\0\ue000" == accepted.actions[0].note
            assert accepted.actions[-1] == accepted.ending
            assert (accepted,) == store.incidents(states=[IncidentState.ACCEPTED])
            store.save_incidents([replace(later, closed="2022-02-10")])
            over = store.incident("first")
            assert replace(accepted, closed="2022-02-10") == over
            assert "it is over" in refusal(lambda: store.act_on_incident("first", Action.RESOLVE, "Bob"))
            assert "there is none" in refusal(lambda: store.act_on_incident("nobody", Action.NOTE, "Bob", "?"))
            assert over == store.incident("first")

    def test_life_of_an_incident(self, url: str) -> None:
        """What is over is resolved, but a false alarm stays one; a mute ends by itself."""
        with open_store(url) as store:
            names = ("false", "muted", "brief", "plain")
            store.save_incidents([sample_incident(name) for name in names])
            store.act_on_incident("false", Action.FALSE_ALARM, "Ann")
            muted = store.act_on_incident("muted", Action.MUTE, "Ann", until=datetime.now(UTC) + timedelta(hours=1))
            end = datetime.now(UTC) + timedelta(milliseconds=300)
            store.act_on_incident("brief", Action.MUTE, "Ann", until=end)
            time.sleep(max((end - datetime.now(UTC)).total_seconds(), 0) + 0.002)
            assert (IncidentState.OPEN, (muted,)) == (
                store.incident("brief").state, store.incidents(states=[IncidentState.MUTED])
            )  # fmt: skip
            store.save_incidents([sample_incident(name, "2022-02-03") for name in names])
            assert [IncidentState.FALSE_ALARM, *[IncidentState.RESOLVED] * 3] == [
                store.incident(name).state for name in names
            ]

    def test_people_at_once(self, url: str) -> None:
        """Of several people who do something at the same moment all are recorded, and one alone resolves it."""
        with open_store(url) as store:
            store.save_incidents([sample_incident("first")])

        def act(at: int) -> str:
            action = Action.RESOLVE if at % 2 else Action.NOTE
            with open_store(url) as mine:
                return refusal(lambda: mine.act_on_incident("first", action, f"person {at}", "text"))

        with ThreadPoolExecutor(4) as pool:
            refusals = list(pool.map(act, range(8)))
        assert (3, 3) == (sum("did resolve it" in each for each in refusals), sum(map(bool, refusals)))
        with open_store(url) as store:
            assert 5 == len(store.incident("first").actions)

    def test_events(self, url: str) -> None:
        """Events are kept once each, whatever they say, and come back newest first."""
        events = [
            StoredEvent(id=name, model=model, at=at, kind="note", text="d'or; DROP TABLE\n\0", person=person)
            for name, model, at, person in (
                ("b", "taxi", "2022-02-01", None), ("a", "taxi", "2022-02-02", "Ann"), ("c", "bus", "2022-02-03", None)
            )
        ]  # fmt: skip
        with open_store(url) as store:
            assert (3, 0) == (store.save_events(events), store.save_events(events[:2]))
            store.save_events([replace(events[0], at="2023-01-01")])
            assert (tuple(events[::-1]), (events[1],)) == (store.events(), store.events("taxi", limit=1))
