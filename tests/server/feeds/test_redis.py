"""Redis Streams, on a real server: the suite of all feeds, dead letters, and what dead consumers left."""

import pytest
import redis

from driftline.testing.feeds import FeedSuite, Taken, body, running, until
from harness import programs


@pytest.fixture(scope="module")
def server():
    """A server."""
    with programs.redis() as server:
        yield server


@pytest.fixture
def client(server):
    """A client of it."""
    with redis.Redis(port=server.port) as client:
        yield client


class TestRedis(FeedSuite):
    """The suite of all feeds."""

    @pytest.fixture
    def url(self, server, name):
        return f"redis://127.0.0.1:{server.port}/0/{name}.taxi.predictions"

    @pytest.fixture
    def send(self, client, name):
        return lambda ids: [client.xadd(f"{name}.taxi.predictions", {"body": body(one)}) for one in ids]

    @pytest.fixture
    def restart(self, server):
        return server.restart


def test_left_by_another_consumer(server, client, name):
    """What a consumer of another name took and never acknowledged is taken over, with its id."""
    stream = f"{name}.taxi.predictions"
    entry = client.xadd(stream, {"body": body(1)}).decode()
    client.xgroup_create(stream, "driftline", id="0")
    client.xreadgroup("driftline", "gone", {stream: ">"})
    taken = Taken()
    with running(f"redis://127.0.0.1:{server.port}/0/{stream}?idle=0.1", taken):
        until(lambda: 1 in taken.durable, "taken over")
    assert {1: f"{stream}/{entry}"} == taken.durable


def test_dead_letters(server, client, name):
    """An entry without a body, and one that is malformed, are kept beside the stream with their reasons."""
    stream = f"{name}.taxi.predictions"
    client.xadd(stream, {"data": "x"})
    client.xadd(stream, {"body": body(13), "batch": "mine"})
    with running(f"redis://127.0.0.1:{server.port}/0/{stream}", Taken(poison=13)) as feed:
        until(lambda: feed.counts["refused"] == 2, "refused")
    dead = [fields for _, fields in client.xrange(f"{stream}.dead")]
    assert {b"the entry has no field 'body'", b"no rows"} == {fields[b"reason"] for fields in dead}
    assert 0 == client.xpending(stream, "driftline")["pending"]
