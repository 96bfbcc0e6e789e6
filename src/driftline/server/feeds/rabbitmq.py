"""RabbitMQ: `rabbitmq://user@host:5672/QUEUE` or `…/VHOST/QUEUE`, with an acknowledgement for each message."""

import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import Any, ClassVar

from driftline.config.url import Url
from driftline.errors import ConfigError, FeedError, MissingExtraError
from driftline.server.feeds.base import Message


class Rabbitmq:
    """Messages of a queue; their routing key ends in `MODEL.predictions` or `MODEL.labels`, unless the URL says others.

    A queue that is not there is made: a quorum queue, whose dead letters go to `QUEUE.dead`. `exchange` names a topic
    exchange that it is bound to, for every key. The properties `content_type` and `message_id` are heeded; a
    message's id is otherwise the hash of its routing key and body. What is malformed is rejected, and so becomes a
    dead letter where the queue has a place for them.
    """

    SETTINGS: ClassVar[Mapping[str, Any]] = {"exchange": "", "ca": ""}

    def __init__(self, address: Url, settings: Mapping[str, Any]) -> None:
        try:
            import pika  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise MissingExtraError("feeds from RabbitMQ", "rabbitmq") from error
        vhost, _, queue = address.path.strip("/").rpartition("/")
        if not queue:
            raise ConfigError(f"{address.label}: names no queue; write rabbitmq://host:5672/driftline")
        self._errors = (pika.exceptions.AMQPError, OSError)
        self._missing = pika.exceptions.ChannelClosedByBroker
        self._got: list[Message] = []
        secure = ssl.create_default_context(cafile=settings["ca"] or None) if address.tls else None
        where = pika.ConnectionParameters(
            host=address.host, port=address.port or (5671 if address.tls else 5672), virtual_host=vhost or "/",
            credentials=pika.PlainCredentials(address.user or "guest", address.password or "guest"),
            ssl_options=pika.SSLOptions(secure, address.host) if secure else None,
            heartbeat=30, socket_timeout=5, blocked_connection_timeout=30,
        )  # fmt: skip
        with self._broker_errors():
            self._connection = pika.BlockingConnection(where)
            try:
                self._channel = self._opened(queue)
                if settings["exchange"]:
                    self._channel.exchange_declare(settings["exchange"], "topic", durable=True)
                    self._channel.queue_bind(queue, settings["exchange"], "#")
                self._channel.basic_qos(prefetch_count=settings["prefetch"])
                self._channel.basic_consume(queue, self._take)
            except BaseException:
                self.close()
                raise

    def receive(self, seconds: float) -> Sequence[Message]:
        """Messages not yet given."""
        with self._broker_errors():
            if not self._got:
                self._connection.process_data_events(seconds)
            if not self._channel.is_open:
                raise FeedError("RabbitMQ: the channel was closed")
        got, self._got = self._got, []
        return got

    def ack(self, messages: Sequence[Message]) -> None:
        """Acknowledge what is durable."""
        with self._broker_errors():
            for message in messages:
                self._channel.basic_ack(message.receipt)

    def reject(self, message: Message, reason: str) -> None:  # noqa: ARG002 - a dead letter has no place for it
        """Make it a dead letter."""
        with self._broker_errors():
            self._channel.basic_reject(message.receipt, requeue=False)

    def heartbeat(self) -> None:
        """Answer heartbeats."""
        with self._broker_errors():
            self._connection.process_data_events(0)

    def close(self) -> None:
        """Let go."""
        with suppress(*self._errors):
            self._connection.close()

    def _opened(self, queue: str) -> Any:
        """A channel on the queue, which is made where there is none."""
        channel = self._connection.channel()
        try:
            channel.queue_declare(queue, passive=True)
        except self._missing:
            channel = self._connection.channel()
            quorum = {"x-queue-type": "quorum"}
            channel.queue_declare(f"{queue}.dead", durable=True, arguments=quorum)
            dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": f"{queue}.dead"}
            channel.queue_declare(queue, durable=True, arguments=quorum | dead)
        return channel

    def _take(self, _: Any, method: Any, properties: Any, body: bytes) -> None:
        key = method.routing_key
        batch = properties.message_id or f"{key}/{sha256(body).hexdigest()[:32]}"
        self._got.append(Message(key, batch, body, properties.content_type or "", method.delivery_tag))

    @contextmanager
    def _broker_errors(self) -> Iterator[None]:
        try:
            yield
        except self._errors as error:
            raise FeedError(f"RabbitMQ: {str(error) or repr(error)}") from error
