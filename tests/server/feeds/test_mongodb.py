"""A collection in MongoDB: the suite of all feeds over the wire, on a stand-in; documents as rows."""

import io
from datetime import UTC, datetime

import polars as pl
import pytest

pymongo = pytest.importorskip("pymongo", reason="pymongo is not installed: make test")
pytest.importorskip("mongomock", reason="mongomock is not installed: make test")

from bson import Decimal128, ObjectId  # noqa: E402 - after the line above

from driftline.config.url import Url  # noqa: E402 - after the line above
from driftline.errors import ConfigError, FeedError  # noqa: E402 - after the line above
from driftline.server.feeds.base import SETTINGS, Feed  # noqa: E402 - after the line above
from driftline.server.feeds.mongodb import Mongodb  # noqa: E402 - after the line above
from driftline.testing.feeds import FeedSuite  # noqa: E402 - after the line above
from harness.mongo import MongoStandIn  # noqa: E402 - after the line above


class Restartable:
    """A stand-in that can be stopped and started again on its port, with what it holds."""

    def __init__(self):
        self.running = MongoStandIn()
        self.port = self.running.port

    def restart(self):
        """Stop, and start."""
        self.running.stop()
        self.running = MongoStandIn(self.port, self.running.databases)


@pytest.fixture(scope="module")
def server():
    """A stand-in of its own."""
    server = Restartable()
    yield server
    server.running.stop()


@pytest.fixture
def collection(server, name):
    """A collection without documents."""
    with pymongo.MongoClient("127.0.0.1", server.port) as client:
        yield client["taxi"][name]


@pytest.fixture
def url(server, name, tmp_path):
    """What reads it, a document a batch."""
    settings = f"collection={name}&rows=1&settle=0.01&every=0.02&state={tmp_path}/state.db"
    return f"mongodb://127.0.0.1:{server.port}/taxi?{settings}&model=taxi&kind=predictions"


class TestMongodb(FeedSuite):
    """The suite of all feeds."""

    @pytest.fixture
    def send(self, server, name):
        def go(ids):
            with pymongo.MongoClient("127.0.0.1", server.port) as client:
                client["taxi"][name].insert_many([{"id": number, "fare": number / 7} for number in ids])

        return go

    @pytest.fixture
    def restart(self, server):
        return server.restart


def consume(url, seconds=0.2):
    """What a consumer gives, with all that it acknowledges."""
    feed = Feed(url)
    consumer = Mongodb(Url.parse(url), {**SETTINGS, **feed.settings})
    try:
        found = []
        for _ in range(20):
            messages = consumer.receive(seconds)
            consumer.ack(messages)
            found += messages
            if found and not messages:
                break
        return found
    finally:
        consumer.close()


def test_documents_are_rows(collection, url):
    """Documents inside are columns by their path; ids are text, decimal numbers numbers, what is missing is empty."""
    at, id_ = datetime(2022, 2, 1, 12, tzinfo=UTC), ObjectId("62000000aabbccddeeff0011")
    collection.insert_many([
        {"_id": id_, "at": at, "input": {"fare": Decimal128("12.50"), "zone": {"name": "a\0b"}}, "predicted": 3},
        {"_id": ObjectId("62000001aabbccddeeff0011"), "at": at, "input": {"fare": 1.0}, "note": "late"},
    ])  # fmt: skip
    (message,) = consume(url.replace("rows=1&", "rows=100&"))
    frame = pl.read_ipc_stream(io.BytesIO(message.body))
    assert ["_id", "at", "input.fare", "input.zone.name", "predicted", "note"] == frame.columns
    assert [str(id_), 12.5, "a\0b", 3, None] == [frame[name][0] for name in frame.columns if name != "at"]
    assert (at, None) == (frame["at"][0], frame["predicted"][1])
    assert f"{collection.name}/{id_}..62000001aabbccddeeff0011" == message.batch


def test_a_key_of_ones_own(collection, url):
    """A number that grows is a key too; documents without it, and what was read before, do not come."""
    collection.insert_many([{"number": at} for at in (3, 1, 2)] + [{"other": 1}])
    keyed = url + "&key=number"
    assert [["1..1"], ["2..2"], ["3..3"]] == [[each.batch.partition("/")[2]] for each in consume(keyed)]
    collection.insert_one({"number": 7})
    assert ["7..7"] == [each.batch.partition("/")[2] for each in consume(keyed)]


@pytest.mark.parametrize("url", ["mongodb://host/?collection=a", "mongodb://host/taxi"])
def test_urls_that_name_no_collection(url):
    """A URL has to name both database and collection."""
    with pytest.raises(ConfigError, match="expected a database and collection="):
        consume(url)


def test_server_away(tmp_path, monkeypatch):
    """A server that is not there is told, without the password."""
    monkeypatch.setenv("WORD", "verysecret")
    find = pymongo.MongoClient

    def impatient(*args, **options):
        return find(*args, **options | {"serverSelectionTimeoutMS": 100})

    monkeypatch.setattr(pymongo, "MongoClient", impatient)
    with pytest.raises(FeedError, match=r"MongoDB: 127\.0\.0\.1:9: .*refused") as caught:
        consume(f"mongodb://me:${{WORD}}@127.0.0.1:9/taxi?collection=a&state={tmp_path}/state.db")
    assert "verysecret" not in str(caught.value)
