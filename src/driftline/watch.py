"""Watches a model window by window: evidence adds up, and each trouble is one incident, from opening to closing."""

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from driftline.evidence import Evidence, Usual
from driftline.incident import Incident
from driftline.monitor import Monitor
from driftline.ports import Store
from driftline.profile import Profile
from driftline.reading import Reading
from driftline.result import Finding, Result
from driftline.types import Cell, Level, Side, Verdict
from driftline.windows import iso, microseconds

_QUIET = 2
"""Windows in a row without trouble that close an incident."""


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
    windows by themselves. One trouble is one `Incident` until two windows in a row are without it.

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
        self.evidence: dict[str, Evidence] = {}
        self.memory: dict[str, Any] = {}
        self.incidents: dict[str, Incident] = {}
        self._quiet: dict[str, int] = {}
        self._window, self._width = ("", ""), 0.0
        self._usual: Mapping[str, Usual] = {}

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
        label, windows = self.monitor.windows(current, every=every, until=until)
        return [self.judge(cells, window=ends, label=label, store=store) for ends, cells in windows]

    def judge(
        self,
        cells: Mapping[Cell, Profile],
        *,
        window: tuple[datetime, datetime],
        label: str = "",
        store: Store | None = None,
    ) -> Watched:
        """Judge the next window: the profiles of all its rows (`Cell()`) and of its segments."""
        times = microseconds(window[0]), microseconds(window[1])
        self._window, self._width = (iso(times[0]), iso(times[1])), times[1] - times[0]
        self._usual = self.monitor.calibration.usual(
            times[1] - times[0], seasonal=self.monitor.season(times) is not None
        )
        profile = cells[Cell()]
        profile.span = times
        result = self.monitor.judge(
            cells, times=times, current=Side(label, profile.rows, *self._window, "window"), window=window,
            until=window[1], store=store, memory=self.memory, weigh=self._weigh,
        )  # fmt: skip
        return Watched(result, tuple(self._follow(result)))

    def state(self) -> dict[str, Any]:
        """All memory as plain values, for the codec."""
        return {
            "evidence": {key: each.state() for key, each in self.evidence.items()},
            "memory": dict(self.memory),
            "incidents": {key: each.state() for key, each in self.incidents.items()},
            "quiet": dict(self._quiet),
        }

    @classmethod
    def of(cls, monitor: Monitor, state: Mapping[str, Any]) -> "Watch":
        """The inverse of `state`: it goes on exactly where the other one was."""
        watch = cls(monitor)
        watch.evidence = {key: Evidence(**each) for key, each in state["evidence"].items()}
        watch.memory = dict(state["memory"])
        watch.incidents = {key: Incident.of_state(each) for key, each in state["incidents"].items()}
        watch._quiet = dict(state["quiet"])
        return watch

    def _weigh(self, readings: Sequence[Reading], verdicts: list[Verdict]) -> list[Verdict]:
        """Add up the evidence, and raise to an alert what has gathered too much of it for chance."""
        judged = [at for at, reading in enumerate(readings) if _adds_up(reading, verdicts[at])]
        for at in judged:
            reading = readings[at]
            key, effect = _key(verdicts[at]), reading.effect
            usual = Usual(0.0) if reading.cell.segment else self._usual.get(_of_all(verdicts[at]), Usual(0.0))
            error = max(effect.value - effect.low, 0.0) / 1.96
            score = usual.score(effect.value, error, reading.smallest)
            self.evidence.setdefault(key, Evidence()).add(self._window[0], score, usual.correlation)
        told = list(verdicts)
        most = self.monitor.budget.run_length(self._width)
        if sum(each.value for each in self.evidence.values()) < most * len(self.evidence):
            return told
        for at in judged:
            evidence = self.evidence[_key(verdicts[at])]
            if evidence.value >= most:
                if readings[at].metric.most is Level.ALERT and verdicts[at].level is not Level.ALERT:
                    told[at] = dataclasses.replace(
                        verdicts[at],
                        level=Level.ALERT,
                        reason=f"{verdicts[at].reason}; too much for chance over windows",
                    )
                evidence.settle()
        return told

    def _follow(self, result: Result) -> list[Incident]:
        """Open, go on with and close incidents."""
        loud = {finding.subject: finding for finding in result.findings if finding.level is Level.ALERT}
        troubled = {finding.subject for finding in result.findings} | self._lasting(result)
        changed = []
        for subject, finding in loud.items():
            known = self.incidents.get(subject)
            self.incidents[subject] = self._updated(known, finding) if known else self._opened(result, subject, finding)
            self._quiet[subject] = 0
            changed.append(self.incidents[subject])
        for subject in [each for each in self.incidents if each not in loud]:
            incident = self.incidents[subject]
            if result.current.rows:  # a window without rows says neither that it is over nor that it goes on
                self._quiet[subject] = 0 if subject in troubled else self._quiet[subject] + 1
            closed = self._window[1] if self._quiet[subject] >= _QUIET else None
            moved = dataclasses.replace(incident, updated=self._window[1], closed=closed, windows=incident.windows + 1)
            self.incidents[subject] = moved
            if closed:
                del self.incidents[subject], self._quiet[subject]
            changed.append(moved)
        return changed

    def _lasting(self, result: Result) -> set[str]:
        """Subjects whose effect is still above what can be usual, if too little for a finding of this window alone."""
        scores = {key: each.scores[-1] for key, each in self.evidence.items() if each.starts[-1] == self._window[0]}
        return {Finding((verdict,)).subject for verdict in result.verdicts if scores.get(_key(verdict), 0.0) > 0}

    def _opened(self, result: Result, subject: str, finding: Finding) -> Incident:
        lead = finding.lead
        evidence = self.evidence.get(_key(lead))
        onset = evidence.onset() if evidence else None
        since, earliest, latest = onset or (self._window[0],) * 3
        name = hashlib.sha256("\x1f".join((result.model, subject, self._window[1])).encode()).hexdigest()[:16]
        return Incident(
            id=name, model=result.model, health=lead.health, level=finding.level, metric=lead.metric,
            column=lead.column, segment=lead.segment, headline=f"{finding.subject}: {lead.title}", reason=lead.reason,
            since=since, earliest=earliest, latest=latest, opened=self._window[1], updated=self._window[1],
        )  # fmt: skip

    def _updated(self, incident: Incident, finding: Finding) -> Incident:
        return dataclasses.replace(
            incident, updated=self._window[1], windows=incident.windows + 1, reason=finding.lead.reason
        )


def _adds_up(reading: Reading, verdict: Verdict) -> bool:
    return (
        reading.metric.windowed and verdict.judged and verdict.level is not Level.UNKNOWN and not reading.metric.certain
    )


def _of_all(verdict: Verdict) -> str:
    return f"{verdict.metric}/{verdict.column or ''}"


def _key(verdict: Verdict) -> str:
    return f"{_of_all(verdict)}/{verdict.segment or ''}"
