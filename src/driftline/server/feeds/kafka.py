"""Kafka: `kafka://host:9092/TOPIC,TOPIC`, a consumer group whose offsets are committed once rows are durable."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from driftline.config.url import Url
from driftline.errors import FeedError, MissingExtraError
from driftline.server.feeds.base import Message

_TOPICS = r"^driftline\..*\.(predictions|labels)$"


class Kafka:
    """Messages of topics that end in `MODEL.predictions` or `MODEL.labels`, unless the URL says others.

    Settings with a dot are librdkafka's own, such as `security.protocol`. Headers `content-type` and
    `idempotency-key` are heeded; a message's id is otherwise its topic, partition, offset and time. What is malformed
    is sent to `TOPIC.dead`.
    """

    SETTINGS: ClassVar[Mapping[str, Any]] = {"group": "driftline"}
    DOTTED = True  # settings with a dot are the client's own

    def __init__(self, address: Url, settings: Mapping[str, Any]) -> None:
        try:
            import confluent_kafka  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise MissingExtraError("feeds from Kafka", "kafka") from error
        self._kafka: Any = confluent_kafka
        self._most: int = settings["prefetch"]
        self._dead: Any = None  # a producer, once there is a dead letter
        self._down = self._reason = ""
        self._given: dict[tuple[str, int], list[int]] = {}  # offsets not yet committed, in order
        self._settled: set[tuple[str, int, int]] = set()
        self._own = {name: value for name, value in settings.items() if "." in name}
        self._own.setdefault("bootstrap.servers", f"{address.host}:{address.port or 9092}")
        if address.tls:
            self._own.setdefault("security.protocol", "SSL")
        if address.user:
            self._own |= {"sasl.username": address.user, "sasl.password": address.password}
            self._own.setdefault("sasl.mechanisms", "SCRAM-SHA-512")
            self._own["security.protocol"] = "SASL_SSL" if address.tls else "SASL_PLAINTEXT"
        topics = [name for name in address.path.strip("/").split(",") if name] or [_TOPICS]
        with self._broker_errors():
            self._consumer = self._kafka.Consumer(
                {"group.id": settings["group"], "auto.offset.reset": "earliest", "enable.auto.commit": False,
                 "error_cb": self._noted, "log_level": 0, **self._own}
            )  # fmt: skip
            self._consumer.subscribe(topics)

    def receive(self, seconds: float) -> Sequence[Message]:
        """Messages not yet given."""
        with self._broker_errors():
            first = self._consumer.poll(seconds)
            found = [first, *self._consumer.consume(self._most - 1, 0.005)] if first and self._most > 1 else [first]
        if self._down:
            with self._broker_errors():
                self._consumer.poll(0.0 if self._reason else 0.5)  # the reason may come behind
            raise FeedError(f"Kafka: {self._down}{self._reason}")
        unknown = (self._kafka.KafkaError._PARTITION_EOF, self._kafka.KafkaError.UNKNOWN_TOPIC_OR_PART)  # noqa: SLF001 - its public name
        for one in found:
            if one is not None and one.error() and one.error().code() not in unknown:
                raise FeedError(f"Kafka: {one.error()}")
        good = [one for one in found if one is not None and not one.error()]
        for one in good:
            self._given.setdefault((one.topic(), one.partition()), []).append(one.offset())
        return [_message(one) for one in good]

    def ack(self, messages: Sequence[Message]) -> None:
        """Commit, in each partition, up to the first message that is not durable."""
        self._settled |= {message.receipt for message in messages}
        ends = []
        for (topic, partition), offsets in self._given.items():
            last = None
            while offsets and (topic, partition, offsets[0]) in self._settled:
                last = offsets.pop(0)
                self._settled.discard((topic, partition, last))
            if last is not None:
                ends.append(self._kafka.TopicPartition(topic, partition, last + 1))
        if ends:
            with self._broker_errors():
                self._consumer.commit(offsets=ends, asynchronous=False)

    def reject(self, message: Message, reason: str) -> None:
        """Send it to the topic of dead letters, then go on."""
        with self._broker_errors():
            self._dead = self._dead or self._kafka.Producer({"log_level": 0, **self._own})
            self._dead.produce(f"{message.name}.dead", message.body, headers={"reason": reason, "batch": message.batch})
            if self._dead.flush(10):
                raise FeedError(f"Kafka: {message.name}.dead takes no messages")
        self.ack([message])

    def heartbeat(self) -> None:
        """Nothing: the client keeps its connection up by itself."""

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close()

    def _noted(self, error: Any) -> None:
        codes = self._kafka.KafkaError
        if error.code() in {codes._SSL, codes._AUTHENTICATION}:  # noqa: SLF001 - their public names
            self._reason = f"; {error.str()}"
        if error.fatal() or error.code() == codes._ALL_BROKERS_DOWN:  # noqa: SLF001 - as above
            self._down = str(error)

    @contextmanager
    def _broker_errors(self) -> Iterator[None]:
        try:
            yield
        except self._kafka.KafkaException as error:
            raise FeedError(f"Kafka: {error}") from error


def _message(one: Any) -> Message:
    headers = {key.lower(): value for key, value in one.headers() or () if value is not None}
    receipt = (one.topic(), one.partition(), one.offset())
    batch = headers.get("idempotency-key", "/".join(map(str, (*receipt, one.timestamp()[1]))).encode())
    content = headers.get("content-type", b"").decode(errors="replace")
    return Message(one.topic(), batch.decode(errors="replace"), one.value() or b"", content, receipt)
