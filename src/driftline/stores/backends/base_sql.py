"""What the stores in SQL databases share: the port in SQL that all of them understand."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, Protocol, Self

from driftline.stores.incident_life import record_action, refuse_unknown, show_now, untouched
from driftline.stores.records import (
    ACTION_COLUMNS,
    EVENT_COLUMNS,
    INCIDENT_COLUMNS,
    OF_PEOPLE,
    OF_WATCH,
    RUN_COLUMNS,
    VERDICT_COLUMNS,
    Contents,
    Fragment,
    LoudColumn,
    Run,
    RunSummary,
    StoredEvent,
    StoredIncident,
    StoredPack,
    StoredVerdict,
    fragment_record,
    fragments_of,
    incident_of,
    incident_record,
    plain_record,
    records,
    refuse_run,
    run_of,
    summary_of,
    verdict_of,
)
from driftline.types import Action, Health, IncidentState, Level, ProfileKey
from driftline.verdicts.result import Result

VERSION = 5
"""Of the tables; docs/tables.md says what is promised about them."""
SCHEMA = files("driftline.stores.backends").joinpath("schema.sql").read_text("utf-8")
_ALL = 2**62  # rows: what no limit is


def _insert(table: str, columns: Iterable[str]) -> str:
    names = list(columns)
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {table} ({quoted}) VALUES ({', '.join(f':{name}' for name in names)})"  # noqa: S608 - own names


_SAVE_RUN = f"{_insert('runs', (name for name in RUN_COLUMNS if name != 'number'))} ON CONFLICT (run_id) DO NOTHING"
_SAVE_VERDICT = _insert("verdicts", ("run_id", "position", *VERDICT_COLUMNS))
_SAVE_FRAGMENT = f"""
    {_insert("fragments", ("model", "plan", "window", "segment", "fragment_id", "data", "saved"))}
    ON CONFLICT (model, plan, "window", segment, fragment_id)
    DO UPDATE SET data = excluded.data, saved = excluded.saved WHERE fragments.data <> excluded.data
"""
_SAVE_PACK = f"{_insert('packs', ('model', 'plan', 'data', 'saved'))} ON CONFLICT (model, plan) DO NOTHING"
_SUMMARY = ", ".join(f'runs."{name}"' for name in RunSummary._fields)
_LATEST = f"""
    WITH RECURSIVE names (name) AS (
      SELECT min(model) FROM runs
      UNION ALL SELECT (SELECT min(model) FROM runs WHERE model > name) FROM names WHERE name IS NOT NULL
    )
    SELECT {_SUMMARY} FROM names JOIN runs ON number = (SELECT max(number) FROM runs AS own WHERE own.model = name)
    ORDER BY name
"""  # noqa: S608 - own names
"""The newest run of each model, by a few steps in an index for each, however many runs there are."""
_CONTENTS = (
    'SELECT DISTINCT "column" FROM verdicts WHERE run_id = :run_id AND "column" IS NOT NULL ORDER BY "column"',
    "SELECT DISTINCT family, metric FROM verdicts WHERE run_id = :run_id ORDER BY family, metric",
)
_LOUD = """
    SELECT run_id, "column", CASE WHEN family = 'drift' AND health = 'data' THEN 1 ELSE 0 END AS drifts,
    max(CASE level WHEN 'alert' THEN 1 ELSE 0 END) AS alerts
    FROM verdicts {where} AND level IN ('alert', 'warning') GROUP BY 1, 2, 3
"""
_WINDOW = 'coalesce("window", created || run_id)'
"""What tells windows apart: a run of no window stands for itself."""
_NEXT_WINDOW = f"ORDER BY {_WINDOW} DESC, number DESC LIMIT 1"
_WINDOWS_OF = f"""
    steps (model, number, at) AS (
      SELECT name, (SELECT number FROM runs WHERE runs.model = name {_NEXT_WINDOW}), 1 FROM names
      UNION ALL
      SELECT steps.model, (
        SELECT number FROM runs
        WHERE runs.model = steps.model AND {_WINDOW} < coalesce(newer."window", newer.created || newer.run_id)
        {_NEXT_WINDOW}
      ), at + 1
      FROM steps JOIN runs AS newer ON newer.number = steps.number WHERE at < :limit
    )
    SELECT {_SUMMARY} FROM steps JOIN runs ON runs.number = steps.number
"""  # noqa: S608 - own names
"""The newest windows of several models: a step in an index for each window, however many there are."""
_SAVE_INCIDENT = f"""
    {_insert("incidents", INCIDENT_COLUMNS)} ON CONFLICT (id) DO UPDATE SET
    {", ".join(f'"{name}" = excluded."{name}"' for name in OF_WATCH)},
    state = CASE WHEN excluded.closed IS NOT NULL AND incidents.state IN ('open', 'acknowledged', 'muted')
      THEN 'resolved' ELSE incidents.state END
