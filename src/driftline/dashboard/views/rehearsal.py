"""Rehearsal: which past windows a budget, rule or threshold would have alerted in, and how often without a change."""

from dataclasses import dataclass, replace
from datetime import datetime

from driftline import registry
from driftline.alerts.stored_rehearsal import StoredRehearsal, Trial, find_reference, rehearse_stored
from driftline.alerts.watch import Watched
from driftline.config.settings import Config
from driftline.dashboard.views.base import Query, view
from driftline.dashboard.windows import WindowStatus, describe_window
from driftline.errors import InputError, UnknownRecordError
from driftline.stores.base import Store
from driftline.stores.records import Run, StoredIncident
from driftline.types import Level

_WINDOWS, _MOST = 30, 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """A window as it was judged, and as it would have been.

    Of a page about one column both levels are of that column alone; `was` is None where it was not judged then.
    """

    window: WindowStatus
    was: Level | None
    would: Level
    headline: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Knob:
    """A metric whose threshold can be tried, with the one that is set (None: the metric's own, learnt or default)."""

    metric: str
    title: str
    threshold: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalPage:
    """Settings that are tried on the newest windows of a model, the oldest first.

    `ready` says that there are a pack and profiles to try them on, `tried` that a trial was asked for; `measured` of
    `count` windows are measured so far, and `outcomes` are there once all are. `false_rate` are incidents in 30 days
    on `quiet` windows, those outside of incidents, in `shuffles` shuffled orders; None where there are too few.
    """

    model: str
    column: str | None
    budget: str
    rule: str
    rules: tuple[str, ...]
    knobs: tuple[Knob, ...]
    metric: str | None
    threshold: float | None
    size: int
    sizes: tuple[int, ...]
    ready: bool
    tried: bool
    measured: int
    count: int
    skipped: int
    outcomes: tuple[Rehearsed, ...]
    incidents: tuple[StoredIncident, ...]
    false_alarms: int
    false_rate: float | None
    quiet: int
    quiet_days: float
    shuffles: int
    yaml: str
    now: datetime


@view(
    "/rehearsal", "/v1/rehearsal",
    parameters={
        "model": "Name of the model.", "column": "Show what would have been judged of this column alone.",
        "windows": f"How many of the newest windows, at most {_MOST}.",
        "budget": "False-alarm budget to try, such as 1 per 30 days.", "rule": "Rule to try.",
        "metric": "Metric whose threshold is tried.", "threshold": "Threshold of that metric to try.",
    },
    required=("model",),
)  # fmt: skip
def rehearsal(query: Query) -> RehearsalPage:
    """Settings tried on past windows: which would have alerted, and how many false alarms without any change."""
    model, column = query.require("model"), query.text("column") or None
    size, store = query.number("windows", _WINDOWS, _MOST), query.store
    found = find_reference(store, model)
    if found is None and not store.windows(model, 1):
        raise UnknownRecordError(f"no window of a model that is called {model!r}")
    trial = _read_trial(query)
    tried = found is not None and any(query.text(name) for name in ("budget", "rule", "threshold"))
    outcome = rehearse_stored(store, model, trial, size) if tried else StoredRehearsal((), 0, 0)
    config = found[1].plan.config if found else None
    changed = trial if config is None else _drop_unchanged(trial, config)
    rehearsed = outcome.rehearsal
    incidents = rehearsed.incidents if rehearsed else ()
    return RehearsalPage(
        model=model, column=column, budget=trial.budget or (config.alerts.budget if config else ""),
        rule=trial.rule or (config.alerts.rule if config else ""), rules=registry.names("rules"),
        knobs=tuple(_list_knobs(store, found[0], column)) if found else (), metric=trial.metric,
        threshold=trial.threshold, size=size, sizes=tuple(sorted({_WINDOWS, 60, _MOST, size})), ready=found is not None,
        tried=tried, measured=outcome.measured, count=len(outcome.runs) + outcome.skipped, skipped=outcome.skipped,
        outcomes=tuple(_compare(store, outcome, column)),
        incidents=tuple(each.record() for each in incidents if column is None or each.column == column),
        false_alarms=rehearsed.false_alarms if rehearsed else 0,
        false_rate=rehearsed.false_rate()[0] if rehearsed and outcome.quiet else None, quiet=outcome.quiet,
        quiet_days=rehearsed.quiet_days if rehearsed else 0.0, shuffles=outcome.shuffles, yaml=changed.yaml,
        now=query.now,
    )  # fmt: skip


def _read_trial(query: Query) -> Trial:
    """What is tried; a field that is left empty tries nothing."""
    text = query.text("threshold").strip().removesuffix("%").strip()
    try:
        threshold = float(text) if text else None
    except ValueError:
        raise InputError(f"threshold={text[:40]}: expected a number, such as 0.2") from None
    if threshold is not None and query.text("threshold").strip().endswith("%"):
        threshold /= 100
    return Trial(
        budget=query.text("budget").strip() or None, rule=query.text("rule").strip() or None,
        metric=(query.text("metric").strip() or None) if threshold is not None else None, threshold=threshold,
    )  # fmt: skip


def _drop_unchanged(trial: Trial, config: Config) -> Trial:
    """The trial without what is set like that already."""
    alerts = config.alerts
    return replace(
        trial, budget=None if trial.budget == alerts.budget else trial.budget,
        rule=None if trial.rule == alerts.rule else trial.rule,
    )  # fmt: skip


def _list_knobs(store: Store, newest: Run, column: str | None) -> list[Knob]:
    """The metrics with a limit in the newest window, of one column or of all, by title."""
    metrics = registry.every("metrics")
    known: dict[str, Knob] = {}
    for stored in store.verdicts(run_id=newest.run_id, limit=None):
        verdict = stored.verdict
        about = column is None or verdict.column == column
        if about and verdict.judged and verdict.metric in metrics and not metrics[verdict.metric].certain:
            limit = None if verdict.threshold is None else abs(verdict.threshold - (verdict.reference or 0.0))
            known.setdefault(verdict.metric, Knob(metric=verdict.metric, title=verdict.title, threshold=limit))
    return sorted(known.values(), key=lambda knob: knob.title)


def _compare(store: Store, outcome: StoredRehearsal, column: str | None) -> list[Rehearsed]:
    """Each window as it was judged beside how it would have been."""
    if not outcome.watched:
        return []
    was: dict[str, Level] = {run.run_id: run.level for run in outcome.runs}
    if column is not None:
        was = {}
        for stored in store.verdicts(run_id=[run.run_id for run in outcome.runs], column=column, limit=None):
            if stored.verdict.judged:
                known = was.get(stored.run_id, Level.OK)
                was[stored.run_id] = max(known, stored.verdict.level, key=lambda level: level.rank)
    told = [_tell(watched, column) for watched in outcome.watched]
    return [
        Rehearsed(window=describe_window(run), was=was.get(run.run_id), would=level, headline=headline)
        for run, (level, headline) in zip(outcome.runs, told, strict=True)
    ]


def _tell(watched: Watched, column: str | None) -> tuple[Level, str]:
    """The level of a window that was judged again, of all or of one column, with what stands out."""
    result = watched.result
    if column is None:
        return result.level, result.headline
    found = [finding for finding in result.findings if any(each.column == column for each in finding.verdicts)]
    level = max((finding.level for finding in found), key=lambda level: level.rank, default=Level.OK)
    return level, "; ".join(finding.change or finding.lead.reason for finding in found)
