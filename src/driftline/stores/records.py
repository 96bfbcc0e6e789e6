"""What a store keeps: flat records of plain values, the same in every store."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from driftline.jsonable import as_jsonable
from driftline.types import Health, Level, ProfileKey, Task, Verdict
from driftline.verdicts.result import Result

Record = dict[str, str | int | float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One stored check: the row of `driftline history`, and of the table `runs` (see there for the columns)."""

    number: int
    run_id: str
    model: str
    task: Task | None
    level: Level
    headline: str
    created: str
    saved: str
    window: str | None
    plan: str
    version: str
    elapsed: float
    reference_label: str
    reference_rows: int
    reference_start: str | None
    reference_end: str | None
    reference_format: str
    current_label: str
    current_rows: int
    current_start: str | None
    current_end: str | None
    current_format: str
    verdicts: int
    alerts: int
    warnings: int
    unknowns: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredVerdict:
    """A verdict with the run that it belongs to."""

    run_id: str
    model: str
    created: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Fragment:
    """A dumped profile of some rows of one cell. `id` names the delivery: the same id again replaces, never adds."""

    model: str
    plan: str
    cell: ProfileKey
    id: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredIncident:
    """An incident as it stands, and who accepted it as the new normal, if anyone did.

    Times are ISO 8601 in UTC; those of the incident are event times. `accepted_after` is how far it had come when it
    was accepted, `accepted_on` when a person did so.
    """

    id: str
    model: str
    level: Level
    headline: str
    reason: str
    since: str | None
    opened: str
    updated: str
    closed: str | None
    windows: int
    accepted_by: str | None = None
    accepted_on: str | None = None
    accepted_after: str | None = None
    note: str | None = None


INCIDENT_COLUMNS = tuple(field.name for field in fields(StoredIncident))
VERDICT_COLUMNS = tuple(field.name for field in fields(Verdict))
RUN_COLUMNS = tuple(field.name for field in fields(Run))


def records(result: Result) -> tuple[Record, list[Record]]:
    """The record of a run (without `number` and `saved`, which the store adds) and those of its verdicts.

    `run_id` is a hash of all the rest: of 80 bits, so that two different results never share one.
    """
    verdicts = [{name: _plain(getattr(verdict, name)) for name in VERDICT_COLUMNS} for verdict in result.verdicts]
    levels = [verdict.level for verdict in result.verdicts]
    run = {
        "model": result.model, "task": result.task, "level": result.level, "headline": result.headline,
        "created": result.created, "window": result.window, "plan": result.fingerprint, "version": result.version,
        "elapsed": float(result.elapsed), "verdicts": len(verdicts), "alerts": levels.count(Level.ALERT),
        "warnings": levels.count(Level.WARNING), "unknowns": levels.count(Level.UNKNOWN), "notes": list(result.notes),
    }  # fmt: skip
    for side in ("reference", "current"):
        run |= {
            f"{side}_{name}": getattr(getattr(result, side), name)
            for name in ("label", "rows", "start", "end", "format")
        }
    plain = {name: _plain(value) for name, value in run.items()}
    digest = hashlib.blake2b(json.dumps([plain, verdicts], sort_keys=True).encode(), digest_size=10)
    return {"run_id": digest.hexdigest()} | plain, verdicts


def fragment_id(data: bytes) -> str:
    """The id of a fragment that is named by its bytes.

    >>> fragment_id(b"rows")
    '52a39fb1525c4cb02a27'
    """
    return hashlib.blake2b(data, digest_size=10).hexdigest()


def run_of(record: Mapping[str, Any]) -> Run:
    """The run of a record."""
    typed = {"task": record["task"] and Task(record["task"]), "level": Level(record["level"])}
    return Run(**{name: record[name] for name in RUN_COLUMNS} | typed | {"notes": tuple(json.loads(record["notes"]))})


def verdict_of(record: Mapping[str, Any]) -> Verdict:
    """The verdict of a record."""
    typed = {
        "health": Health(record["health"]),
        "level": Level(record["level"]),
        "detail": json.loads(record["detail"]),
    }
    flags = {name: bool(record[name]) for name in ("judged", "notable")}
    return Verdict(**{name: record[name] for name in VERDICT_COLUMNS} | typed | flags)


def _plain(value: Any) -> Any:
    """A value as a cell of a table: text, a number or None; lists and mappings as JSON."""
    value = as_jsonable(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
