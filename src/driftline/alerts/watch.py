"""Watches a model window by window: evidence adds up, and each trouble is one incident, from opening to closing."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from driftline.alerts.evidence import Evidence
from driftline.alerts.grouping import Grouping
from driftline.alerts.incidents import Incident
from driftline.monitor import Monitor
from driftline.profiles.profile import Profile
from driftline.stores.base import Store
from driftline.types import Dataset, Level, ProfileKey, Verdict
from driftline.verdicts.measurement import Measurement
from driftline.verdicts.result import Finding, Result
from driftline.verdicts.tolerance import BaselineStats
from driftline.windows import iso, microseconds

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
        self.evidence: dict[str, Evidence] = {}
        self.memory: dict[str, Any] = {}
        self.grouping = Grouping()
        self._window, self._width = ("", ""), 0.0
        self._usual: Mapping[str, BaselineStats] = {}
        self._still: set[str] = set()

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
        label, windows = self.monitor.windows(current, every=every, until=until)
        return [self.judge(cells, window=ends, label=label, store=store) for ends, cells in windows]

    def judge(
        self,
        cells: Mapping[ProfileKey, Profile],
        *,
        window: tuple[datetime, datetime],
        label: str = "",
        store: Store | None = None,
    ) -> Watched:
        """Judge the next window: the profiles of all its rows (`ProfileKey()`) and of its segments."""
        times = microseconds(window[0]), microseconds(window[1])
        self._window, self._width = (iso(times[0]), iso(times[1])), times[1] - times[0]
        self._usual = self.monitor.calibration.usual(
            times[1] - times[0], seasonal=self.monitor.season(times) is not None
        )
        profile = cells[ProfileKey()]
        profile.span = times
        result = self.monitor.judge(
            cells, times=times, current=Dataset(label, profile.rows, *self._window, "window"), window=window,
            until=window[1], store=store, memory=self.memory, weigh=self._weigh,
        )  # fmt: skip
        troubled = {finding.subject for finding in result.findings} | self._lasting(result)
        return Watched(result, tuple(self.grouping.follow(result, self._window[1], troubled, self._onset)))

    def state(self) -> dict[str, Any]:
        """All memory as plain values, for the codec."""
        return {
            "evidence": {key: each.state() for key, each in self.evidence.items()},
            "memory": dict(self.memory),
            "incidents": self.grouping.state(),
        }

    @classmethod
    def from_state(cls, monitor: Monitor, state: Mapping[str, Any]) -> "Watch":
        """The inverse of `state`: it goes on exactly where the other one was."""
        watch = cls(monitor)
        watch.evidence = {key: Evidence(**each) for key, each in state["evidence"].items()}
        watch.memory = dict(state["memory"])
        watch.grouping = Grouping.from_state(state["incidents"])
        return watch

    def _weigh(self, readings: Sequence[Measurement], verdicts: list[Verdict]) -> list[Verdict]:
        """Add up the evidence, and raise to an alert what has gathered too much of it for chance."""
        judged = [at for at, reading in enumerate(readings) if _adds_up(reading, verdicts[at])]
        self._still = set()
        for at in judged:
            reading = readings[at]
            key, effect = _key(verdicts[at]), reading.effect
            usual = (
                BaselineStats(0.0)
                if reading.cell.segment
                else self._usual.get(_of_all(verdicts[at]), BaselineStats(0.0))
            )
            error = max(effect.value - effect.low, 0.0) / 1.96
            score = usual.score(effect.value, error, self._floor(reading, usual))
            if usual.score(effect.value, error, reading.smallest) > 0:
                self._still.add(key)
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

    def _floor(self, reading: Measurement, usual: BaselineStats) -> float:
        """The smallest effect that matters where it lasts: a part of that of one window, unless a person set that."""
        said = self.monitor.plan.config.metrics.get(reading.metric.name)
        stated = said is not None and said.threshold is not None
        return reading.smallest if stated or usual.n < _ENOUGH else _LASTING * reading.smallest

    def _lasting(self, result: Result) -> set[str]:
        """Subjects whose effect is still above what can be usual, if too little for a finding of this window alone."""
        return {Finding((verdict,)).subject for verdict in result.verdicts if _key(verdict) in self._still}

    def _onset(self, verdict: Verdict) -> tuple[str, str, str]:
        evidence = self.evidence.get(_key(verdict))
        return (evidence.onset() if evidence else None) or (self._window[0],) * 3


def _adds_up(reading: Measurement, verdict: Verdict) -> bool:
    return (
        reading.metric.windowed and verdict.judged and verdict.level is not Level.UNKNOWN and not reading.metric.certain
    )


def _of_all(verdict: Verdict) -> str:
    return f"{verdict.metric}/{verdict.column or ''}"


def _key(verdict: Verdict) -> str:
    return f"{_of_all(verdict)}/{verdict.segment or ''}"
