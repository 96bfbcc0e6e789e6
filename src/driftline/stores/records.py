"""What a store keeps: flat records of plain values, the same in every store."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple

from driftline.errors import ConflictError, UnknownRecordError
from driftline.jsonable import as_jsonable
from driftline.types import Action, Health, IncidentState, Level, ProfileKey, Role, Task, Verdict
from driftline.verdicts.result import Result

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

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
    service_level: Level | None = None
    data_level: Level | None = None
    model_level: Level | None = None
    labelled: float | None = None

    @property
    def tiers(self) -> dict[Health, Level]:
        """The worst level of what was judged of each tier; without the tiers of which nothing was."""
        return _name_tiers(self.service_level, self.data_level, self.model_level)


class RunSummary(NamedTuple):
    """What a list of windows shows of a run: a few of its columns, for pages that read thousands of them."""

    run_id: str
    model: str
    window: str | None
    level: Level
    headline: str
    created: str
    current_rows: int
    current_start: str | None
    current_end: str | None
    service_level: Level | None
    data_level: Level | None
    model_level: Level | None
    labelled: float | None
    saved: str
    plan: str

    @classmethod
    def from_run(cls, run: Run) -> "RunSummary":
        """The summary of a run."""
        return cls(*(getattr(run, name) for name in cls._fields))

    @property
    def tiers(self) -> dict[Health, Level]:
        """As of a run."""
        return _name_tiers(self.service_level, self.data_level, self.model_level)


@dataclass(frozen=True, slots=True)
class StoredVerdict:
    """A verdict with the run that it belongs to."""

    run_id: str
    model: str
    created: str
    verdict: Verdict


class LoudColumn(NamedTuple):
    """A column that stands out in a run, or what is of no column (None): by drift of the data, or by all else."""

    run_id: str
    column: str | None
    level: Level
    drifts: bool


class Contents(NamedTuple):
    """What the verdicts of a run are about: the columns, sorted, and the pairs of family and metric, sorted."""

    columns: tuple[str, ...]
    metrics: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Fragment:
    """A dumped profile of some rows of one cell. `id` names the delivery: the same id again replaces, never adds."""

    model: str
    plan: str
    cell: ProfileKey
    id: str
    data: bytes


@dataclass(frozen=True, slots=True)
class StoredPack:
    """A version of a model's reference that a store keeps: its plan, when it was saved, and the bytes of its pack."""

    model: str
    plan: str
    saved: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMember:
    """One column, segment or the like of an incident: what happened to it, and the evidence in a sentence.

    `joined` and `left` are the ends of the windows in which it joined the incident and in which it had recovered.
    """

    subject: str
    metric: str
    column: str | None
    segment: str | None
    change: str
    reason: str
    joined: str
    left: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAction:
    """What a person did to an incident: who, when, and why. It is never changed.

    `until` is when a mute ends; `after` is how far the incident had come (its `updated`).
    """

    action: Action
    person: str
    at: str
    note: str
    until: str | None
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredIncident:
    """An incident as it stands: first what watches the model writes, then, from `state` on, what people do.

    Times are ISO 8601 in UTC; those of the incident are event times, those of people the clock's. `members` has the
    leading one first, `evidence` a sentence each of what speaks for it, `actions` all that people did, the oldest
    first. `owner` is who acknowledged it last. A mute that is over reads as the state before.
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
    health: Health | None = None
    metric: str | None = None
    column: str | None = None
    segment: str | None = None
    earliest: str | None = None
    latest: str | None = None
    members: tuple[StoredMember, ...] = ()
    evidence: tuple[str, ...] = ()
    state: IncidentState = IncidentState.OPEN
    owner: str | None = None
    muted_until: str | None = None
    actions: tuple[StoredAction, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it lasts, and nobody has ended it."""
        return self.closed is None and self.state not in ENDED

    @property
    def is_silent(self) -> bool:
        """Whether nobody is to be told of it: it is muted, or a false alarm."""
        return self.state in SILENT

    @property
    def ending(self) -> StoredAction | None:
        """What a person did last to end it; None where nobody did."""
        ends = [each for each in self.actions if each.action in {Action.ACCEPT, Action.RESOLVE}]
        return ends[-1] if ends else None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """Something that happened to a model, on the time line of its windows: a deployment, a version, a note.

    `at` is when it happened, ISO 8601 in UTC; `kind` is one word. `id` names it: the same id again changes nothing.
    """

    id: str
    model: str
    at: str
    kind: str
    text: str
    person: str | None = None


ENDED = frozenset({IncidentState.ACCEPTED, IncidentState.RESOLVED, IncidentState.FALSE_ALARM})
"""States in which an incident troubles nobody any more."""
SILENT = frozenset({IncidentState.MUTED, IncidentState.FALSE_ALARM})
"""States of incidents of which nobody is to be told."""
MEMBER_COLUMNS = tuple(field.name for field in fields(StoredMember))
EVENT_COLUMNS = tuple(field.name for field in fields(StoredEvent))
ACTION_COLUMNS = tuple(field.name for field in fields(StoredAction))
INCIDENT_COLUMNS = tuple(field.name for field in fields(StoredIncident) if field.name != "actions")
OF_PEOPLE = ("state", "owner", "muted_until")
"""Of these, what people do to an incident, beside its actions."""
OF_WATCH = tuple(name for name in INCIDENT_COLUMNS if name not in {"id", "model", "opened", *OF_PEOPLE})
"""Of these, what what watches the model changes while the incident lasts."""
VERDICT_COLUMNS = tuple(field.name for field in fields(Verdict))
RUN_COLUMNS = tuple(field.name for field in fields(Run))


