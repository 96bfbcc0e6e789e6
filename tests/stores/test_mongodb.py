"""The MongoDB store: the suite of all stores over the wire, on a stand-in, for no real server can be had here."""

import uuid

import pytest

pytest.register_assert_rewrite("driftline.testing.stores", "driftline.testing.incidents")
pymongo = pytest.importorskip("pymongo", reason="pymongo is not installed: make test")
pytest.importorskip("mongomock", reason="mongomock is not installed: make test")

from driftline.errors import StoreError  # noqa: E402 - after the line above
from driftline.stores.base import open_store  # noqa: E402 - after the line above
from driftline.testing.incidents import sample_incident  # noqa: E402 - after the line above
from driftline.testing.stores import HOUR, VERDICTS, StoreSuite, sample_result  # noqa: E402 - after the line above
from driftline.types import Action, IncidentState, ProfileKey  # noqa: E402 - after the line above
from harness.mongo import MongoStandIn, mongo  # noqa: E402 - after the line above

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server():
    """A stand-in of its own."""
    with mongo() as running:
        yield running


@pytest.fixture
def url(server):
    """A database without a store."""
    return f"mongodb://127.0.0.1:{server.port}/{uuid.uuid4().hex}"


class TestMongodb(StoreSuite):
    """The suite of all stores; killed less often, for the stand-in has no indexes."""

    KILLS = 4


def test_half_a_run_is_none(url, monkeypatch):
    """A run that was begun and not ended is not seen, in no collection; saving it again makes it whole."""
    with open_store(url) as store:

        def fail(_):
            raise StoreError("killed")

        monkeypatch.setattr(store, "add_run", fail)
        with pytest.raises(StoreError, match="killed"):
            store.save_run(sample_result(), {ProfileKey(): b"rows", HOUR: b"hour"})
        seen = store.runs(), store.verdicts(), store.cells("taxi", "0123abcd"), store.fragments("taxi", "0123abcd")
        assert ((), (), (), ()) == seen
        monkeypatch.undo()
        other = store.save_run(sample_result("other"), {HOUR: b"hour"})  # has a profile that is left of the first
        assert [HOUR] == list(store.cells("taxi", "0123abcd"))
        run = store.save_run(sample_result(), {ProfileKey(): b"rows", HOUR: b"hour"})
        assert [run, other] == [each.run_id for each in store.runs()]
        assert VERDICTS == len(store.verdicts(run_id=run, limit=None))
        assert 2 == len(store.fragments("taxi", "0123abcd"))


def test_a_quicker_person_is_not_overwritten(url, monkeypatch):
    """What a person did between reading an incident and writing it stays, and the write is done again."""
    with open_store(url) as store, open_store(url) as other:
        store.save_incidents([sample_incident("a")])
        find, acted = store._find_incident, []

        def find_and_act(collection, id_):
            row = find(collection, id_)
            if not acted:
                acted.append(other.act_on_incident("a", Action.NOTE, "Ann", note="first"))
            return row

        monkeypatch.setattr(store, "_find_incident", find_and_act)
        after = store.act_on_incident("a", Action.ACKNOWLEDGE, "Bob")
        assert ["Ann", "Bob"] == [done.person for done in after.actions]
        assert IncidentState.ACKNOWLEDGED is store.incident("a").state


def test_collections_of_a_newer_version(url):
    """They are refused, and left as they are."""
    open_store(url).close()
    with pymongo.MongoClient(url) as client:
        client.get_default_database()["driftline.about"].update_one({"_id": "store"}, {"$set": {"version": 2}})
    with pytest.raises(StoreError, match=r"newer Driftline \(collections of version 2, this one knows 1\); upgrade"):
        open_store(url)


def test_server_away(monkeypatch):
    """A server that is not there is told within its time, without the password; one that comes back is used again."""
    monkeypatch.setattr("driftline.stores.backends.mongodb._PATIENCE", 2_000)
    with pytest.raises(StoreError) as caught:
        open_store("mongodb://me:verysecret@127.0.0.1:9/db")
    assert ("verysecret" in str(caught.value), "mongodb://me@127.0.0.1:9/db" in str(caught.value)) == (False, True)
    first = MongoStandIn()
    with open_store(f"mongodb://127.0.0.1:{first.port}/db") as store:
        run = store.save_run(sample_result(), {})
        first.stop()
        with pytest.raises(StoreError, match="was not acknowledged"):
            store.save_run(sample_result("while away"), {})
        with mongo(first.port, first.databases):
            assert [run] == [each.run_id for each in store.runs()]


def test_what_is_too_large(url):
    """A pack that does not fit into a document is refused in words, before it is sent."""
    with open_store(url) as store:
        with pytest.raises(StoreError, match="more than the 16 MB"):
            store.save_pack("taxi", "plan", bytes(17 << 20))
        assert store.pack("taxi", "plan") is None