"""
_INCIDENT_NOW = f"""
    SELECT {", ".join(f'"{name}"' for name in INCIDENT_COLUMNS if name != "state")},
    CASE WHEN state = 'muted' AND muted_until <= :now
      THEN CASE WHEN owner IS NULL THEN 'open' ELSE 'acknowledged' END ELSE state END AS state
    FROM incidents
"""  # noqa: S608 - own names
_ACT = f"UPDATE incidents SET {', '.join(f'{name} = :{name}' for name in OF_PEOPLE)} WHERE id = :id"  # noqa: S608 - own names
_SAVE_ACTION = _insert("incident_actions", ("incident", "position", *ACTION_COLUMNS))
_SAVE_EVENT = f"{_insert('events', EVENT_COLUMNS)} ON CONFLICT (id) DO NOTHING"


class Session(Protocol):
    """One transaction: SQL with parameters such as `:model`."""

    def read(self, sql: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows of a query, by name."""
        ...

    def write(self, sql: str, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run a statement with each of these values; gives how many rows it changed."""
        ...


class SqlStore(ABC):
    """The port of stores in SQL; a subclass says how to connect and what a transaction is."""

    @abstractmethod
    def session(self, *, writes: bool = True) -> AbstractContextManager[Session]:
        """One transaction: all of it, or on any failure nothing; one that writes is the only one that does."""

    @abstractmethod
    def close(self) -> None:
        """Let go of everything; closing twice is fine."""

    def save_run(self, result: Result, fragments: Mapping[ProfileKey, bytes]) -> str:
        """Keep a result and its profiles in one transaction; gives the run's id, the same for the same result."""
        run, verdicts = records(result)
        kept = fragments_of(result, fragments)
        with self.session() as session:
            if session.write(_SAVE_RUN, [run | {"saved": show_now()}]):
                keyed = [{"run_id": run["run_id"], "position": at} | verdict for at, verdict in enumerate(verdicts)]
                session.write(_SAVE_VERDICT, keyed)
            session.write(_SAVE_FRAGMENT, _fragment_records(kept))
        return str(run["run_id"])

    def put_fragments(self, fragments: tuple[Fragment, ...]) -> None:
        """Keep fragments in one transaction; one with the same model, plan, cell and id is replaced."""
        with self.session() as session:
            session.write(_SAVE_FRAGMENT, _fragment_records(fragments))

    def runs(self, model: str | None = None, limit: int | None = 20) -> tuple[Run, ...]:
        """Runs, of one model or all, newest first."""
        where, values = _where({"model": model})
        sql = f"SELECT * FROM runs {where} ORDER BY number DESC LIMIT :limit"  # noqa: S608 - own names
        return tuple(run_of(row) for row in self._read(sql, values, limit))

    def run(self, run_id: str) -> Run:
        """The run of this id."""
        found = self._read("SELECT * FROM runs WHERE run_id = :run_id", {"run_id": run_id})
        if not found:
            raise refuse_run(run_id)
        return run_of(found[0])

    def latest_runs(self) -> tuple[RunSummary, ...]:
        """The newest run of each model, in short, sorted by the model's name."""
        return tuple(summary_of(row) for row in self._read(_LATEST, {}))

    def windows(self, model: str, limit: int | None = 20, *, until: str | None = None) -> tuple[Run, ...]:
        """The newest run of each window of a model, the newest window first."""
        before = f" AND {_WINDOW} < :until" if until is not None else ""
        sql = f"""
            SELECT * FROM runs WHERE number IN (
              SELECT max(number) FROM runs WHERE model = :model{before} GROUP BY {_WINDOW} ORDER BY {_WINDOW} DESC
              LIMIT :limit
            ) ORDER BY {_WINDOW} DESC
        """  # noqa: S608 - own names
        return tuple(run_of(row) for row in self._read(sql, {"model": model, "until": until}, limit))

    def windows_of(self, models: Collection[str], limit: int = 20) -> dict[str, tuple[RunSummary, ...]]:
        """The newest run of each window of several models, by model, the newest window first; in one question."""
        found: dict[str, list[RunSummary]] = {model: [] for model in models}
        if not found or limit < 1:
            return dict.fromkeys(found, ())
        names = {f"model_{at}": model for at, model in enumerate(found)}
        listed = ", ".join(f"(:{name})" for name in names)
        for row in self._read(f"WITH RECURSIVE names (name) AS (VALUES {listed}), {_WINDOWS_OF}", names, limit):
            found[row["model"]].append(summary_of(row))
        return {model: tuple(sorted(runs, key=_name_window, reverse=True)) for model, runs in found.items()}

    def verdicts(  # noqa: PLR0913 - what to choose by, each by its name
        self,
        *,
        run_id: str | Collection[str] | None = None,
        model: str | None = None,
        metric: str | Collection[str] | None = None,
        column: str | None = None,
        family: str | None = None,
        health: Health | None = None,
        level: Level | Collection[Level] | None = None,
        limit: int | None = 1000,
    ) -> tuple[StoredVerdict, ...]:
        """Verdicts that match all that is given: newest run first, within it in the result's order."""
        given = {"run_id": run_id, "model": model, "metric": metric, "column": column, "family": family}
        where, values = _where(given)
        if health is not None:  # spelt out, as the levels are, for the indexes of a part of the table
            where = _and(where, f"health = '{Health(health).value}'")
        if level is not None:
            levels = sorted({level} if isinstance(level, Level) else set(level))
            where = _and(where, f"level IN ({', '.join(repr(each.value) for each in levels)})")
        sql = f"""
            SELECT * FROM verdicts JOIN (SELECT run_id, number, model, created FROM runs) AS kept USING (run_id)
            {where} ORDER BY number DESC, position LIMIT :limit
        """  # noqa: S608 - own names
        found = self._read(sql, values, limit)
        return tuple(StoredVerdict(row["run_id"], row["model"], row["created"], verdict_of(row)) for row in found)

    def loud_columns(self, run_ids: Collection[str]) -> tuple[LoudColumn, ...]:
        """The columns that stand out in these runs."""
        where, values = _where({"run_id": run_ids})
        levels = (Level.WARNING, Level.ALERT)
        return tuple(
            LoudColumn(row["run_id"], row["column"], levels[row["alerts"]], bool(row["drifts"]))
            for row in self._read(_LOUD.format(where=where), values)
        )

    def contents(self, run_id: str) -> Contents:
        """What the verdicts of a run are about."""
        with self.session(writes=False) as session:
            columns, metrics = (session.read(sql, {"run_id": run_id}) for sql in _CONTENTS)
        return Contents(
            tuple(row["column"] for row in columns), tuple((row["family"], row["metric"]) for row in metrics)
        )

    def cells(self, model: str, plan: str) -> tuple[ProfileKey, ...]:
        """The cells of which there are fragments, sorted."""
        sql = 'SELECT DISTINCT "window", segment FROM fragments WHERE model = :model AND plan = :plan ORDER BY 1, 2'
        return tuple(
            ProfileKey(row["window"], row["segment"]) for row in self._read(sql, {"model": model, "plan": plan})
        )

    def fragments(self, model: str, plan: str, cell: ProfileKey | None = None) -> tuple[Fragment, ...]:
        """Fragments of a model under a plan, of one cell or all, sorted by cell and id."""
        of_cell = {"window": cell.window, "segment": cell.segment} if cell else {}
        where, values = _where({"model": model, "plan": plan, **of_cell})
        sql = f'SELECT * FROM fragments {where} ORDER BY "window", segment, fragment_id'  # noqa: S608 - own names
        return tuple(
            Fragment(
                row["model"], row["plan"], ProfileKey(row["window"], row["segment"]), row["fragment_id"], row["data"]
            )
            for row in self._read(sql, values)
        )

    def save_pack(self, model: str, plan: str, data: bytes) -> None:
        """Keep the pack of a plan; one that is kept already stays as it is."""
        with self.session() as session:
            session.write(_SAVE_PACK, [{"model": model, "plan": plan, "data": data, "saved": show_now()}])

    def pack(self, model: str, plan: str) -> bytes | None:
        """The pack of a plan; None where it is not kept."""
        sql = "SELECT data FROM packs WHERE model = :model AND plan = :plan"
        return next((row["data"] for row in self._read(sql, {"model": model, "plan": plan})), None)

    def packs(self, model: str | None = None) -> tuple[StoredPack, ...]:
        """The packs of one model or all, the newest first."""
        chosen, values = ("", {}) if model is None else ("WHERE model = :model", {"model": model})
        sql = f"SELECT model, plan, saved, length(data) AS size FROM packs {chosen} ORDER BY saved DESC, model, plan"  # noqa: S608 - own names
        return tuple(StoredPack(**row) for row in self._read(sql, values))

    def retire(self, model: str, before: str) -> int:
        """Drop the fragments of a model's windows that ended before a time."""
        with self.session() as session:
            rows = session.read('SELECT DISTINCT "window" FROM fragments WHERE model = :model', {"model": model})
            ended = [row for row in rows if row["window"] and row["window"].partition("/")[2] < before]
            sql = 'DELETE FROM fragments WHERE model = :model AND "window" = :window'
            return session.write(sql, [row | {"model": model} for row in ended])

    def save_incidents(self, incidents: Sequence[StoredIncident]) -> None:
        """Keep incidents as what watches the model has them, in one transaction; what people did stays as it is."""
        watched = [incident_record(each) | untouched(each) for each in incidents]
        if watched:
            with self.session() as session:
                session.write(_SAVE_INCIDENT, watched)

    def incidents(
        self, model: str | None = None, *, states: Iterable[IncidentState] | None = None, closed: bool | None = None,
        limit: int | None = None,
    ) -> tuple[StoredIncident, ...]:  # fmt: skip
        """Incidents, of one model or all, the newest first: in one of these states, and over or not, if given."""
        with self.session(writes=False) as session:
            return tuple(_read_incidents(session, {"model": model}, states, closed, limit))

    def incident(self, id_: str) -> StoredIncident:
        """The incident of this id."""
        with self.session(writes=False) as session:
            return _find_incident(session, id_)

    def act_on_incident(
        self, id_: str, action: Action, by: str, note: str = "", until: datetime | None = None
    ) -> StoredIncident:
        """Record what a person does to an incident, and what becomes of it."""
        with self.session() as session:
            before = _find_incident(session, id_)
            after = record_action(before, action, by, note, until, now=datetime.now(UTC))
            session.write(_ACT, [{name: incident_record(after)[name] for name in ("id", *OF_PEOPLE)}])
            done = {"incident": id_, "position": len(before.actions)} | plain_record(after.actions[-1])
            session.write(_SAVE_ACTION, [done])
        return after

    def save_events(self, events: Sequence[StoredEvent]) -> int:
        """Keep events in one transaction; gives how many are new."""
        with self.session() as session:
            return session.write(_SAVE_EVENT, [plain_record(event) for event in events])

    def events(self, model: str | None = None, limit: int | None = 1000) -> tuple[StoredEvent, ...]:
        """Events, of one model or all, the newest first."""
        where, values = _where({"model": model})
        found = self._read(f"SELECT * FROM events {where} ORDER BY at DESC, id LIMIT :limit", values, limit)  # noqa: S608 - own names
        return tuple(StoredEvent(**row) for row in found)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self, sql: str, values: Mapping[str, Any], limit: int | None = None) -> list[dict[str, Any]]:
        with self.session(writes=False) as session:
            return session.read(sql, {**values, "limit": _ALL if limit is None else limit})


