"""Joins the two halves of calls that inference loggers send apart, in an SQLite file: a restart loses neither.

The first half is on disk before it is acknowledged. With the second, the call's rows go to the log, and both halves go.
A request whose response does not come is logged without a prediction; a response alone is dropped, and counted.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from threading import Event, Lock
from time import time
from typing import Any, Self

from driftline.data.payload import JSON
from driftline.data.serving.cloudevents import InferenceEvent
from driftline.data.serving.inference import Names, join_rows, read_request, read_response
from driftline.errors import BusyError, ConflictError, InputError
from driftline.server.ingest import Ingest
from driftline.stores.sqlite_file import SqliteFile

_log = logging.getLogger(__name__)
_APPLICATION = 0x44726670  # "Drfp"
_TABLES = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS halves (
  model TEXT, call TEXT, is_response INTEGER, names TEXT NOT NULL, time TEXT, payload TEXT NOT NULL,
  received REAL NOT NULL, PRIMARY KEY (model, call, is_response)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS halves_received ON halves (received);
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = 1;
COMMIT;
"""
_MOST = 64 << 20  # bytes of payloads that wait
_AT_ONCE = 1000
_LONGEST_KEY = 200


class Pairs:
    """Halves of calls that wait for the other half.

    Args:
        path: of the file.
        ingest: takes the rows of a call.
        patience: seconds until a half is alone for good.
        most: bytes of payloads that may wait.
    """

    def __init__(self, path: Path, ingest: Ingest, patience: float = 600.0, most: int = _MOST) -> None:
        self.ingest, self.patience, self.most, self.unmatched = ingest, patience, most, 0
        self._file = SqliteFile(path, "file of halves of calls", _TABLES, _APPLICATION, 1, exclusive=True)
        self._db, self._lock = self._file.connect(), Lock()
        with self._file.translate_errors():
            self.held: int = self._db.execute("SELECT coalesce(sum(length(payload)), 0) FROM halves").fetchone()[0]

    def take(self, model: str, event: InferenceEvent, names: Names) -> int | None:
        """Keep a half of a call, or log the call's rows if it is the second one.

        Returns:
            How many rows were logged; None while the other half is missing.

        Raises:
            InputError: when it cannot be read, or the halves do not belong together.
            BusyError: when too much waits.
            StoreError: when it cannot be written.
        """
        (read_response if event.is_response else read_request)(event.payload, names)
        payload = json.dumps(event.payload)
        with self._lock:
            if self.held + len(payload) > self.most:
                raise BusyError("too many requests wait for their responses; send it again later")
            with self._file.transaction(self._db) as db:
                self._delete(model, event.call, event.is_response)  # delivered twice
                half = (model, event.call, event.is_response, json.dumps([names.columns, names.outputs]), event.time)
                db.execute("INSERT INTO halves VALUES (?, ?, ?, ?, ?, ?, ?)", (*half, payload, time()))
                self.held += len(payload)
                (count,) = db.execute("SELECT count(*) FROM halves WHERE model = ? AND call = ?", half[:2]).fetchone()
        return self._log_call(model, event.call) if count == 2 else None

    def run(self, stop: Event) -> None:
        """Give up halves whose time is over, until the event is set."""
        while not stop.wait(min(30.0, self.patience)):
            self.sweep()

    def sweep(self) -> None:
        """Log requests that have waited too long without a prediction, and drop such responses.

        Raises:
            DriftlineError: when rows cannot be logged just now; they are kept.
        """
        query = "SELECT DISTINCT model, call FROM halves WHERE received < ? LIMIT ?"
        while True:
            with self._lock, self._file.translate_errors():
                calls = self._db.execute(query, (time() - self.patience, _AT_ONCE)).fetchall()
            for model, call in calls:
                try:
                    self._log_call(model, call)
                except InputError as error:  # it will never be readable, and is gone
                    _log.warning("a call was dropped", extra={"facts": {"model": model, "cause": str(error)}})
            if len(calls) < _AT_ONCE:
                return

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Self:
        """The pairs, closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _log_call(self, model: str, call: str) -> int:
        """Log what is there of a call, then forget it; so is a call that can never be logged."""
        query = "SELECT is_response, names, time, payload FROM halves WHERE model = ? AND call = ?"
        with self._lock, self._file.translate_errors():
            halves = {bool(half[0]): half[1:] for half in self._db.execute(query, (model, call))}
        try:
            rows = self._join(call, halves)
            if rows:
                self.ingest.append(model, "predictions", _key(call), json.dumps(rows).encode(), JSON)
        except ConflictError:
            self._forget(model, call)
            if True in halves:
                raise
            rows = []  # the request came again after its call was logged
        except InputError:
            self._forget(model, call)
            raise
        self._forget(model, call)
        return len(rows)

    def _join(self, call: str, halves: Mapping[bool, tuple[str, str | None, str]]) -> list[dict[str, Any]]:
        """The rows of a call whose request is there; none of a response alone, which is counted."""
        if False not in halves:
            self.unmatched += bool(halves)
            return []
        columns, outputs = json.loads(halves[False][0])
        response = None
        if True in halves:
            (_, outputs), response = json.loads(halves[True][0]), json.loads(halves[True][2])
        names = Names(tuple(columns), tuple(outputs))
        return join_rows(json.loads(halves[False][2]), response, names, call, halves[False][1])

    def _forget(self, model: str, call: str) -> None:
        with self._lock, self._file.transaction(self._db):
            self._delete(model, call, None)

    def _delete(self, model: str, call: str, is_response: bool | None) -> None:
        """Delete one half of a call, or with None both; the caller has begun the transaction."""
        query = "DELETE FROM halves WHERE model = ? AND call = ? AND is_response = coalesce(?, is_response)"
        gone = self._db.execute(f"{query} RETURNING length(payload)", (model, call, is_response)).fetchall()
        self.held -= sum(size for (size,) in gone)


def _key(call: str) -> str:
    """The name of a call's batch: its id, where a batch may be called so."""
    is_name = len(call) <= _LONGEST_KEY and call.isascii() and call.isprintable() and call == call.strip()
    return call if is_name else hashlib.sha256(call.encode("utf-8", "surrogatepass")).hexdigest()
