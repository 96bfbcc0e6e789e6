"""RabbitMQ, on a real server: the suite of all feeds, a topic exchange, and dead letters."""

import gc

import pika
import pytest

from driftline.testing.feeds import FeedSuite, Taken, body, running, until
from harness import programs

pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


@pytest.fixture(autouse=True)
def _sockets():
    """Pika leaves sockets to the garbage collector where a connection fails; they are collected here, not later."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def server():
    """A server."""
    with programs.rabbitmq() as server:
        yield server


@pytest.fixture
def publish(server):
    """Publishes messages to an exchange (if not the default one, it is made), and hears that they are safe."""

    def go(exchange, key, bodies, **properties):
        connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", server.port))
        channel = connection.channel()
        channel.confirm_delivery()
        if exchange:
            channel.exchange_declare(exchange, "topic", durable=True)
        else:
            quorum = {
                "x-queue-type": "quorum",
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": f"{key}.dead",
            }
            channel.queue_declare(f"{key}.dead", durable=True, arguments={"x-queue-type": "quorum"})
            channel.queue_declare(key, durable=True, arguments=quorum)
        for data in bodies:
            channel.basic_publish(exchange, key, data, pika.BasicProperties(**properties), mandatory=True)
        connection.close()

    return go


class TestRabbitmq(FeedSuite):
    """The suite of all feeds."""

    @pytest.fixture
    def url(self, server, name):
        return f"rabbitmq://127.0.0.1:{server.port}/{name}.taxi.predictions"

    @pytest.fixture
    def send(self, publish, name):
        return lambda ids: publish("", f"{name}.taxi.predictions", map(body, ids), delivery_mode=2)

    @pytest.fixture
    def restart(self, server):
        return server.restart


def test_exchange_and_dead_letters(server, publish, name):
    """A queue that is made for an exchange has its messages; ids are the sender's; dead letters are kept."""
    url, taken = f"amqp://127.0.0.1:{server.port}/{name}?exchange={name}.all", Taken(poison=13)
    with running(url, taken):
        until(lambda: _count(server, f"{name}.dead") == 0, "the queue is made")
        until(lambda: _bound(publish, name), "the exchange is bound")
        publish(f"{name}.all", "all.taxi.predictions", [body(1)], message_id="mine")
        publish(f"{name}.all", "all.taxi.predictions", [body(13)])
        until(lambda: 1 in taken.durable and _count(server, f"{name}.dead") == 1, "one taken, one dead")
    assert "mine" == taken.durable[1]


def _bound(publish, name):
    try:
        publish(f"{name}.all", "all.taxi.predictions", [body(0)])
    except pika.exceptions.UnroutableError:
        return False
    return True


def _count(server, queue):
    """How many messages a queue holds; None where there is none."""
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", server.port))
    try:
        return connection.channel().queue_declare(queue, passive=True).method.message_count
    except pika.exceptions.ChannelClosedByBroker:
        return None
    finally:
        connection.close()
