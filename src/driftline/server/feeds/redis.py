"""Redis Streams: `redis://host:6379/DB/STREAM,STREAM`, read by a consumer group."""

import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any, ClassVar

from driftline.config.url import Url
from driftline.errors import ConfigError, FeedError, MissingExtraError
from driftline.server.feeds.base import Message


class Redis:
    """Entries of streams named such as `driftline.MODEL.predictions`, parted by commas.

    An entry has a field `body`, and may have `content_type` and `batch`; its id is otherwise the entry's. What a
    consumer took and did not acknowledge within `idle` seconds is taken over. What is malformed is added to
    `STREAM.dead` with its reason. Entries stay in the stream: trimming it is its owner's.
    """

    SETTINGS: ClassVar[Mapping[str, Any]] = {"group": "driftline", "consumer": "", "idle": 60.0, "ca": ""}

    def __init__(self, address: Url, settings: Mapping[str, Any]) -> None:
        try:
            import redis  # noqa: PLC0415 - an extra
            from redis import backoff, retry  # noqa: PLC0415
        except ImportError as error:
            raise MissingExtraError("feeds from Redis", "redis") from error
        base, _, streams = address.path.strip("/").partition("/")
        self._names = [name for name in streams.split(",") if name]
        if not base.isdigit() or not self._names:
            raise ConfigError(f"{address.label}: names no stream; write redis://host:6379/0/driftline.taxi.predictions")
        self._group, self._most, self._idle = settings["group"], settings["prefetch"], settings["idle"]
        self._consumer = settings["consumer"] or socket.gethostname()
        self._errors = (redis.RedisError, OSError)
        secure: dict[str, Any] = {"ssl": True, "ssl_ca_certs": settings["ca"] or None} if address.tls else {}
        if address.tls:
            secure["ssl_cert_reqs"] = ssl.CERT_REQUIRED
        once = retry.Retry(backoff.NoBackoff(), 0)  # the feed tries again by itself
        self._client = redis.Redis(
            host=address.host, port=address.port or 6379, db=int(base), username=address.user,
            password=address.password, socket_timeout=10, socket_connect_timeout=5, retry=once, **secure,
        )  # fmt: skip
        self._busy = redis.ResponseError
        self._own = dict.fromkeys(self._names, "0")  # up to where its own unacknowledged entries are read again
        self._swept = 0.0
        try:
            for name in self._names:
                self._join(name)
        except BaseException:
            self.close()
            raise

    def receive(self, seconds: float) -> Sequence[Message]:
        """What this consumer left, then what others left, then what is new."""
        with self._broker_errors():
            while self._own:
                got = self._read({name: self._own[name] for name in self._own}, None)
                last = {one.name: one.receipt for one in got}
                self._own = {name: last[name].decode() for name in self._own if name in last}
                if got:
                    return got
            if monotonic() - self._swept > self._idle / 2:
                self._swept = monotonic()
                if left := [one for name in self._names for one in self._claimed(name)]:
                    self._swept = 0.0
                    return left
            return self._read(dict.fromkeys(self._names, ">"), int(1000 * seconds))

    def ack(self, messages: Sequence[Message]) -> None:
        """Acknowledge what is durable."""
        with self._broker_errors():
            for name in {message.name for message in messages}:
                self._client.xack(name, self._group, *(one.receipt for one in messages if one.name == name))

    def reject(self, message: Message, reason: str) -> None:
        """Put it into the stream of dead letters, and acknowledge it, in one transaction."""
        with self._broker_errors(), self._client.pipeline() as both:
            both.xadd(f"{message.name}.dead", {"reason": reason, "entry": message.receipt, "body": message.body})
            both.xack(message.name, self._group, message.receipt)
            both.execute()

    def heartbeat(self) -> None:
        """Nothing: there is no connection to keep up."""

    def close(self) -> None:
        """Let go."""
        self._client.close()

    def _join(self, name: str) -> None:
        with self._broker_errors():
            try:
                self._client.xgroup_create(name, self._group, id="0", mkstream=True)
            except self._busy as error:
                if "BUSYGROUP" not in str(error):
                    raise

    def _read(self, after: dict[Any, Any], wait: int | None) -> list[Message]:
        found: Any = self._client.xreadgroup(self._group, self._consumer, after, count=self._most, block=wait) or []
        pairs = found.items() if isinstance(found, dict) else found
        return [_message(name.decode(), entry) for name, entries in pairs for entry in entries][: 10 * self._most]

    def _claimed(self, name: str) -> list[Message]:
        idle = int(1000 * self._idle)
        found = self._client.xautoclaim(name, self._group, self._consumer, idle, count=self._most)
        return [_message(name, entry) for entry in found[1]]

    @contextmanager
    def _broker_errors(self) -> Iterator[None]:
        try:
            yield
        except self._errors as error:
            raise FeedError(f"Redis: {error}") from error


redis = Redis


def _message(name: str, entry: Any) -> Message:
    """The message of an entry; one that was trimmed away meanwhile has no fields."""
    key, fields = entry
    trouble = "" if fields and b"body" in fields else "the entry has no field 'body'"
    fields = fields or {}
    batch = fields.get(b"batch", f"{name}/{key.decode()}".encode()).decode(errors="replace")
    content = fields.get(b"content_type", b"").decode(errors="replace")
    return Message(name, batch, fields.get(b"body", b""), content, key, trouble)
