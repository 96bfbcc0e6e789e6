"""NATS JetStream, on a real server: the suite of all feeds, headers, and what is refused."""

import asyncio

import nats
import pytest

from driftline.testing.feeds import FeedSuite, Taken, body, running, until
from harness import programs


@pytest.fixture(scope="module")
def server():
    """A server."""
    with programs.nats() as server:
        yield server


@pytest.fixture
def publish(server, name):
    """Publishes messages of (subject, body, headers)."""

    async def all_of(messages):
        client = await nats.connect(f"nats://127.0.0.1:{server.port}")
        context = client.jetstream()
        await context.add_stream(name=name, subjects=[f"{name}.>"])
        for subject, data, headers in messages:
            await context.publish(f"{name}.{subject}", data, headers=headers)
        await client.close()

    return lambda *messages: asyncio.run(all_of(messages))


class TestNats(FeedSuite):
    """The suite of all feeds."""

    @pytest.fixture
    def url(self, server, name):
        return f"nats://127.0.0.1:{server.port}/{name}/{name}.>?ack_wait=1"

    @pytest.fixture
    def send(self, publish):
        return lambda ids: publish(*(("taxi.predictions", body(one), None) for one in ids))

    @pytest.fixture
    def restart(self, server):
        return server.restart


def test_headers_and_subjects(server, name, publish):
    """The sender's id and content type are taken; a subject without model and kind is refused, not lost in silence."""
    said = {"Idempotency-Key": "mine", "Content-Type": "application/json"}
    publish(("taxi.predictions", b"  " + body(1), said), ("elsewhere", body(2), None), ("taxi.predictions", b"", None))
    taken = Taken()
    with running(f"nats://127.0.0.1:{server.port}/{name}/{name}.>", taken) as feed:
        until(lambda: feed.counts["refused"] == 2 and feed.counts["delivered"] == 1, "all answered")
    assert {1: "mine"} == taken.durable
