"""Kafka, on the broker that librdkafka has within it: the suite of all feeds, and dead letters."""

import confluent_kafka
import pytest

from driftline.testing.feeds import FeedSuite, Taken, body, running, until

pytestmark = pytest.mark.slow  # the broker lets those who join wait


@pytest.fixture(scope="module")
def server():
    """Where the broker is."""
    holder = confluent_kafka.Producer({"test.mock.num.brokers": 1, "log_level": 0})
    broker = next(iter(holder.list_topics(timeout=10).brokers.values()))
    yield f"{broker.host}:{broker.port}"
    holder.flush()


@pytest.fixture
def send(server, name):
    """Sends messages, and hears that the broker has them."""

    def go(ids, **options):
        producer = confluent_kafka.Producer({"bootstrap.servers": server, "log_level": 0})
        for one in ids:
            producer.produce(f"{name}.taxi.predictions", body(one), **options)
        assert 0 == producer.flush(10)

    return go


@pytest.fixture
def url(server, name):
    """Of a topic and group that no other test has."""
    settings = "session.timeout.ms=6000&heartbeat.interval.ms=200&topic.metadata.refresh.interval.ms=200"
    return f"kafka://{server}/{name}.taxi.predictions?group={name}&{settings}"


class TestKafka(FeedSuite):
    """The suite of all feeds; this broker cannot be restarted, and takes three seconds to form a group."""

    test_broker_restarted = None


def test_headers_and_dead_letters(server, name, url, send):
    """The sender's id is taken; what is malformed goes to a topic of its own, with its reason."""
    send([1], headers={"Idempotency-Key": "mine", "Content-Type": "application/json"})
    send([13])
    taken = Taken(poison=13)
    with running(url, taken) as feed:
        until(lambda: feed.counts["delivered"] == 1 and feed.counts["refused"] == 1, "both answered")
    assert {1: "mine"} == taken.durable
    settings = {"bootstrap.servers": server, "group.id": "dead", "auto.offset.reset": "earliest", "log_level": 0}
    consumer = confluent_kafka.Consumer(settings)
    consumer.subscribe([f"{name}.taxi.predictions.dead"])
    found = []
    until(lambda: found.append(consumer.poll(0.5)) or bool(found[-1]), "the dead letter")
    consumer.close()
    assert (body(13), b"no rows") == (found[-1].value(), dict(found[-1].headers())["reason"])
