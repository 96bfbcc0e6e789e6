"""The default store: one SQLite file, safe against crashes, shared by the threads and processes of one machine."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.resources import files
from threading import RLock
from typing import Any, Self

from driftline.errors import StoreError, suggest_name
from driftline.stores.records import (
    INCIDENT_COLUMNS,
    RUN_COLUMNS,
    VERDICT_COLUMNS,
    Fragment,
    Run,
    StoredIncident,
    StoredVerdict,
    fragment_id,
    records,
    run_of,
    verdict_of,
)
from driftline.stores.sqlite_file import TIMEOUT, SqliteFile, path_of
from driftline.types import Level, ProfileKey
from driftline.verdicts.result import Result

VERSION = 1
APPLICATION = 0x44726674  # "Drft", so that no other program's file is taken for a store

_RUN = ", ".join(f'"{name}"' for name in RUN_COLUMNS if name != "number")
_RUN_VALUES = ", ".join(f":{name}" for name in RUN_COLUMNS if name != "number")
_VERDICT = ", ".join(f'"{name}"' for name in VERDICT_COLUMNS)
_VERDICT_VALUES = ", ".join(f":{name}" for name in VERDICT_COLUMNS)
_SAVE_RUN = f"INSERT INTO runs ({_RUN}) VALUES ({_RUN_VALUES}) ON CONFLICT (run_id) DO NOTHING"  # noqa: S608 - own names
_SAVE_VERDICT = f"INSERT INTO verdicts (run_id, position, {_VERDICT}) VALUES (:run_id, :position, {_VERDICT_VALUES})"  # noqa: S608 - own names
_SAVE_FRAGMENT = """
    INSERT INTO fragments (model, plan, "window", segment, fragment_id, data, saved) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET data = excluded.data, saved = excluded.saved WHERE data IS NOT excluded.data
"""
_INCIDENTS_TABLE = """
    CREATE TABLE IF NOT EXISTS incidents (
      id TEXT PRIMARY KEY, model TEXT NOT NULL, level TEXT NOT NULL, headline TEXT NOT NULL, reason TEXT NOT NULL,
      since TEXT, opened TEXT NOT NULL, updated TEXT NOT NULL, closed TEXT, windows INTEGER NOT NULL,
      accepted_by TEXT, accepted_on TEXT, accepted_after TEXT, note TEXT
    ) STRICT
"""
_STATE = ("level", "headline", "reason", "since", "updated", "closed", "windows")
_SAVE_INCIDENT = f"""
    INSERT INTO incidents ({", ".join(INCIDENT_COLUMNS)}) VALUES ({", ".join(f":{name}" for name in INCIDENT_COLUMNS)})
    ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _STATE)}
"""  # noqa: S608 - own names
_ACCEPT = """
    UPDATE incidents SET accepted_by = :by, accepted_on = :on, accepted_after = updated, note = :note
    WHERE id = :id AND closed IS NULL AND accepted_by IS NULL
