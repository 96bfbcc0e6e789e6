"""Logged documents of a collection, by a key that grows: `mongodb://user@host/database?collection=predictions`."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Any, ClassVar

from driftline.config.url import Url, clean_message
from driftline.errors import ConfigError, FeedError, MissingExtraError
from driftline.server.feed_state import FILE
from driftline.server.feeds.base import Message
from driftline.server.feeds.base_keyed import KeyedFeed

_SIMPLE = (str, int, float, bool, type(None))


class Mongodb(KeyedFeed):
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
        self._pymongo, self._error, self._json = pymongo, pymongo.errors.PyMongoError, json_util
        self._address, self._database = address, database
        self._name, self._key = settings["collection"], settings["key"]
        self._seen = (None, 0.0)
        super().__init__(settings, f"{address.label}/{self._name}/{self._key}", None)

    def heartbeat(self) -> None:
        """Nothing: the driver keeps its connections up."""

    def close(self) -> None:
        """Let go."""
        self._client.close()
        self._memory.close()

    def _connect(self) -> None:
        address, settings = self._address, self._settings
        user = {"username": address.user, "password": address.password, "authSource": settings["auth"]}
        self._client: Any = self._pymongo.MongoClient(
            address.host, address.port or 27017, serverSelectionTimeoutMS=5000, appname="driftline",
            tz_aware=True, tls=address.tls, **(user if address.user else {}),
            **({"replicaSet": settings["replica"]} if settings["replica"] else {}),
            **({"tlsCAFile": settings["ca"]} if settings["ca"] else {}),
        )  # fmt: skip
        self._documents = self._client[self._database][self._name]

    def _read_key(self, text: str) -> Any:
        return self._json.loads(text)

    def _write_key(self, key: Any) -> str:
        return str(self._json.dumps(key))

    def _look(self) -> None:
        """Go on to the newest key once it has settled; it is remembered, so that a crash leaves the pieces the same."""
        settle, every = self._settings["settle"], self._settings["every"]
        newest = next(iter(self._documents.find({}, {self._key: 1}).sort(self._key, -1).limit(1)), {}).get(self._key)
        waited, until = self._seen
        if waited is None and newest is not None and newest != self._upper:
            waited, until = self._seen = newest, monotonic() + settle
        if waited is not None and monotonic() >= until:
            self._seen = (None, 0.0)
            self._set_goal(waited)
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
        flat = [dict(_flatten(row)) for row in rows]
        names = dict.fromkeys(name for row in flat for name in row)
        columns = {name: [row.get(name) for row in flat] for name in names}
        return self._message(self._name, batch, columns, "field {!r}: values of a type that is no column")

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
