"""Rehearses settings on the windows that a store keeps of a model, a bounded number of new ones at a time."""

import math
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING

from driftline import registry
from driftline.alerts.rehearsal import Rehearsal, RehearsalMonitor, count_false_alarms, summarize
from driftline.alerts.watch import Watch, Watched
from driftline.config.budget import Budget
from driftline.config.section import MetricConfig
from driftline.config.settings import Config
from driftline.errors import BusyError, ConfigError, InputError, suggest_name
from driftline.monitor import Monitor
from driftline.stores.base import Store
from driftline.stores.records import Run
from driftline.stores.results import load_fixed_reference, load_windows
from driftline.types import IncidentState
from driftline.verdicts.measurement import Measurement
from driftline.verdicts.sides import Current, Reference

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHUFFLES, _SHUFFLED = 5, 300
"""Orders of the quiet windows, and windows in all of them together, at most; one order there always is."""
_CELLS = 400
"""Windows times columns that one rehearsal measures anew."""
_KEPT = 60_000
"""Measurements that are kept in memory for the next rehearsal, about 1 kB each."""
_PATIENCE = 5.0
"""Seconds that a rehearsal waits for another one."""
_SHOWN = ("mean", "median", "std")
"""What is measured beside what is judged: the words of a finding say how much by these."""
_LEAST_QUIET = 5
"""Windows outside of incidents from which on they are shuffled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Settings that are tried; None leaves what is set. `threshold` is that of `metric`."""

    budget: str | None = None
    rule: str | None = None
    metric: str | None = None
    threshold: float | None = None

    def apply(self, config: Config) -> Config:
        """The configuration with these settings.

        Raises:
            InputError: when the text is no budget, no rule or metric has that name, or the threshold is none.
        """
        alerts, metrics = config.alerts, dict(config.metrics)
        if self.budget is not None:
            try:
                Budget.parse(self.budget)
            except ConfigError as error:
                raise InputError(f"budget: {error}") from None
            alerts = alerts.model_copy(update={"budget": self.budget.strip()})
        if self.rule is not None:
            _require_part("rules", self.rule)
            alerts = alerts.model_copy(update={"rule": self.rule})
        if self.threshold is not None:
            if self.metric is None:
                raise InputError("threshold: name the metric that it is of, too")
            _require_part("metrics", self.metric)
            if not (math.isfinite(self.threshold) and self.threshold >= 0):
                raise InputError(f"threshold={self.threshold}: expected a number of 0 or more")
            known = metrics.get(self.metric, MetricConfig())
            metrics[self.metric] = known.model_copy(update={"threshold": self.threshold})
        return config.model_copy(update={"alerts": alerts, "metrics": metrics})

    @property
    def yaml(self) -> str:
        """The lines of `driftline.yaml` that set the same."""
        lines = []
        if self.budget is not None or self.rule is not None:
            lines.append("alerts:")
            lines += [f"  {name}: {said}" for name, said in (("budget", self.budget), ("rule", self.rule)) if said]
        if self.metric is not None and self.threshold is not None:
            lines += ["metrics:", f"  {self.metric}:", f"    threshold: {self.threshold:g}"]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class StoredRehearsal:
    """What a trial would have done on stored windows, the oldest first.

    `runs` have profiles in the store, `skipped` windows have none. `watched` (n,) are their outcomes in order, empty
    until all of them are `measured`. `quiet` windows are outside of incidents and were judged in so many `shuffles`; 0
    where those are too few.
    """

    runs: tuple[Run, ...]
    skipped: int
    measured: int
    quiet: int = 0
    shuffles: int = 0
    watched: tuple[Watched, ...] = ()
    rehearsal: Rehearsal | None = None


