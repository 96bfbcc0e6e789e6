"""Watches a model window by window: evidence adds up, and each trouble is one incident, from opening to closing."""

import dataclasses
import time
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from functools import partial
from typing import Any

from driftline.alerts.evidence import Evidence
from driftline.alerts.grouping import Grouping
from driftline.alerts.incidents import Incident
from driftline.monitor import Monitor
from driftline.stores.base import Store
from driftline.types import Level, SeriesKey, Verdict
from driftline.verdicts.measurement import Measurement
from driftline.verdicts.result import Finding, Result
from driftline.verdicts.sides import Current
from driftline.verdicts.tolerance import BaselineStats
from driftline.windows import Window, iso

_LASTING = 1 / 3
"""Part of the smallest effect that matters of one window, from which on an effect matters that lasts."""
_ENOUGH = 10
"""Windows of the reference from which on what they vary is known well enough for that."""


@dataclass(frozen=True, slots=True)
class Watched:
    """The outcome of one window: its result, and the incidents that it opened, kept open or closed."""

    result: Result
    incidents: tuple[Incident, ...]

    @property
    def opened(self) -> tuple[Incident, ...]:
        """What a person has to be told of."""
        return tuple(each for each in self.incidents if each.windows == 1 and each.is_open)


class Watch:
    """Judges the windows of one model in order of time, with memory.

    A window alerts by itself, as in `Monitor.check`, or because evidence of a small lasting change has added up: that
    of all columns, metrics and segments together is held to half of the budget (`alerts.budget`), the other half is for
    windows by themselves. One trouble, all that becomes loud together, is one `Incident` until two windows in a row are
    without it.

    >>> import polars as pl
    >>> hours = pl.int_range(2400).alias("hour")
    >>> rows = pl.select(hours % 7, at=pl.datetime(2024, 1, 1) + pl.duration(minutes=6 * hours))
    >>> watch = Watch(Monitor.fit(rows[:1440], timestamp="at"))
    >>> outcomes = watch.over(rows[1440:].with_columns(pl.col("hour") + 9))
    >>> [len(outcome.opened) for outcome in outcomes], outcomes[-1].incidents[0].windows
    ([1, 0, 0, 0], 4)
    """

    def __init__(self, monitor: Monitor) -> None:
        self.monitor = monitor
        self.evidence: dict[SeriesKey, Evidence] = {}
        self.memory: dict[str, Any] = {}
        self.grouping = Grouping()

    @property
    def incidents(self) -> Mapping[str, Incident]:
        """The open ones by id."""
        return self.grouping.incidents

    def over(
        self, current: Any, *, every: str = "1d", until: datetime | None = None, store: Store | None = None
    ) -> "Sequence[Watched]":
        """Judge each window of these rows, those without rows too, up to the one that `until` lies in.

        Args:
            current: a table, or a path, folder or glob of files.
            every: width of the windows, such as 1h or 1d.
            until: up to when rows should be there; by default to the last row's time.
            store: where results and profiles are kept.
        """
        windows = self.monitor.windows(current, every=every, until=until)
        return [self.judge(window, store=store) for window in windows]

    def judge(self, current: Current, *, store: Store | None = None) -> Watched:
        """Judge the next window: the profiles of all its rows (`ProfileKey()`) and of its segments."""
        if current.window is None:
            raise ValueError("these rows stand for no window; make them with Current.from_window")
        started, window = time.perf_counter(), current.window
        measurements = self.monitor.measure(current)
        verdicts = self.monitor.decide(measurements, current, self.memory)
        verdicts, lasting = self._add_evidence(measurements, verdicts, window)
        result = self.monitor.assemble(current, verdicts, store=store, started=started)
        troubled = {finding.subject for finding in result.findings}
        troubled |= {Finding((verdict,)).subject for verdict in result.verdicts if verdict.series in lasting}
        incidents = self.grouping.follow(result, iso(window.end), troubled, partial(self._date, window))
        return Watched(result, tuple(incidents))

    def state(self) -> dict[str, Any]:
        """All memory as plain values, for the codec."""
        return {
            "evidence": [[*astuple(series), evidence.state()] for series, evidence in self.evidence.items()],
            "memory": dict(self.memory),
            "incidents": self.grouping.state(),
        }

    @classmethod
    def from_state(cls, monitor: Monitor, state: Mapping[str, Any]) -> "Watch":
        """The inverse of `state`: it goes on exactly where the other one was."""
        watch = cls(monitor)
        watch.evidence = {SeriesKey(*series): Evidence(**evidence) for *series, evidence in state["evidence"]}
        watch.memory = dict(state["memory"])
        watch.grouping = Grouping.from_state(state["incidents"])
        return watch

    def _add_evidence(
        self, measurements: Sequence[Measurement], verdicts: list[Verdict], window: Window
    ) -> tuple[list[Verdict], set[SeriesKey]]:
        """Add up the evidence, and raise to an alert what has gathered too much of it for chance.

        Gives the verdicts, and the series whose effect is still above what can be usual, if too little for a finding of
        this window alone.
        """
        baseline = self.monitor.reference.baseline.stats_of(window)
        added = [at for at, item in enumerate(measurements) if _adds_up(item, verdicts[at])]
        lasting = set()
        for at in added:
            item, effect = measurements[at], measurements[at].effect
            unknown = BaselineStats(0.0)
            stats = unknown if item.series.segment else baseline.get(item.series, unknown)
            error = max(effect.value - effect.low, 0.0) / 1.96
            score = stats.score(effect.value, error, self._floor(item, stats))
            if stats.score(effect.value, error, item.min_effect) > 0:
                lasting.add(item.series)
            self.evidence.setdefault(item.series, Evidence()).add(iso(window.start), score, stats.correlation)
        most = self.monitor.budget.run_length(window.length)
        if sum(evidence.value for evidence in self.evidence.values()) < most * len(self.evidence):
            return verdicts, lasting
        raised = list(verdicts)
        for at in added:
            evidence, verdict = self.evidence[measurements[at].series], verdicts[at]
            if evidence.value >= most:
                if measurements[at].metric.most is Level.ALERT and verdict.level is not Level.ALERT:
                    reason = f"{verdict.reason}; too much for chance over windows"
                    raised[at] = dataclasses.replace(verdict, level=Level.ALERT, reason=reason)
                evidence.settle()
        return raised, lasting

    def _floor(self, measurement: Measurement, stats: BaselineStats) -> float:
        """The smallest effect that matters where it lasts: a part of that of one window, unless a person set that."""
        settings = self.monitor.plan.config.metrics.get(measurement.metric.name)
        stated = settings is not None and settings.threshold is not None
        return measurement.min_effect if stated or stats.n < _ENOUGH else _LASTING * measurement.min_effect

    def _date(self, window: Window, verdict: Verdict) -> tuple[str, str, str]:
        """The onset of a finding of this window: the most likely start, the earliest and the latest."""
        evidence = self.evidence.get(verdict.series)
        return (evidence.onset() if evidence else None) or (iso(window.start),) * 3


def _adds_up(measurement: Measurement, verdict: Verdict) -> bool:
    followed = measurement.metric.windowed and not measurement.metric.certain
    return followed and verdict.judged and verdict.level is not Level.UNKNOWN
