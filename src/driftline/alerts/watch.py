"""Watches a model window by window: adds up evidence, and follows each incident from onset to end."""

import dataclasses
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from driftline import humanize, registry
from driftline.alerts.acceptance import Acceptance, apply_acceptances, describe_ending, list_acceptances, list_covered
from driftline.alerts.detections import Detections
from driftline.alerts.evidence import Evidence
from driftline.alerts.grouping import Grouping
from driftline.alerts.incidents import Incident
from driftline.alerts.memory.audits import Audits
from driftline.alerts.memory.recent import RecentRows
from driftline.alerts.memory.sparse_segments import JoinedRows, SparseSegments
from driftline.alerts.memory.weak_segments import FollowedSegments
from driftline.config.budget import DAY
from driftline.profiles.profile import Profile
from driftline.profiles.seasonality import HourlySeasonality
from driftline.stores.base import Store
from driftline.types import Action, IncidentState, Level, ProfileKey, Role, SeriesKey, Verdict
from driftline.verdicts.measure import measure_metric, measure_profiles
from driftline.verdicts.measurement import Measurement
from driftline.verdicts.result import Finding, Result
from driftline.verdicts.sides import Current
from driftline.verdicts.tolerance import BaselineStats
from driftline.verdicts.trailing import PastWindow, PastWindows, make_trailing
from driftline.windows import Window, iso, seconds, show_local

if TYPE_CHECKING:
    from driftline.monitor import Monitor

_LASTING = 1 / 3
"""Part of the smallest effect that matters of one window, from which on an effect matters that lasts."""
_VOLUME = "volume"
_ENOUGH = 10
"""Windows of the reference from which on what they vary is known well enough for that."""