def _name_window(run: RunSummary) -> str:
    return run.window if run.window is not None else run.created + run.run_id  # as _WINDOW


def _read_incidents(
    session: Session, wanted: Mapping[str, str | None], states: Iterable[IncidentState] | None = None,
    closed: bool | None = None, limit: int | None = None,
) -> list[StoredIncident]:  # fmt: skip
    where, values = _where(wanted)
    if states is not None:
        named = {f"state_{at}": state.value for at, state in enumerate(states)}
        where, values = _and(where, f"state IN ({', '.join(f':{name}' for name in named) or 'NULL'})"), values | named
    if closed is not None:
        where = _and(where, f"closed IS {'NOT ' if closed else ''}NULL")
    values |= {"now": show_now(), "limit": _ALL if limit is None else limit}
    chosen = f"SELECT * FROM ({_INCIDENT_NOW}) AS now {where} ORDER BY opened DESC, id LIMIT :limit"  # noqa: S608 - own names
    ids = f"SELECT id FROM ({chosen}) AS chosen"  # noqa: S608 - own names
    of_ids = f"SELECT * FROM incident_actions WHERE incident IN ({ids}) ORDER BY incident, position"  # noqa: S608 - own names
    rows, actions = session.read(chosen, values), dict[str, list[dict[str, Any]]]()
    for row in session.read(of_ids, values):
        actions.setdefault(row["incident"], []).append(row)
    return [incident_of(row, actions.get(row["id"], ())) for row in rows]


def _find_incident(session: Session, id_: str) -> StoredIncident:
    """The incident of an id.

    Raises:
        StoreError: when there is none.
    """
    if found := _read_incidents(session, {"id": id_}):
        return found[0]
    raise refuse_unknown(id_, [each.id for each in _read_incidents(session, {}, closed=False)])


def _fragment_records(fragments: Iterable[Fragment]) -> list[dict[str, Any]]:
    now = show_now()
    return [fragment_record(fragment, now) for fragment in fragments]


def _where(wanted: Mapping[str, str | Collection[str] | None]) -> tuple[str, dict[str, Any]]:
    """The condition that what is given holds. Names are the caller's own; values travel as parameters only."""
    conditions, values = [], dict[str, Any]()
    for name, value in wanted.items():
        if value is None:
            continue
        several = {name: value} if isinstance(value, str) else {f"{name}_{at}": each for at, each in enumerate(value)}
        values |= {key: str(each) for key, each in several.items()}
        conditions.append(f'"{name}" IN ({", ".join(f":{key}" for key in several) or "NULL"})')
    return f"WHERE {' AND '.join(conditions)}" if conditions else "", values


def _and(where: str, condition: str) -> str:
    return f"{where} AND {condition}" if where else f"WHERE {condition}"