def _name_tiers(*levels: Level | None) -> dict[Health, Level]:
    """The levels of service, data and model that there are."""
    return {tier: level for tier, level in zip(Health, levels, strict=True) if level is not None}


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
    summary = {f"{tier.value}_level": _worst_of(result, tier) for tier in Health} | {"labelled": _labelled(result)}
    return {"run_id": digest.hexdigest()} | plain | summary, verdicts


def _worst_of(result: Result, tier: Health) -> str | None:
    """The worst level of what was judged of a tier; `unknown` where all of it is, None where nothing was."""
    levels = {verdict.level for verdict in result.by_health(tier) if verdict.judged}
    return next(
        (level.value for level in (Level.ALERT, Level.WARNING, Level.OK, Level.UNKNOWN) if level in levels), None
    )


def _labelled(result: Result) -> float | None:
    """Share of the rows with a label, as far as the verdicts say; None where nothing of the model needs labels."""
    performance = [verdict for verdict in result.verdicts if verdict.family == "performance"]
    if provisional := [verdict.detail["labelled"] for verdict in performance if "labelled" in verdict.detail]:
        return float(provisional[0])
    coverage = [verdict.value for verdict in result.verdicts if verdict.metric == "label_coverage"]
    if coverage and coverage[0] is not None:
        return coverage[0]
    if not performance and result.task is None:
        return None
    return min(_count_labels(result) / max(result.current.rows, 1), 1.0)


def _count_labels(result: Result) -> int:
    """Rows with a label, as far as the verdicts say: those that the target's distribution, or an error, is over."""
    targets = {column.name for column in result.columns if column.role is Role.TARGET}
    counts = [
        verdict.n
        for verdict in result.verdicts
        if verdict.segment is None and verdict.value is not None
        if verdict.family == "performance" or (verdict.family == "drift" and verdict.column in targets)
    ]
    return max(counts, default=0)


def fragment_id(data: bytes) -> str:
    """The id of a fragment that is named by its bytes.

    >>> fragment_id(b"rows")
    '52a39fb1525c4cb02a27'
    """
    return hashlib.blake2b(data, digest_size=10).hexdigest()


def fragments_of(result: Result, parts: Mapping[ProfileKey, bytes]) -> tuple[Fragment, ...]:
    """The profiles of a result, by cell, as fragments."""
    return tuple(
        Fragment(result.model, result.fingerprint, cell, fragment_id(data), data) for cell, data in parts.items()
    )


def fragment_record(fragment: Fragment, saved: str) -> dict[str, Any]:
    """The record of a fragment that is saved at a time."""
    return {
        "model": fragment.model, "plan": fragment.plan, "window": fragment.cell.window,
        "segment": fragment.cell.segment, "fragment_id": fragment.id, "data": fragment.data, "saved": saved,
    }  # fmt: skip


def refuse_run(run_id: str) -> UnknownRecordError:
    """The error that says that there is no such run."""
    return UnknownRecordError(f"no run has the id {run_id[:80]!r}; see: driftline history")


def summary_of(record: Mapping[str, Any]) -> RunSummary:
    """The summary of a run's record, or of that part of it."""
    return RunSummary._make(_LEVELS[record[name]] if name in _LEVELLED else record[name] for name in RunSummary._fields)


def refuse_claim(store: str, model: str) -> ConflictError:
    """The error that says that another server judges a model into a store."""
    return ConflictError(
        f"{store}: another server judges model {model!r} into this store, and each would replace what the other keeps "
        "of a window; stop it, or give this one another --store or another model.name"
    )


def run_of(record: Mapping[str, Any]) -> Run:
    """The run of a record."""
    values: dict[str, Any] = {name: record[name] for name in RUN_COLUMNS}
    for name in _LEVELLED:
        values[name] = _LEVELS[values[name]]
    values["task"] = values["task"] and Task(values["task"])
    values["notes"] = tuple(json.loads(values["notes"]))
    return Run(**values)


_LEVELLED = frozenset({"level", *(f"{tier.value}_level" for tier in Health)})
_LEVELS: dict[str | None, Level | None] = {None: None, **{level.value: level for level in Level}}


def verdict_of(record: Mapping[str, Any]) -> Verdict:
    """The verdict of a record."""
    typed = {
        "health": Health(record["health"]),
        "level": Level(record["level"]),
        "detail": json.loads(record["detail"]),
    }
    flags = {name: bool(record[name]) for name in ("judged", "notable")}
    return Verdict(**{name: record[name] for name in VERDICT_COLUMNS} | typed | flags)


def plain_record(row: "DataclassInstance") -> Record:
    """The row of a record whose fields are its columns."""
    return {name: _plain(value) for name, value in asdict(row).items()}


def incident_record(incident: StoredIncident) -> Record:
    """The row of an incident; its actions are rows of their own."""
    record = plain_record(incident)
    return {name: record[name] for name in INCIDENT_COLUMNS}


def incident_of(record: Mapping[str, Any], actions: Iterable[Mapping[str, Any]] = ()) -> StoredIncident:
    """The incident of a record, with the records of what people did to it, the oldest first."""
    typed = {
        "level": Level(record["level"]),
        "health": record["health"] and Health(record["health"]),
        "state": IncidentState(record["state"]),
        "members": tuple(StoredMember(**member) for member in json.loads(record["members"])),
        "evidence": tuple(json.loads(record["evidence"])),
        "actions": tuple(
            StoredAction(**{name: each[name] for name in ACTION_COLUMNS} | {"action": Action(each["action"])})
            for each in actions
        ),
    }
    return StoredIncident(**{name: record[name] for name in INCIDENT_COLUMNS} | typed)


def _plain(value: Any) -> Any:
    """A value as a cell of a table: text, a number or None; lists and mappings as JSON."""
    value = as_jsonable(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