_LABELLED = 30
"""Windows whose labels were due that say how many labels are usual."""


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
    windows by themselves. Where `detectors` are set, a third of the budget is theirs. What starts alerting together is
    one `Incident`, until all of it has recovered.

    >>> from driftline import Monitor
    >>> import polars as pl
    >>> hours = pl.int_range(2400).alias("hour")
    >>> rows = pl.select(hours % 7, at=pl.datetime(2024, 1, 1) + pl.duration(minutes=6 * hours))
    >>> watch = Watch(Monitor.fit(rows[:1440], timestamp="at"))
    >>> outcomes = watch.over(rows[1440:].with_columns(pl.col("hour") + 9))
    >>> [len(outcome.opened) for outcome in outcomes], outcomes[-1].incidents[0].windows
    ([1, 0, 0, 0], 4)
    """

    def __init__(self, monitor: "Monitor") -> None:
        self.monitor = monitor
        self.evidence: dict[SeriesKey, Evidence] = {}
        self.memory: dict[str, Any] = {}
        self.grouping = Grouping(monitor.plan.zone)
        self.labels: list[tuple[int, int]] = []
        self.accepted: dict[str, Acceptance] = {}
        self._ended: list[Incident] = []
        self.recent = RecentRows()
        self.detections = Detections(monitor)
        self.audits = Audits()
        self.weak_segments = FollowedSegments()
        self.sparse_segments = SparseSegments()
        self._past = PastWindows(monitor.plan)
        self.find_past: Callable[[Window], Sequence[PastWindow]] = self._past

    @property
    def incidents(self) -> Mapping[str, Incident]:
        """The open ones by id."""
        return self.grouping.incidents

    def accept(self, incident: str, by: str, note: str = "", *, on: str | None = None) -> Incident:
        """Take an open incident for the new normal: it ends, and its members open one again only for what goes beyond.

        What goes beyond is half as much again as the incident saw, or another kind of finding. With a column its
        segments are accepted: open incidents of nothing else end, too. Gives the incident as it ends; the next window
        tells all of them.

        Args:
            incident: the id of an open incident.
            by: who accepts it.
            note: why.
            on: the date, ISO 8601; by default today's.

        Raises:
            KeyError: when no open incident has this id.
        """
        text = describe_ending("accepted", by, on or datetime.now(UTC).isoformat(), note)
        others = [other for id_, other in self.incidents.items() if id_ != incident]
        accepted = {each.subject: each for each in list_acceptances(self.incidents[incident], text, others)}
        self.accepted |= accepted
        ended = self.grouping.end(incident, text)
        self._ended += [ended, *(self.grouping.end(each.id, text) for each in list_covered(others, accepted))]
        return ended

    def take_actions(self, store: Store) -> None:
        """End the open incidents that a person accepted or resolved in the store, if they have come as far as then."""
        ended = (IncidentState.ACCEPTED, IncidentState.RESOLVED)
        for each in store.incidents(self.monitor.plan.config.model.name, states=ended, closed=False):
            known, done = self.incidents.get(each.id), each.ending
            if known is None or done is None or known.updated < done.after:
                continue
            if done.action is Action.ACCEPT:
                self.accept(each.id, done.person, done.note, on=done.at)
            else:
                text = describe_ending("resolved", done.person, done.at, done.note)
                self._ended.append(self.grouping.end(each.id, text))

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
        return list(self.follow(current, every=every, until=until, store=store))

    def follow(
        self, current: Any, *, every: str = "1d", until: datetime | None = None, store: Store | None = None
    ) -> Iterator[Watched]:
        """The same as `over`, one window after the other: however many there are, memory stays bounded."""
        windows = self.monitor.windows(current, every=every, until=until)
        self.detections.width = seconds(every) * 1e6
        if store is not None:
            windows = self._recall_audits(windows, store)
        return self._judge_all(windows, store)

    def _recall_audits(self, windows: Iterable[Current], store: Store) -> Iterator[Current]:
        """The windows; before the first, what the store knows of estimates before it is taken up."""
        for at, window in enumerate(windows):
            if not at and window.window is not None:
                self.audits.recall(store, self.monitor.plan, iso(window.window.start))
            yield window

    def _judge_all(self, windows: Iterable[Current], store: Store | None) -> Iterator[Watched]:
        """Judge windows in order; each once it is known whether its labels are due by the last one's end."""
        delay = seconds(self.monitor.plan.config.stream.label_delay) * 1e6
        waiting: deque[Current] = deque()
        for window in windows:
            waiting.append(window)
            while (
                waiting and window.window and waiting[0].window and waiting[0].window.end <= window.window.end - delay
            ):
                yield self.judge(waiting.popleft(), store=store, labels_due=True)
        for window in waiting:
            yield self.judge(window, store=store)

    def judge(self, current: Current, *, store: Store | None = None, labels_due: bool = False) -> Watched:
        """Judge the next window: the profiles of all its rows (`ProfileKey()`) and of its segments.

        `labels_due` says that no more labels come for it: that there are hardly any is then judged, too.
        """
        if current.window is None:
            raise ValueError("these rows stand for no window; make them with Current.from_window")
        started, window = time.perf_counter(), current.window
        if store is not None:
            self.take_actions(store)
        if labels_due:
            past, rows = (sum(counts) for counts in zip(*self.labels, strict=True)) if self.labels else (0, 0)
            current = dataclasses.replace(current, label_history=(past, rows))
        monitor = self.choose_monitor(window)
        joined = self.sparse_segments.add(monitor.reference, current)
        measurements = _replace_joined(monitor, self.audits.widen(monitor.measure(current), current), joined, window)
        self.audits.add(monitor.reference, current)
        self.recent.add(window, current.profiles[ProfileKey()])
        of_day = self._measure_day(monitor, measurements, current.profiles[ProfileKey()])
        verdicts = monitor.decide([*measurements, *of_day], current, self.memory)
        verdicts, day_verdicts = verdicts[: len(measurements)], verdicts[len(measurements) :]
        verdicts = self._add_evidence(monitor, measurements, verdicts, window, joined)
        verdicts = [_choose(_state_span(verdict, joined), day_verdicts) for verdict in verdicts]
        verdicts += self.detections.judge(current, measurements)
        if monitor.needs_labels is not False:
            verdicts += self.weak_segments.judge(monitor.reference, current)
        if labels_due:
            self._learn_labels(current, verdicts)
        verdicts = apply_acceptances(verdicts, self.accepted)
        result = monitor.assemble(current, verdicts, store=store, started=started)
        lasting = {Finding((verdict,)).subject for verdict in result.verdicts if self._is_lasting(verdict)}
        incidents = self.grouping.follow(
            result, (iso(window.start), iso(window.end)), lasting, partial(self._date, monitor, window)
        )
        if self._trails:
            self._past.add(current)
        if store is not None:
            self.take_actions(store)
        watched = Watched(result, tuple({each.id: each for each in (*incidents, *self._ended)}.values()))
        self._ended = []
        if store is not None:
            store.save_incidents([incident.record() for incident in watched.incidents])
        return watched

    @property
    def _trails(self) -> bool:
        """Whether windows are compared with those before them, which are kept here."""
        return self.monitor.plan.config.trails and self.find_past is self._past

    def choose_monitor(self, window: Window) -> "Monitor":
        """The monitor of a window: with the reference that the last windows make, where one trails."""
        if not self.monitor.plan.config.trails:
            return self.monitor
        return self.monitor.compare_with(make_trailing(self.monitor.reference, self.find_past(window)))

    def state(self) -> dict[str, Any]:
        """All memory as plain values, for the codec."""
        return {
            "evidence": [[*astuple(series), evidence.state()] for series, evidence in self.evidence.items()],
            "memory": dict(self.memory),
            "incidents": self.grouping.state(),
            "labels": [list(counts) for counts in self.labels],
            "accepted": [acceptance.state() for acceptance in self.accepted.values()],
            "ended": [incident.state() for incident in self._ended],
            "recent": self.recent.state(),
            "audits": self.audits.state(),
            **({"weak_segments": self.weak_segments.state()} if self.weak_segments.known else {}),
            **({"sparse_segments": self.sparse_segments.state()} if self.sparse_segments.known else {}),
            **({"detections": self.detections.state()} if self.detections.known else {}),
            **({"past": self._past.state()} if self._trails else {}),
        }

    @classmethod
    def from_state(cls, monitor: "Monitor", state: Mapping[str, Any]) -> "Watch":
        """The inverse of `state`: it goes on exactly where the other one was."""
        watch = cls(monitor)
        watch.evidence = {SeriesKey(*series): Evidence(**evidence) for *series, evidence in state["evidence"]}
        watch.memory = dict(state["memory"])
        watch.grouping = Grouping.from_state(state["incidents"], monitor.plan.zone)
        watch.labels = [(labelled, rows) for labelled, rows in state.get("labels", ())]  # a state of before has none
        watch.accepted = {one["subject"]: Acceptance(**one) for one in state.get("accepted", ())}
        watch._ended = [Incident.from_state(one) for one in state.get("ended", ())]
        watch.recent = RecentRows.from_state(state["recent"])
        watch.audits = Audits.from_state(state.get("audits", {}))  # a state of before has none
        watch.weak_segments = FollowedSegments.from_state(state.get("weak_segments", ()))
        if "sparse_segments" in state:
            watch.sparse_segments = SparseSegments.from_state(monitor.plan, state["sparse_segments"])
        watch.detections.recall(state.get("detections", {}))
        watch._past.recall(state.get("past", ()))
        return watch

    def _measure_day(
        self, monitor: "Monitor", measurements: Sequence[Measurement], profile: Profile
    ) -> list[Measurement]:
        """The volume of the day that ends with a shorter window, if it is measured: what few hours hide adds up."""
        day = self.recent.day(profile) if any(item.metric.name == _VOLUME for item in measurements) else None
        reference = monitor.reference.of_metric(_VOLUME)
        metric, whole = registry.every("metrics")[_VOLUME], reference.profiles[ProfileKey()]
        return [] if day is None else list(measure_metric(metric, reference.plan, ProfileKey(), day, whole))

    def _add_evidence(
        self,
        monitor: "Monitor",
        measurements: Sequence[Measurement],
        verdicts: list[Verdict],
        window: Window,
        joined: Mapping[ProfileKey, JoinedRows],
    ) -> list[Verdict]:
        """Add up the evidence, and raise to an alert what has gathered too much of it for chance.

        Only a series that stands out in this window is raised: evidence never accuses what is as it was. What is told
        already and lasts is no evidence of anything else: the others together are held to the budget without it.
        """
        reference = monitor.reference
        added = {
            at: self._add(
                item,
                reference.of_metric(item.metric.name).baseline.stats_of(window),
                joined[item.key].span if item.key in joined else window,
            )
            for at, item in enumerate(measurements)
            if _adds_up(item, verdicts[at])
        }
        most = self.monitor.budget.run_length(window.length)
        raised = list(verdicts)
        untold = sum(evidence.value for evidence in self.evidence.values() if not evidence.is_lasting)
        enough = untold >= most * len(self.evidence)
        for at, score in added.items():
            evidence = self.evidence[measurements[at].series]
            if evidence.value >= most and score > 0 and (enough or evidence.is_lasting):
                raised[at] = _raise(verdicts[at], measurements[at], evidence, self.monitor.plan.zone)
                evidence.settle()
        for at in added:
            if raised[at].level is Level.ALERT:
                self.evidence[measurements[at].series].mark()
        return raised

    def _learn_labels(self, current: Current, verdicts: Sequence[Verdict]) -> None:
        """Remember how many rows had labels, unless that alerts: a feed that has stopped is not usual."""
        whole, target = current.profiles[ProfileKey()], self.monitor.plan.with_role(Role.TARGET)
        stopped = any(each.metric == "label_coverage" and each.level is Level.ALERT for each in verdicts)
        if target is not None and whole.rows and not stopped:
            self.labels = [*self.labels, (whole.columns[target.name].counts.values, whole.rows)][-_LABELLED:]

    def _add(self, item: Measurement, baseline: Mapping[SeriesKey, BaselineStats], window: Window) -> float:
        """Add one measurement to the evidence of its series; gives its score."""
        unknown, effect = BaselineStats(0.0), item.effect
        stats = unknown if item.series.segment else baseline.get(item.series, unknown)
        error = max(effect.value - effect.low, 0.0) / 1.96
        score = stats.score(effect.value, error, self._floor(item, stats))
        self.evidence.setdefault(item.series, Evidence()).add(
            iso(window.start), score, stats.correlation, iso(window.end)
        )
        return score

    def _floor(self, measurement: Measurement, stats: BaselineStats) -> float:
        """The smallest effect that matters where it lasts: a part of that of one window, unless a person set that."""
        settings = self.monitor.plan.config.metrics.get(measurement.metric.name)
        stated = settings is not None and settings.threshold is not None
        return measurement.min_effect if stated or stats.n < _ENOUGH else _LASTING * measurement.min_effect

    def _is_lasting(self, verdict: Verdict) -> bool:
        evidence = self.evidence.get(verdict.series)
        return evidence is not None and evidence.is_lasting

    def _date(self, monitor: "Monitor", window: Window, verdict: Verdict) -> tuple[str, str, str]:
        """The onset of a finding of this window: the most likely start, the earliest and the latest."""
        evidence = self.evidence.get(verdict.series)
        onset = evidence.onset() if evidence else None
        rhythm = HourlySeasonality.from_profile(monitor.reference.of_metric(_VOLUME).profiles[ProfileKey()])
        if verdict.metric == _VOLUME and window.length < DAY and rhythm is not None:
            onset = self.recent.onset(rhythm)
        return onset or (verdict.since or iso(window.start),) * 3


