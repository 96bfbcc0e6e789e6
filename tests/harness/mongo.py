"""A stand-in for MongoDB: its wire protocol over TCP for the driver itself, its commands by mongomock, in memory.

It knows what Driftline asks for, and refuses all else. What a real server adds is not in it: its disk, its replicas,
its planner, its users, the size of a document. Commands are run one at a time, as a document's are in a real one.
"""

import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from socket import SHUT_RDWR
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

import bson
import mongomock
import pymongo
from bson.codec_options import CodecOptions

_MESSAGE, _QUERY, _REPLY = 2013, 2004, 1
_HELLO = {
    "helloOk": True, "ismaster": True, "isWritablePrimary": True, "maxBsonObjectSize": 16 << 20,
    "maxMessageSizeBytes": 48_000_000, "maxWriteBatchSize": 100_000, "minWireVersion": 0, "maxWireVersion": 21,
    "readOnly": False, "ok": 1.0,
}  # fmt: skip
_BATCH = 101  # documents of a first answer, as a real server gives them


class MongoStandIn(ThreadingTCPServer):
    """Listens on a free port of this machine; `databases` are those of mongomock, which stay when it is stopped."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int = 0, databases: Any = None) -> None:
        self.databases = databases or mongomock.MongoClient()
        self.lock, self.cursors, self.numbers = threading.Lock(), dict[int, Iterator[Any]](), count(1)
        self.asked: list[str] = []
        self.connections: set[Any] = set()
        super().__init__(("127.0.0.1", port), _Connection)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        """End it and every connection."""
        self.shutdown()
        self.server_close()
        for connection in list(self.connections):
            with suppress(OSError):  # it ended by itself just now
                connection.shutdown(SHUT_RDWR)

    def run(self, command: Mapping[str, Any], database: str) -> dict[str, Any]:
        """The answer to a command."""
        name = next(iter(command))
        self.asked.append(name)
        known = getattr(self, f"_{name.lower()}", None)
        if known is None:
            return {"ok": 0.0, "errmsg": f"no such command: {name}", "code": 59, "codeName": "CommandNotFound"}
        with self.lock:
            try:
                return {"ok": 1.0} | known(self.databases[database], command)
            except mongomock.OperationFailure as error:
                return {"ok": 0.0, "errmsg": str(error), "code": error.code or 8000}

    def _hello(self, *_: Any) -> dict[str, Any]:
        return dict(_HELLO)

    _ismaster = _hello

    def _ping(self, *_: Any) -> dict[str, Any]:
        return {}

    def _endsessions(self, *_: Any) -> dict[str, Any]:
        return {}

    def _createindexes(self, database: Any, command: Mapping[str, Any]) -> dict[str, Any]:
        for index in command["indexes"]:
            database[command["createIndexes"]].create_index(list(index["key"].items()), name=index["name"])
        return {}

    def _insert(self, database: Any, command: Mapping[str, Any]) -> dict[str, Any]:
        errors, number = [], 0
        for at, document in enumerate(command["documents"]):
            try:
                database[command["insert"]].insert_one(dict(document))
                number += 1
            except mongomock.DuplicateKeyError as error:
                errors.append({"index": at, "code": 11000, "errmsg": str(error)})
                if command.get("ordered", True):
                    break
        return {"n": number} | ({"writeErrors": errors} if errors else {})

    def _update(self, database: Any, command: Mapping[str, Any]) -> dict[str, Any]:
        matched, modified, upserted = 0, 0, []
        for at, update in enumerate(command["updates"]):
            act = (
                database[command["update"]].update_many
                if update.get("multi")
                else database[command["update"]].update_one
            )
            done = act(update["q"], update["u"], upsert=update.get("upsert", False))
            if done.upserted_id is not None:
                upserted.append({"index": at, "_id": done.upserted_id})
            matched += done.matched_count + (done.upserted_id is not None and not done.matched_count)
            modified += done.modified_count or 0
        return {"n": matched, "nModified": modified} | ({"upserted": upserted} if upserted else {})

    def _delete(self, database: Any, command: Mapping[str, Any]) -> dict[str, Any]:
        number = 0
        for delete in command["deletes"]:
            act = database[command["delete"]]
            number += (act.delete_one if delete["limit"] else act.delete_many)(delete["q"]).deleted_count
        return {"n": number}

    def _findandmodify(self, database: Any, command: Mapping[str, Any]) -> dict[str, Any]:
        found = database[command["findAndModify"]].find_one_and_update(
            command["query"], command["update"], upsert=command.get("upsert", False),
            return_document=pymongo.ReturnDocument.AFTER if command.get("new") else pymongo.ReturnDocument.BEFORE,
        )  # fmt: skip
        return {"value": found}

    def _find(self, database: Any, command: Mapping[str, Any]) -> dict[str, Any]:
        cursor = database[command["find"]].find(command.get("filter"), command.get("projection"))
        if sort := command.get("sort"):
            cursor = cursor.sort(list(sort.items()))
        if limit := command.get("limit"):
            cursor = cursor.limit(abs(limit))
        return self._answer(f"{database.name}.{command['find']}", list(cursor), command.get("batchSize", _BATCH))

    def _aggregate(self, database: Any, command: Mapping[str, Any]) -> dict[str, Any]:
        found = list(database[command["aggregate"]].aggregate(command["pipeline"]))
        return self._answer(f"{database.name}.{command['aggregate']}", found, _BATCH)

    def _distinct(self, database: Any, command: Mapping[str, Any]) -> dict[str, Any]:
        return {"values": database[command["distinct"]].distinct(command["key"], command.get("query"))}

    def _getmore(self, database: Any, command: Mapping[str, Any]) -> dict[str, Any]:
        number, place = command["getMore"], f"{database.name}.{command['collection']}"
        return self._page(
            number, place, self.cursors.pop(number, iter(())), command.get("batchSize") or 1000, "nextBatch"
        )

    def _killcursors(self, _: Any, command: Mapping[str, Any]) -> dict[str, Any]:
        for number in command["cursors"]:
            self.cursors.pop(number, None)
        return {"cursorsKilled": command["cursors"]}

    def _answer(self, place: str, found: Sequence[Any], size: int) -> dict[str, Any]:
        return self._page(next(self.numbers), place, iter(found), size, "firstBatch")

    def _page(self, number: int, place: str, rest: Iterator[Any], size: int, name: str) -> dict[str, Any]:
        batch = [document for _, document in zip(range(size), rest, strict=False)]
        more = len(batch) == size
        if more:
            self.cursors[number] = rest
        return {"cursor": {"id": bson.Int64(number if more else 0), "ns": place, name: batch}}


class _Connection(StreamRequestHandler):
    """Reads messages, one after the other, and answers each."""

    server: MongoStandIn

    def handle(self) -> None:
        self.server.connections.add(self.connection)
        try:
            while len(head := self.rfile.read(16)) == 16:
                length, request, _, kind = struct.unpack("<iiii", head)
                answer = self._answer(kind, self.rfile.read(length - 16))
                if answer is not None:
                    number, body = answer
                    self.wfile.write(struct.pack("<iiii", 16 + len(body), 0, request, number) + body)
        except (OSError, ValueError):  # the client is gone, or the server was stopped
            pass
        finally:
            self.server.connections.discard(self.connection)

    def _answer(self, kind: int, body: bytes) -> tuple[int, bytes] | None:
        if kind == _QUERY:  # the first handshake of a driver, in the old form
            start = body.index(b"\0", 4) + 9
            command = _decode(body[start:])
            return _REPLY, struct.pack("<iqii", 8, 0, 0, 1) + bson.encode(self.server.run(command, "admin"))
        assert kind == _MESSAGE
        (flags,) = struct.unpack_from("<I", body)
        command, lists, at = {}, {}, 4
        end = len(body) - (4 if flags & 1 else 0)  # a checksum
        while at < end:
            section, at = body[at], at + 1
            (size,) = struct.unpack_from("<i", body, at)
            if section == 0:
                command = _decode(body[at : at + size])
            else:
                name_end = body.index(b"\0", at + 4)
                name = body[at + 4 : name_end].decode()
                lists[name] = list(bson.decode_iter(body[name_end + 1 : at + size], _OPTIONS))
            at += size
        command |= lists
        answer = self.server.run(command, command.get("$db", "admin"))
        return None if flags & 2 else (_MESSAGE, struct.pack("<IB", 0, 0) + bson.encode(answer))


_OPTIONS: CodecOptions[dict[str, Any]] = CodecOptions(document_class=dict)


def _decode(body: bytes) -> dict[str, Any]:
    (size,) = struct.unpack_from("<i", body)
    return bson.decode(body[:size], _OPTIONS)


@contextmanager
def mongo(port: int = 0, databases: Any = None) -> Iterator[MongoStandIn]:
    """A stand-in that runs for as long as it is needed."""
    server = MongoStandIn(port, databases)
    try:
        yield server
    finally:
        server.stop()