class _Measured:
    """Measurements of windows by the run that judged them; those not asked for longest are let go of first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, list[Measurement]] = OrderedDict()
        self._busy = Lock()

    @contextmanager
    def use(self) -> "Iterator[OrderedDict[str, list[Measurement]]]":
        """What is kept, for one rehearsal at a time: it keeps a core busy for seconds.

        Raises:
            BusyError: when another one is under way.
        """
        if not self._busy.acquire(timeout=_PATIENCE):
            raise BusyError("another rehearsal is under way; try again in some seconds")
        try:
            yield self._kept
            while len(self._kept) > 1 and sum(map(len, self._kept.values())) > _KEPT:
                self._kept.popitem(last=False)
        finally:
            self._busy.release()


_MEASURED = _Measured()


def find_reference(store: Store, model: str) -> tuple[Run, Reference] | None:
    """The newest run of a model with the reference of its plan; None where the store has no pack of that."""
    runs = store.windows(model, 1)
    reference = load_fixed_reference(store, runs[0]) if runs else None
    return None if reference is None else (runs[0], reference)


def rehearse_stored(store: Store, model: str, trial: Trial, windows: int) -> StoredRehearsal:
    """Judge the newest windows of a model again, under settings that are tried; nothing is kept or sent.

    Each window is measured once, for every trial after it as well; one call measures a bounded number of them. Windows
    outside of incidents, and inside of what a person called a false alarm, are judged in shuffled orders beside that:
    what then opens an incident is a false alarm.

    Args:
        store: keeps the windows' profiles and the pack of their plan.
        model: its name.
        trial: the settings.
        windows: how many of the newest windows, those of the newest plan alone.

    Raises:
        BusyError: when another rehearsal is under way.
        InputError: when a setting is none.
    """
    found = find_reference(store, model)
    if found is None:
        return StoredRehearsal((), 0, 0)
    newest, reference = found
    monitor = Monitor(_set(reference, trial.apply(reference.plan.config)))
    runs = [run for run in reversed(store.windows(model, windows)) if run.plan == newest.plan and run.window]
    with _MEASURED.use() as measured:
        loaded, complete = _measure(store, runs, reference, measured)
        if not complete:
            return StoredRehearsal(tuple(runs), 0, sum(run.run_id in measured for run in runs))
        known = {str(current.window): measured[run.run_id] for run, current in loaded}
    kept, currents = [run for run, _ in loaded], [current for _, current in loaded]
    watch = Watch(RehearsalMonitor(monitor, known))
    watch.detections.width = min((each.window.length for each in currents if each.window), default=0.0)
    watched = tuple(watch.judge(current) for current in currents)
    quiet = _list_quiet(store, model, loaded)
    quiet = quiet if len(quiet) >= _LEAST_QUIET else []
    shuffles = max(1, min(_SHUFFLES, _SHUFFLED // max(len(quiet), 1)))
    false_alarms = count_false_alarms(monitor, quiet, shuffles=shuffles, known=known)
    rehearsal = summarize(watched, false_alarms, quiet, shuffles)
    return StoredRehearsal(tuple(kept), len(runs) - len(kept), len(kept), len(quiet), shuffles, watched, rehearsal)


def _set(reference: Reference, config: Config) -> Reference:
    """The reference under other settings, which measure what is judged and what words need."""
    described = {name: MetricConfig() for name in _SHOWN if name not in config.metrics}
    lean = config.model_copy(update={"describe": False, "metrics": {**config.metrics, **described}})
    return replace(reference, plan=replace(reference.plan, config=lean))


def _measure(
    store: Store, runs: Sequence[Run], reference: Reference, measured: "OrderedDict[str, list[Measurement]]"
) -> tuple[list[tuple[Run, Current]], bool]:
    """The windows of these runs that have profiles, measured, and whether those are all.

    They are not where so many had not been measured before that it is enough for one call.
    """
    untried = Monitor(_set(reference, reference.plan.config))
    left = max(2, _CELLS // max(len(reference.plan.columns), 1))
    loaded: list[tuple[Run, Current]] = []
    for run, current in load_windows(store, runs, reference):
        if run.run_id not in measured:
            if not left:
                return loaded, False
            measured[run.run_id], left = untried.measure(current), left - 1
        measured.move_to_end(run.run_id)
        loaded.append((run, current))
    return loaded, True


def _list_quiet(store: Store, model: str, windows: Sequence[tuple[Run, Current]]) -> list[Current]:
    """The windows outside of each incident that no person called a false alarm."""
    spans = [
        (incident.since or incident.opened, incident.closed or incident.updated)
        for incident in store.incidents(model)
        if incident.state is not IncidentState.FALSE_ALARM
    ]
    return [current for run, current in windows if not any(_overlaps(run.window or "", span) for span in spans)]


def _overlaps(window: str, span: tuple[str, str]) -> bool:
    start, _, end = window.partition("/")
    return start < span[1] and span[0] < end


def _require_part(group: str, name: str) -> None:
    known: Mapping[str, object] = registry.every(group)
    if name not in known:
        raise InputError(f"{group}: none is called {name[:80]!r}; {suggest_name(name, list(known))}")
