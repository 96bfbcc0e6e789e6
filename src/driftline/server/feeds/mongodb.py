"""Logged documents of a collection, by a key that grows: `mongodb://user@host/database?collection=predictions`."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any, ClassVar

import polars as pl

from driftline.config.url import Url, clean_message
from driftline.data.ipc import to_stream
from driftline.errors import ConfigError, FeedError, MissingExtraError
from driftline.server.feed_state import FILE, Memory
from driftline.server.feeds.base import ARROW, Message

_SIMPLE = (str, int, float, bool, type(None))


class Mongodb:
    """New documents of a collection, which is only read; model and kind are the last parts of its name, or the URL's.

    `key` names the field that grows with each document: `_id` as the driver makes it, or a time or number of yours.
    The newest key is taken `settle` seconds after it was first seen; a document that comes later with a smaller key is
    not seen, so let `settle` be more than the clocks of the writers differ. Fields of documents inside are columns such
    as `input.fare`; a field that a document lacks is empty. How far it came is remembered in the file `state`.
    """

    SETTINGS: ClassVar[Mapping[str, Any]] = {
        "collection": "", "key": "_id", "rows": 10_000, "settle": 5.0, "every": 1.0, "state": FILE, "replica": "",
        "auth": "admin", "ca": "",
    }  # fmt: skip

    def __init__(self, address: Url, settings: Mapping[str, Any]) -> None:
        database = address.path.strip("/")
        if not settings["collection"] or not database:
            raise ConfigError(
                f"{address.label}: expected a database and collection= in the URL, such as "
                "mongodb://host/taxi?collection=log"
            )
        try:
            import pymongo  # noqa: PLC0415 - an extra
            from bson import json_util  # noqa: PLC0415 - comes with it
        except ImportError as error:
            raise MissingExtraError("feeds from MongoDB", "mongodb") from error
        self._settings, self._error, self._json = settings, pymongo.errors.PyMongoError, json_util
        self._name, self._key = settings["collection"], settings["key"]
        self._open: list[tuple[str, Any]] = []
        self._settled: set[str] = set()
        self._next, self._seen = 0.0, (None, 0.0)
        self._memory = Memory(settings["state"], f"{address.label}/{self._name}/{self._key}")
        try:
            kept = self._memory.all()
            self._done, self._upper = (json_util.loads(kept.get(name, "null")) for name in ("done", "upper"))
            self._at = self._done
            with self._broker_errors():
                user = {"username": address.user, "password": address.password, "authSource": settings["auth"]}
                self._client: Any = pymongo.MongoClient(
                    address.host, address.port or 27017, serverSelectionTimeoutMS=5000, appname="driftline",
                    tz_aware=True, tls=address.tls, **(user if address.user else {}),
                    **({"replicaSet": settings["replica"]} if settings["replica"] else {}),
                    **({"tlsCAFile": settings["ca"]} if settings["ca"] else {}),
                )  # fmt: skip
                self._documents = self._client[database][self._name]
        except BaseException:
            self._memory.close()
            raise

    def receive(self, seconds: float) -> Sequence[Message]:
        """The next documents, in pieces."""
        found: list[Message] = []
        with self._broker_errors():
            if self._at == self._upper and monotonic() >= self._next:
                self._look()
            while self._at != self._upper and len(found) < self._settings["prefetch"]:
                if piece := self._piece():
                    found.append(piece)
        if not found:
            sleep(min(seconds, max(self._next - monotonic(), 0.001)))
        return found

    def ack(self, messages: Sequence[Message]) -> None:
        """Remember how far everything is durable."""
        self._settled |= {message.batch for message in messages}
        while self._open and self._open[0][0] in self._settled:
            batch, self._done = self._open.pop(0)
            self._settled.discard(batch)
        self._memory.put({"done": self._json.dumps(self._done)})

    def reject(self, message: Message, reason: str) -> None:  # noqa: ARG002 - told in the log
        """Pass over the documents."""
        self.ack([message])

    def heartbeat(self) -> None:
        """Nothing: the driver keeps its connections up."""

    def close(self) -> None:
        """Let go."""
        self._client.close()
        self._memory.close()

    def _look(self) -> None:
        """Go on to the newest key once it has settled; it is remembered, so that a crash leaves the pieces the same."""
        settle, every = self._settings["settle"], self._settings["every"]
        newest = next(iter(self._documents.find({}, {self._key: 1}).sort(self._key, -1).limit(1)), {}).get(self._key)
        waited, until = self._seen
        if waited is None and newest is not None and newest != self._upper:
            waited, until = self._seen = newest, monotonic() + settle
        if waited is not None and monotonic() >= until:
            self._upper, self._seen = waited, (None, 0.0)
            self._memory.put({"upper": self._json.dumps(self._upper)})
        else:
            self._next = monotonic() + (min(every, settle or every) if waited is not None else every)

    def _piece(self) -> Message | None:
        """The next documents up to the goal; None where they were deleted meanwhile."""
        after = {} if self._at is None else {"$gt": self._at}
        chosen = {self._key: after | {"$lte": self._upper}}
        rows = list(self._documents.find(chosen).sort(self._key, 1).limit(self._settings["rows"]))
        if not rows:
            self._at = self._upper
            return None
        first, self._at = rows[0][self._key], rows[-1][self._key]
        batch = f"{self._name}/{_show(first)}..{_show(self._at)}"
        self._open.append((batch, self._at))
        flat = [dict(_flatten(row)) for row in rows]
        names = dict.fromkeys(name for row in flat for name in row)
        frame = pl.DataFrame({
            name: pl.Series([row.get(name) for row in flat], strict=False) for name in names
        })  # fmt: skip
        odd = [name for name, dtype in frame.schema.items() if dtype == pl.Object]
        if odd:
            return Message(self._name, batch, b"", trouble=f"field {odd[0]!r}: values of a type that is no column")
        return Message(self._name, batch, to_stream(frame, oldest=True), ARROW)

    @contextmanager
    def _broker_errors(self) -> Iterator[None]:
        try:
            yield
        except self._error as error:
            said = clean_message(str(error)).partition(" (configured timeouts")[0].partition(", Timeout:")[0]
            raise FeedError(f"MongoDB: {said or type(error).__name__}") from None


def _flatten(document: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """The fields of a document, those of documents inside by their path.

    >>> dict(_flatten({"id": 1, "input": {"fare": 2.5}}))
    {'id': 1, 'input.fare': 2.5}
    """
    for name, value in document.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{before}{name}.")
        else:
            yield before + name, _simplify(value)


def _simplify(value: Any) -> Any:
    """A value that a column can hold: names of the driver's own types are text, its decimal numbers are numbers."""
    kind = type(value).__name__
    if kind == "Decimal128":
        return float(value.to_decimal())
    return int(value) if kind == "Int64" else str(value) if kind == "ObjectId" else value


def _show(key: Any) -> str:
    """A key as it is named in the id of a batch."""
    return json.dumps(key) if isinstance(key, _SIMPLE) else str(key)
