"""A feed brings batches of rows from a broker, a folder or a table, and acknowledges them once they are durable.

Each kind is one file in `feeds/`: a `Consumer`. The loop around it is here: many deliveries at a time, again after a
temporary failure, never again what is malformed, and a new connection where one is lost.
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
from driftline.config.url import Url
from driftline.errors import ConfigError, DriftlineError, FeedError, InputError

ARROW, JSON, LINES = "application/vnd.apache.arrow.stream", "application/json", "application/x-ndjson"
KINDS = ("predictions", "labels")
SETTINGS = {"model": "", "kind": "", "prefetch": 16}
"""What every feed knows: the model and kind of all its messages, and how many may be under way."""
WAIT = 0.25
_ALIASES = {"amqp": "rabbitmq", "amqps": "rabbitmq+tls", "rediss": "redis+tls", "mqtts": "mqtt+tls",
            "tls": "nats+tls", "postgres": "postgresql"}  # fmt: skip
_LATER = 1.0
_LONGEST = 200

Deliver = Callable[[str, str, str, bytes, str], None]
"""Takes model, kind, batch id, body and content type; returns once the rows are durable.

It raises an `InputError` for a body that will never be readable, any other `DriftlineError` or an `OSError` for what
may work later. It is called from several threads at once.
"""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """What a broker gave: `name` ends in model and kind; `batch` is the same at each redelivery.

    `receipt` is the channel's own. `trouble` says why there is no body that could be read.
    """

    name: str
    batch: str
    body: bytes
    content_type: str = ""
    receipt: Any = None
    trouble: str = ""


class Consumer(Protocol):
    """A connection to a broker; made by calling the part with an address and its settings.

    `SETTINGS` are the settings that its URL may have, with their defaults. One thread alone uses it. Whatever goes
    wrong with the broker is a `FeedError`; after one it is closed and a new one is made, and what was not
    acknowledged comes again, under the same batch ids. A missing package is a `MissingExtraError`. With `DOTTED = True`
    settings whose names have a dot are passed on as text: the client's own.
    """

    SETTINGS: ClassVar[Mapping[str, Any]]

    def __init__(self, address: Url, settings: Mapping[str, Any]) -> None: ...

    def receive(self, seconds: float) -> Sequence[Message]:
        """Messages not yet given, at most `prefetch` of them; waits up to so long for the first."""
        ...

    def accept(self, messages: Sequence[Message]) -> None:
        """Acknowledge what is durable."""
        ...

    def refuse(self, message: Message, reason: str) -> None:
        """Acknowledge what is malformed, and put it where the broker has a place for that."""
        ...

    def idle(self) -> None:
        """Keep the connection up; called about once a second while messages are being delivered."""
        ...

    def close(self) -> None:
        """Let go; never raises because the broker is gone."""
        ...


class Feed:
    """A feed, opened by a URL such as `nats://127.0.0.1:4222/STREAM`.

    `counts` has how many messages were `delivered` and `refused`, and how often delivery was `retried` and the broker
    `lost`. Raises a `ConfigError` when the URL is no feed's, or has unknown settings.

    >>> Feed("nats://me:secret@broker/EVENTS?model=taxi").label
    'nats://me@broker/EVENTS'
    """

    def __init__(self, url: str, delay: float = 0.5, longest: float = 30.0) -> None:
        scheme, mark, rest = url.partition("://")
        self.address = Url.parse(_ALIASES.get(scheme, scheme) + mark + rest)
        if self.address.scheme not in (known := registry.names("feeds")):
            forms = ", ".join(f"{one}://…" for one in known)
            raise ConfigError(f"{self.address.label}: no feed of this kind; known are {forms}")
        self._part = registry.find("feeds", self.address.scheme)
        own = dict.fromkeys(filter(lambda name: "." in name, self.address.query), "")
        known_settings = {**SETTINGS, **self._part.SETTINGS, **(own if getattr(self._part, "DOTTED", False) else {})}
        self.settings = self.address.settings(known_settings)
        self.label, self.delay, self.longest = self.address.label, delay, longest
        self.counts: Counter[str] = Counter(delivered=0, refused=0, retried=0, lost=0)
        if self.settings["kind"] not in {"", *KINDS}:
            raise ConfigError(f"{self.label}: kind={self.settings['kind']}; expected predictions or labels")
        if self.settings["prefetch"] < 1:
            raise ConfigError(f"{self.label}: prefetch={self.settings['prefetch']}; expected at least 1")

    def run(self, deliver: Deliver, stop: Event) -> None:
        """Deliver what comes until `stop` is set; returns within about a second after that and the last delivery.

        Raises:
            MissingExtraError: when the broker's package is not installed.
        """
        delay = self.delay
        with ThreadPoolExecutor(self.settings["prefetch"], "driftline-feed") as pool:
            while not stop.is_set():
                try:
                    with closing(self._part(self.address, self.settings)) as channel:
                        while not stop.is_set():
                            if messages := channel.receive(WAIT):
                                self._handle(channel, messages, deliver, stop, pool)
                            delay = self.delay
                except FeedError as error:
                    self.counts["lost"] += 1
                    _log.warning("feed %s: %s; trying again in %.1f s", self.label, error, delay)
                    stop.wait(delay)
                    delay = min(2 * delay, self.longest)

    def _handle(
        self, channel: Consumer, messages: Sequence[Message], deliver: Deliver, stop: Event, pool: ThreadPoolExecutor
    ) -> None:
        """Deliver messages side by side, then acknowledge those that are durable and those that are malformed."""
        work = {pool.submit(self._deliver, message, deliver, stop): message for message in messages}
        while wait(work, timeout=_LATER).not_done:
            channel.idle()
        outcomes = [(message, *future.result()) for future, message in work.items()]
        self.counts["retried"] += sum(tries for _, _, tries in outcomes)
        for message, reason, _ in outcomes:
            if reason:
                _log.error("feed %s: refused %s: %s", self.label, message.batch, reason)
                channel.refuse(message, reason)
                self.counts["refused"] += 1
        if done := [message for message, reason, _ in outcomes if reason == ""]:
            channel.accept(done)
            self.counts["delivered"] += len(done)

    def _deliver(self, message: Message, deliver: Deliver, stop: Event) -> tuple[str | None, int]:
        """Why it is refused ("" when it is durable, None when `stop` came first), and how often it was tried again."""
        delay, tries = self.delay, 0
        while True:
            try:
                model, kind = self._route(message)
                content_type = message.content_type or _sniffed(message.body)
                deliver(model, kind, _short(message.batch), message.body, content_type)
            except InputError as error:
                return str(error) or "malformed", tries
            except (DriftlineError, OSError) as error:
                _log.warning("feed %s: %s not taken: %s; again in %.1f s", self.label, message.batch, error, delay)
            else:
                return "", tries
            if stop.wait(delay):
                return None, tries
            delay, tries = min(2 * delay, self.longest), tries + 1

    def _route(self, message: Message) -> tuple[str, str]:
        """The model and kind of a message: the feed's own, else the last two parts of its name."""
        if message.trouble:
            raise InputError(message.trouble)
        parts = ["", "", *message.name.split("/" if "/" in message.name else ".")]
        kind = self.settings["kind"] or parts.pop()
        model = self.settings["model"] or parts.pop()
        if kind not in KINDS or not model:
            raise InputError(
                f"{message.name!r} says no model and kind; expected a name that ends in MODEL.predictions or "
                "MODEL.labels, or model= and kind= in the feed's URL"
            )
        return model, kind


def _short(batch: str) -> str:
    """A batch id as it may be anywhere: at most 200 printable ASCII characters; a hash of one that is not so.

    >>> _short("a" * 9), _short("é")
    ('aaaaaaaaa', '4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c')
    """
    if len(batch) <= _LONGEST and batch.isascii() and batch.isprintable():
        return batch
    return sha256(batch.encode(errors="surrogatepass")).hexdigest()


def _sniffed(body: bytes) -> str:
    """The content type of a body that comes without one."""
    first = body[:1]
    if body[:4] == b"\xff\xff\xff\xff" or first in {b"[", b"{"}:
        return {b"[": JSON, b"{": LINES}.get(first, ARROW)
    raise InputError("the message has no content type and is neither Arrow IPC stream nor JSON; set its content type")
