"""A feed reads batches of rows from a broker, a folder or a table, and acknowledges a batch once it is durable.

Each kind of feed is one file in `feeds/`: a `Consumer`. The loop around a consumer is here: it delivers several
messages at a time, retries after a temporary failure, rejects malformed messages, and connects again when the broker
is lost.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from threading import Event
from typing import Any, ClassVar, Protocol

from driftline import registry
from driftline.backoff import Backoff
from driftline.config.url import Url, clean_message, fill_secrets, read_url, warn_of_secrets
from driftline.errors import ConfigError, DriftlineError, FeedError, InputError

ARROW, JSON, LINES = "application/vnd.apache.arrow.stream", "application/json", "application/x-ndjson"
KINDS = ("predictions", "labels")
SETTINGS = {"model": "", "kind": "", "prefetch": 16}
"""Settings of every feed: the model and kind of all its messages, and how many messages may be in flight."""
WAIT = 0.25
_ALIASES = {"amqp": "rabbitmq", "amqps": "rabbitmq+tls", "rediss": "redis+tls", "mqtts": "mqtt+tls",
            "tls": "nats+tls", "postgres": "postgresql"}  # fmt: skip
_HEARTBEAT = 1.0
_LONGEST = 200

Deliver = Callable[[str, str, str, bytes, str], None]
"""Takes model, kind, batch id, body and content type; returns once the rows are durable.

It raises an `InputError` for a body that can never be read, and any other `DriftlineError` or an `OSError` for a
failure that may pass. Several threads call it at once.
"""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a broker: `name` ends in model and kind; `batch` is the same at each redelivery.

    `receipt` is for the consumer that gave the message. `trouble` says why there is no readable body.
    """

    name: str
    batch: str
    body: bytes
    content_type: str = ""
    receipt: Any = None
    trouble: str = ""


class Consumer(Protocol):
    """A connection to a broker; made by calling the part with an address and its settings.

    `SETTINGS` are the settings that its URL may have, with their defaults. Only one thread uses a consumer. Every
    failure of the broker is a `FeedError`; after one the feed closes the consumer and makes a new one, and the broker
    delivers unacknowledged messages again, under the same batch ids. A missing package is a `MissingExtraError`. With
    `DOTTED = True` the feed passes settings whose names have a dot on as text, for the broker's own client.
    """

    SETTINGS: ClassVar[Mapping[str, Any]]

    def __init__(self, address: Url, settings: Mapping[str, Any]) -> None: ...

    def receive(self, seconds: float) -> Sequence[Message]:
        """Give new messages, at most `prefetch` of them; wait up to so long for the first."""
        ...

    def ack(self, messages: Sequence[Message]) -> None:
        """Acknowledge messages that are durable."""
        ...

    def reject(self, message: Message, reason: str) -> None:
        """Acknowledge a malformed message, and make it a dead letter where the broker has a place for them."""
        ...

    def heartbeat(self) -> None:
        """Keep the connection alive; the feed calls it about once a second while it delivers messages."""
        ...

    def close(self) -> None:
        """Close the connection; never raises because the broker is gone."""
        ...