def _raise(verdict: Verdict, measurement: Measurement, evidence: Evidence, zone: str) -> Verdict:
    """The verdict as an alert, if its metric can alert: what it is, since when, and that it adds up."""
    if measurement.metric.most is not Level.ALERT or verdict.level is Level.ALERT:
        return verdict
    metric, onset = measurement.metric, evidence.onset()
    text = f"{metric.title} {humanize.quantity(measurement.estimate.value or 0.0, metric.unit)}"
    if measurement.reference_value is not None:
        text += f", in the reference {humanize.quantity(measurement.reference_value, metric.unit)}"
    since = f" since {humanize.moment(show_local(onset[0], zone))}" if onset else ""
    return dataclasses.replace(verdict, level=Level.ALERT, reason=f"{text}; small, but it adds up over windows{since}")


def _replace_joined(
    monitor: "Monitor", measurements: list[Measurement], joined: Mapping[ProfileKey, JoinedRows], window: Window
) -> list[Measurement]:
    """The measurements, those of segments whose rows were added up over windows in place of the window's own."""
    if not joined:
        return measurements
    profiles = {key: rows.profile.private() for key, rows in joined.items()}
    own = measure_profiles(monitor.reference, profiles, window, needs_labels=monitor.needs_labels)
    return [*(item for item in measurements if item.key not in joined), *own]


def _state_span(verdict: Verdict, joined: Mapping[ProfileKey, JoinedRows]) -> Verdict:
    """The verdict; of rows that were added up over windows, it says over how long."""
    rows = joined.get(ProfileKey("", verdict.segment)) if verdict.segment else None
    return verdict if rows is None else dataclasses.replace(verdict, reason=f"{verdict.reason}, {rows.describe()}")


def _choose(verdict: Verdict, of_day: Sequence[Verdict]) -> Verdict:
    """The verdict, or that of the same series in the last day if it is worse, or the window has too few rows."""
    day = next((each for each in of_day if each.series == verdict.series), None)
    if day is None:
        return verdict
    if verdict.level is not Level.UNKNOWN and day.level.rank <= max(verdict.level.rank, Level.UNKNOWN.rank):
        return verdict
    return dataclasses.replace(day, reason=f"{day.reason}, in the last 24 hours")


def _adds_up(measurement: Measurement, verdict: Verdict) -> bool:
    followed = measurement.metric.windowed and not measurement.metric.certain
    return followed and verdict.judged and verdict.level is not Level.UNKNOWN
