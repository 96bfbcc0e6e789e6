"""NATS JetStream: `nats://host:4222/STREAM/SUBJECT`, a durable pull consumer that acknowledges each message."""

import asyncio
import ssl
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar, TypeVar

from driftline.config.url import Url
from driftline.errors import FeedError, MissingExtraError
from driftline.server.feeds.base import Message

T = TypeVar("T")
_CLOSE = 2.0  # seconds


class Nats:
    """Messages of the subjects `driftline.MODEL.predictions` and `driftline.MODEL.labels`, unless the URL says others.

    A stream that is not there is made, for those subjects and on disk. Headers `Content-Type` and `Idempotency-Key`
    are heeded; a message's id is otherwise its place in the stream and the time when it was stored. What is malformed
    is terminated: it stays in the stream, and is not delivered again.
    """

    SETTINGS: ClassVar[Mapping[str, Any]] = {"durable": "driftline", "ack_wait": 30.0, "ca": ""}

    def __init__(self, address: Url, settings: Mapping[str, Any]) -> None:
        try:
            from nats import errors  # noqa: PLC0415 - an extra
            from nats.aio.client import Client  # noqa: PLC0415
        except ImportError as error:
            raise MissingExtraError("feeds from NATS", "nats") from error
        self._most, self._timeout = settings["prefetch"], (errors.TimeoutError, asyncio.TimeoutError)
        self._lost = (errors.Error, OSError, asyncio.TimeoutError)
        self._loop = asyncio.new_event_loop()
        stream, _, subject = address.path.strip("/").partition("/")
        options: dict[str, Any] = {"user": address.user, "password": address.password} if address.user else {}
        if address.tls:
            options["tls"] = ssl.create_default_context(cafile=settings["ca"] or None)
        self._client, self._reason = Client(), ""
        try:
            self._run(
                self._client.connect(
                    f"{'tls' if address.tls else 'nats'}://{address.host}:{address.port or 4222}",
                    allow_reconnect=False,
                    connect_timeout=5,
                    max_reconnect_attempts=1,  # the feed waits and tries again by itself; the client would for minutes
                    reconnect_time_wait=0,
                    error_cb=self._note,
                    **options,
                )
            )
            self._pull = self._run(self._subscribe(stream or "DRIFTLINE", subject or "driftline.>", settings))
        except BaseException:
            self.close()
            raise

    def receive(self, seconds: float) -> Sequence[Message]:
        """Messages not yet given."""
        found = self._run(self._fetch(seconds))
        return [_message(one) for one in found]

    def ack(self, messages: Sequence[Message]) -> None:
        """Acknowledge what is durable."""
        self._run(self._answered([message.receipt.ack() for message in messages]))

    def reject(self, message: Message, reason: str) -> None:  # noqa: ARG002 - the stream keeps no reasons
        """Have it never delivered again."""
        self._run(self._answered([message.receipt.term()]))

    def heartbeat(self) -> None:
        """Answer the server's pings."""
        self._run(asyncio.sleep(0.001))

    def close(self) -> None:
        """Let go."""
        with suppress(*self._lost):
            work = asyncio.wait_for(self._client.close(), _CLOSE)  # after a refused certificate it never returns
            self._loop.run_until_complete(work)
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    async def _subscribe(self, stream: str, subject: str, settings: Mapping[str, Any]) -> Any:
        from nats.js import api, errors  # noqa: PLC0415

        context = self._client.jetstream()
        try:
            await context.stream_info(stream)
        except errors.NotFoundError:
            await context.add_stream(name=stream, subjects=[subject], storage=api.StorageType.FILE)
        config = api.ConsumerConfig(ack_policy=api.AckPolicy.EXPLICIT, ack_wait=settings["ack_wait"])
        return await context.pull_subscribe(subject, settings["durable"], stream, config)

    async def _fetch(self, seconds: float) -> list[Any]:
        try:
            return list(await self._pull.fetch(self._most, timeout=seconds))
        except self._timeout:
            if not self._client.is_connected:
                raise
            return []

    async def _answered(self, answers: list[Coroutine[Any, Any, None]]) -> None:
        for answer in answers:
            await answer
        await self._client.flush(timeout=5)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        """What the work gives; the client's errors in words."""
        try:
            return self._loop.run_until_complete(work)
        except self._lost as error:
            reason = f"; {self._reason}" if self._reason else ""
            raise FeedError(f"NATS: {error or type(error).__name__}{reason}") from error

    async def _note(self, error: Exception) -> None:
        """Remember why the connection is not there; whoever waits for it tells."""
        self._reason = str(error)


nats = Nats


def _message(one: Any) -> Message:
    headers, place = one.headers or {}, one.metadata
    key = f"{place.stream}/{place.sequence.stream}/{place.timestamp.timestamp():.6f}"
    return Message(one.subject, headers.get("Idempotency-Key", key), one.data, headers.get("Content-Type", ""), one)