class Feed:
    """A feed, opened by a URL such as `nats://127.0.0.1:4222/STREAM`.

    `counts` has the number of messages `delivered` and `refused`, of deliveries `retried`, and of connections `lost`.
    Raises a `ConfigError` when no feed has such a URL, or the URL has unknown settings.

    >>> Feed("nats://me:secret@broker/EVENTS?model=taxi").label
    'nats://me@broker/EVENTS'
    """

    def __init__(self, url: str, first_wait: float = 0.5, longest_wait: float = 30.0) -> None:
        scheme, mark, rest = read_url(url).partition("://")
        self._url = fill_secrets(url)
        self.address = Url.parse(_ALIASES.get(scheme, scheme) + mark + rest)
        if self.address.scheme not in (known := registry.names("feeds")):
            forms = ", ".join(f"{scheme}://…" for scheme in known)
            raise ConfigError(f"{self.address.label}: no feed of this kind; known are {forms}")
        warn_of_secrets(url, "feed")
        self._part = registry.find("feeds", self.address.scheme)
        own = dict.fromkeys(filter(lambda name: "." in name, self.address.query), "")
        known_settings = {**SETTINGS, **self._part.SETTINGS, **(own if getattr(self._part, "DOTTED", False) else {})}
        self.settings = self.address.settings(known_settings)
        self.label, self._waits = self.address.label, (first_wait, longest_wait)
        self.counts: Counter[str] = Counter(delivered=0, refused=0, retried=0, lost=0)
        if self.settings["kind"] not in {"", *KINDS}:
            raise ConfigError(f"{self.label}: kind={self.settings['kind']}; expected predictions or labels")
        if self.settings["prefetch"] < 1:
            raise ConfigError(f"{self.label}: prefetch={self.settings['prefetch']}; expected at least 1")

    def run(self, deliver: Deliver, stop: Event) -> None:
        """Deliver messages until `stop` is set; returns within about a second after that and the last delivery.

        Raises:
            MissingExtraError: when the broker's package is not installed.
        """
        backoff = Backoff(*self._waits)
        with ThreadPoolExecutor(self.settings["prefetch"], "driftline-feed") as pool:
            while not stop.is_set():
                try:
                    with closing(self._part(self.address, self.settings)) as consumer:
                        while not stop.is_set():
                            if messages := consumer.receive(WAIT):
                                self._handle(consumer, messages, deliver, stop, pool)
                            backoff.reset()
                except FeedError as error:
                    self.counts["lost"] += 1
                    wait_for = backoff.next_wait()
                    _log.warning("feed %s: %s; trying again in %.1f s", self.label, self._clean(error), wait_for)
                    stop.wait(wait_for)

    def _clean(self, error: Exception) -> str:
        """The text of an error without the secrets of the feed's URL."""
        return clean_message(str(error), self._url)

    def _handle(
        self, consumer: Consumer, messages: Sequence[Message], deliver: Deliver, stop: Event, pool: ThreadPoolExecutor
    ) -> None:
        """Deliver messages side by side, then acknowledge the durable ones and reject the malformed ones."""
        work = {pool.submit(self._deliver, message, deliver, stop): message for message in messages}
        while wait(work, timeout=_HEARTBEAT).not_done:
            consumer.heartbeat()
        outcomes = [(message, *future.result()) for future, message in work.items()]
        self.counts["retried"] += sum(retries for _, _, retries in outcomes)
        for message, reason, _ in outcomes:
            if reason:
                _log.error("feed %s: refused %s: %s", self.label, message.batch, reason)
                consumer.reject(message, reason)
                self.counts["refused"] += 1
        if done := [message for message, reason, _ in outcomes if reason == ""]:
            consumer.ack(done)
            self.counts["delivered"] += len(done)

    def _deliver(self, message: Message, deliver: Deliver, stop: Event) -> tuple[str | None, int]:
        """The reason for a refusal ("" when it is durable, None when `stop` came first), and the number of retries."""
        backoff = Backoff(*self._waits)
        while True:
            try:
                model, kind = self._route(message)
                content_type = message.content_type or _sniff(message.body)
                deliver(model, kind, _printable_id(message.batch), message.body, content_type)
            except InputError as error:
                return str(error) or "malformed", backoff.failures
            except (DriftlineError, OSError) as error:
                wait_for = backoff.next_wait()
                facts = self.label, message.batch, error, wait_for
                _log.warning("feed %s: cannot store batch %s: %s; trying again in %.1f s", *facts)
            else:
                return "", backoff.failures
            if stop.wait(wait_for):
                return None, backoff.failures - 1

    def _route(self, message: Message) -> tuple[str, str]:
        """The model and kind of a message: the feed's own, else the last two parts of its name."""
        if message.trouble:
            raise InputError(message.trouble)
        parts = ["", "", *message.name.split("/" if "/" in message.name else ".")]
        kind = self.settings["kind"] or parts.pop()
        model = self.settings["model"] or parts.pop()
        if kind not in KINDS or not model:
            raise InputError(
                f"{message.name!r} names no model and kind; expected a name that ends in MODEL.predictions or "
                "MODEL.labels, or model= and kind= in the feed's URL"
            )
        return model, kind


def _printable_id(batch: str) -> str:
    """A batch id of at most 200 printable ASCII characters: the id itself, or the hash of one that is not so.

    >>> _printable_id("a" * 9), _printable_id("é")
    ('aaaaaaaaa', '4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c')
    """
    if len(batch) <= _LONGEST and batch.isascii() and batch.isprintable():
        return batch
    return sha256(batch.encode(errors="surrogatepass")).hexdigest()


def _sniff(body: bytes) -> str:
    """The content type of a body that comes without one."""
    first = body[:1]
    if body[:4] == b"\xff\xff\xff\xff" or first in {b"[", b"{"}:
        return {b"[": JSON, b"{": LINES}.get(first, ARROW)
    raise InputError("the message has no content type and is neither Arrow IPC stream nor JSON; set its content type")
