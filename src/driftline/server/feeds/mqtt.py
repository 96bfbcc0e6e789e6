"""MQTT 5: `mqtt://host:1883/driftline/+/+`, quality of service 1, a session that outlasts the connection."""

import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from time import monotonic
from typing import Any, ClassVar

from driftline.config.url import Url
from driftline.errors import FeedError, MissingExtraError
from driftline.server.feeds.base import Message

_PATIENCE = 10.0


class Mqtt:
    """Messages of topics that end in `MODEL/predictions` or `MODEL/labels`, unless the URL says others.

    The broker keeps what is published meanwhile for `session` seconds under the client's name, which one process at a
    time may have; `share` names a group of clients that share the messages. The properties content type and, among
    the user's, `Idempotency-Key` are heeded; a message's id is otherwise the hash of its topic and body. MQTT has no
    dead letters: what is malformed is told in the log and acknowledged.
    """

    SETTINGS: ClassVar[Mapping[str, Any]] = {"client": "driftline", "session": 604_800, "share": "", "ca": ""}

    def __init__(self, address: Url, settings: Mapping[str, Any]) -> None:
        try:
            from paho.mqtt import client, enums, packettypes, properties  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise MissingExtraError("feeds from MQTT", "mqtt") from error
        self._most, self._got, self._answers = settings["prefetch"], list[Message](), list[Any]()
        self._client = client.Client(
            enums.CallbackAPIVersion.VERSION2, settings["client"], protocol=enums.MQTTProtocolVersion.MQTTv5,
            manual_ack=True, reconnect_on_failure=False,
        )  # fmt: skip
        self._client.on_connect = lambda _client, _data, _flags, reason, _properties: self._answers.append(reason)
        self._client.on_subscribe = lambda _client, _data, _id, reasons, _properties: self._answers.extend(reasons)
        self._client.on_message = lambda _client, _data, message: self._got.append(_message(message))
        if address.user:
            self._client.username_pw_set(address.user, address.password)
        if address.tls:
            self._client.tls_set_context(ssl.create_default_context(cafile=settings["ca"] or None))
        kind: Any = properties.Properties  # without types of its own
        session = kind(packettypes.PacketTypes.CONNECT)
        session.SessionExpiryInterval, session.ReceiveMaximum = settings["session"], self._most
        topic = address.path.strip("/") or "driftline/+/+"
        with self._broker_errors():
            try:
                port = address.port or (8883 if address.tls else 1883)
                self._client.connect(address.host, port, clean_start=False, properties=session)
                self._answered()
                self._client.subscribe(f"$share/{settings['share']}/{topic}" if settings["share"] else topic, qos=1)
                self._answered()
            except BaseException:
                self.close()
                raise

    def receive(self, seconds: float) -> Sequence[Message]:
        """Messages not yet given."""
        if not self._got:
            self._turn(seconds)
        got, self._got = self._got[: self._most], self._got[self._most :]
        return got

    def ack(self, messages: Sequence[Message]) -> None:
        """Acknowledge what is durable."""
        with self._broker_errors():
            for message in messages:
                self._check(self._client.ack(*message.receipt))

    def reject(self, message: Message, reason: str) -> None:  # noqa: ARG002 - told in the log
        """Acknowledge it."""
        self.ack([message])

    def heartbeat(self) -> None:
        """Keep the connection up."""
        self._turn(0.01)

    def close(self) -> None:
        """Let go; the broker keeps the session."""
        self._client.disconnect()

    def _turn(self, seconds: float) -> None:
        with self._broker_errors():
            self._check(self._client.loop(seconds))

    def _answered(self) -> None:
        """Wait for the broker's answer, which must be a good one."""
        deadline = monotonic() + _PATIENCE
        while not self._answers:
            if monotonic() > deadline:
                raise FeedError("MQTT: the broker does not answer")
            self._turn(0.1)
        if (answer := self._answers.pop(0)).is_failure:
            raise FeedError(f"MQTT: the broker says {answer}")

    def _check(self, code: int) -> None:
        if code:
            from paho.mqtt.client import error_string  # noqa: PLC0415

            raise FeedError(f"MQTT: {error_string(code)}")

    @contextmanager
    def _broker_errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            raise FeedError(f"MQTT: {error}") from error


def _message(message: Any) -> Message:
    said = message.properties
    keys = [value for name, value in getattr(said, "UserProperty", ()) if name == "Idempotency-Key"]
    body = bytes(message.payload)
    batch = keys[0] if keys else f"{message.topic}/{sha256(body).hexdigest()[:32]}"
    return Message(message.topic, batch, body, getattr(said, "ContentType", ""), (message.mid, message.qos))
