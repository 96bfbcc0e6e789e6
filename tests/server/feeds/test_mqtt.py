"""MQTT, on a real Mosquitto: the suite of all feeds, and what properties say."""

import pytest
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from driftline.testing.feeds import FeedSuite, Taken, body, running, until
from harness import programs


@pytest.fixture(scope="module")
def server():
    """A server."""
    with programs.mosquitto() as server:
        yield server


@pytest.fixture
def publish(server):
    """Publishes messages of a topic, and hears that the broker has them."""

    def go(topic, bodies, properties=None):
        client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        client.connect("127.0.0.1", server.port)
        client.loop_start()
        for data in bodies:
            client.publish(topic, data, qos=1, properties=properties).wait_for_publish(10)
        client.disconnect()
        client.loop_stop()

    return go


class TestMqtt(FeedSuite):
    """The suite of all feeds; a client that never was there has no session, so it says its name first."""

    @pytest.fixture
    def url(self, server, name):
        url = f"mqtt://127.0.0.1:{server.port}/{name}/+/+?client={name}"
        with running(url, Taken()) as feed:
            until(lambda: _subscribed(feed, server), "subscribed")
        return url

    @pytest.fixture
    def send(self, publish, name):
        return lambda ids: publish(f"{name}/taxi/predictions", map(body, ids))

    @pytest.fixture
    def restart(self, server):
        return server.restart


def _subscribed(feed, server):
    """Whether the broker's log tells of the subscription."""
    return f" {feed.settings['client']} 1 " in (server.folder / "output.log").read_text()


def test_properties(server, publish, name):
    """The sender's id and content type are taken."""
    said = Properties(PacketTypes.PUBLISH)
    said.ContentType, said.UserProperty = "application/json", ("Idempotency-Key", "mine")
    taken = Taken()
    with running(f"mqtt://127.0.0.1:{server.port}/{name}/+/+?client={name}", taken) as feed:
        until(lambda: _subscribed(feed, server), "subscribed")
        publish(f"{name}/taxi/predictions", [b" " + body(1)], said)
        until(lambda: feed.counts["delivered"] == 1, "taken")
    assert {1: "mine"} == taken.durable