"""


class Sqlite:
    """A store in the SQLite file that a URL names: `sqlite:///relative.db` or `sqlite:////absolute.db`.

    The file is made where there is none (its folder is not). It is in WAL mode with synchronous=FULL: what is
    acknowledged survives a crash of the process and of the machine. docs/tables.md describes its tables.

    Args:
        url: names the file.
        timeout: seconds to wait for another program's write.

    Raises:
        StoreError: when the file cannot be opened, is no store, or is one of a newer Driftline.
    """

    def __init__(self, url: str, timeout: float = TIMEOUT) -> None:
        script = files("driftline.stores.backends").joinpath("sqlite.sql").read_text("utf-8")
        self._file = SqliteFile(
            path_of(url), "Driftline store", script, APPLICATION, VERSION, timeout=timeout, page_size=16_384
        )
        self._lock = RLock()
        self._db = self._file.connect()
        self._db.row_factory = sqlite3.Row
        with self._file.translate_errors():
            self._db.execute(_INCIDENTS_TABLE)  # a store of before has none

    def save_run(self, result: Result, fragments: Mapping[ProfileKey, bytes]) -> str:
        """Keep a result and its profiles in one transaction; gives the run's id, the same for the same result."""
        run, verdicts = records(result)
        kept = [
            Fragment(result.model, result.fingerprint, cell, fragment_id(data), data)
            for cell, data in fragments.items()
        ]
        with self._transaction() as db:
            if db.execute(_SAVE_RUN, run | {"saved": _now()}).rowcount:
                keyed = ({"run_id": run["run_id"], "position": at} | verdict for at, verdict in enumerate(verdicts))
                db.executemany(_SAVE_VERDICT, keyed)
            _put(db, kept)
        return str(run["run_id"])

    def put_fragments(self, fragments: tuple[Fragment, ...]) -> None:
        """Keep fragments in one transaction; one with the same model, plan, cell and id is replaced."""
        with self._transaction() as db:
            _put(db, fragments)

    def runs(self, model: str | None = None, limit: int | None = 20) -> tuple[Run, ...]:
        """Runs, of one model or all, newest first."""
        where, values = _where({"model": model})
        sql = f"SELECT * FROM runs {where} ORDER BY number DESC LIMIT :limit"  # noqa: S608 - own names
        return tuple(run_of(row) for row in self._read(sql, values, limit))

    def verdicts(
        self,
        *,
        run_id: str | None = None,
        model: str | None = None,
        metric: str | None = None,
        column: str | None = None,
        level: Level | None = None,
        limit: int | None = 1000,
    ) -> tuple[StoredVerdict, ...]:
        """Verdicts that match all that is given: newest run first, within it in the result's order."""
        where, values = _where({"run_id": run_id, "model": model, "metric": metric, "column": column, "level": level})
        sql = f"""
            SELECT * FROM verdicts JOIN (SELECT run_id, number, model, created FROM runs) USING (run_id) {where}
            ORDER BY number DESC, position LIMIT :limit
        """  # noqa: S608 - own names
        found = self._read(sql, values, limit)
        return tuple(StoredVerdict(row["run_id"], row["model"], row["created"], verdict_of(row)) for row in found)

    def cells(self, model: str, plan: str) -> tuple[ProfileKey, ...]:
        """The cells of which there are fragments, sorted."""
        sql = 'SELECT DISTINCT "window", segment FROM fragments WHERE model = :model AND plan = :plan ORDER BY 1, 2'
        return tuple(
            ProfileKey(row["window"], row["segment"]) for row in self._read(sql, {"model": model, "plan": plan}, None)
        )

    def fragments(self, model: str, plan: str, cell: ProfileKey | None = None) -> tuple[Fragment, ...]:
        """Fragments of a model under a plan, of one cell or all, sorted by cell and id."""
        of_cell = {"window": cell.window, "segment": cell.segment} if cell else {}
        where, values = _where({"model": model, "plan": plan, **of_cell})
        sql = f'SELECT * FROM fragments {where} ORDER BY "window", segment, fragment_id LIMIT :limit'  # noqa: S608 - own names
        return tuple(
            Fragment(
                row["model"], row["plan"], ProfileKey(row["window"], row["segment"]), row["fragment_id"], row["data"]
            )
            for row in self._read(sql, values, None)
        )

    def save_incidents(self, incidents: Sequence[StoredIncident]) -> None:
        """Keep incidents as they stand now, in one transaction; who accepted one stays as it is."""
        if incidents:
            with self._transaction() as db:
                db.executemany(_SAVE_INCIDENT, [asdict(each) | {"level": each.level.value} for each in incidents])

    def incidents(self, model: str | None = None, *, accepted: bool | None = None) -> tuple[StoredIncident, ...]:
        """Incidents, of one model or all, the newest first; only those that were accepted, or were not, if given."""
        where, values = _where({"model": model})
        if accepted is not None:
            where += f" {'AND' if where else 'WHERE'} accepted_by IS {'NOT NULL' if accepted else 'NULL'}"
        found = self._read(f"SELECT * FROM incidents {where} ORDER BY opened DESC, id LIMIT :limit", values, None)  # noqa: S608 - own names
        return tuple(StoredIncident(**row | {"level": Level(row["level"])}) for row in found)

    def accept_incident(self, id_: str, by: str, note: str = "") -> StoredIncident:
        """Take an open incident for the new normal; what watches the model ends it with the next window."""
        with self._transaction() as db:
            done = db.execute(_ACCEPT, {"id": id_, "by": by, "on": _now(), "note": note}).rowcount
        known = {each.id: each for each in self.incidents()}
        if not done:
            taken = known.get(id_)
            why = "there is none" if taken is None else "it is over" if taken.closed else f"{taken.accepted_by} did"
            open_ids = [each.id for each in known.values() if each.closed is None and each.accepted_by is None]
            hint = suggest_name(id_, open_ids) if open_ids else "none is open"
            raise StoreError(f"incident {id_!r} cannot be accepted: {why}; {hint}")
        return known[id_]

    def retire(self, model: str, before: str) -> int:
        """Drop the fragments of a model's windows that ended before a time."""
        ended = """"window" <> '' AND substr("window", instr("window", '/') + 1) < ?"""
        with self._transaction() as db:
            return db.execute(f"DELETE FROM fragments WHERE model = ? AND {ended}", (model, before)).rowcount  # noqa: S608

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self, sql: str, values: dict[str, Any], limit: int | None) -> list[dict[str, Any]]:
        with self._lock, self._file.translate_errors():
            return list(map(dict, self._db.execute(sql, values | {"limit": -1 if limit is None else limit})))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it, or on any failure nothing."""
        with self._lock, self._file.transaction(self._db) as db:
            yield db


sqlite = Sqlite


def _put(db: sqlite3.Connection, fragments: Iterable[Fragment]) -> None:
    now = _now()
    keys = ((f.model, f.plan, f.cell.window, f.cell.segment, f.id, f.data, now) for f in fragments)
    db.executemany(_SAVE_FRAGMENT, keys)


def _where(wanted: Mapping[str, str | None]) -> tuple[str, dict[str, Any]]:
    """The condition that what is given holds. Names are the caller's own; values travel as parameters only."""
    given = {name: str(value) for name, value in wanted.items() if value is not None}
    condition = " AND ".join(f'"{name}" = :{name}' for name in given)
    return f"WHERE {condition}" if given else "", given


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
