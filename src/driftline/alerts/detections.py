"""The detectors of a model's settings: what each reads of a window, and its verdict."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from driftline import humanize, registry
from driftline.alerts.detection import Detection, Numbers, Shift
from driftline.arrays import Floats
from driftline.config.budget import Budget
from driftline.config.detectors import ERROR, LEARNT, LOSS, RESIDUAL, DetectorConfig
from driftline.config.section import MetricConfig
from driftline.metrics.base import Metric
from driftline.profiles.sketches.row_series import MOST, RowSeries
from driftline.stats import intervals
from driftline.stats.detectors.base import Change
from driftline.types import Health, Level, ProfileKey, Role, SeriesKey, Task, Verdict
from driftline.verdicts.checks.validate import profile_key
from driftline.verdicts.measure import choose_side, measure_metric, needs_labels_of
from driftline.verdicts.measurement import Measurement
from driftline.verdicts.sides import Current
from driftline.windows import iso, microseconds, seconds, show_local

if TYPE_CHECKING:
    from driftline.monitor import Monitor

_LASTING = 1 / 3
"""Part of the smallest effect that matters of one window, from which on an effect matters that lasts."""
_RELATIVE, _STEPS = 0.1, 0.2
"""That effect of errors, as a share of what they were, and of other numbers, in standard deviations."""
_TITLES = {
    ERROR: {Task.REGRESSION: "mean absolute error", Task.BINARY: "error rate", Task.MULTICLASS: "error rate"},
    LOSS: {Task.REGRESSION: "mean squared error", Task.BINARY: "log-loss"},
    RESIDUAL: {Task.REGRESSION: "mean error"},
}


class Detections:
    """The detectors of a monitor's settings, each with its memory.

    A detector of rows begins with what the reference's rows taught it, one of windows with the first window. `width` is
    that of the windows, in microseconds.
    """

    def __init__(self, monitor: "Monitor") -> None:
        self.monitor = monitor
        self.settings = [each for each in monitor.plan.config.detectors if self._is_wanted(each)]
        self.known: dict[str, Detection] = {}
        stream = monitor.plan.config.stream
        self.width = seconds(stream.length or stream.every) * 1e6

    def judge(self, current: Current, measurements: Sequence[Measurement]) -> list[Verdict]:
        """One verdict for each detector that the window has numbers for, or none of them `unknown`."""
        return [self._judge(each, current, measurements) for each in self.settings]

    def state(self) -> dict[str, Any]:
        """Plain values, for the codec."""
        return {title: [self._print(each.setting), each.state()] for title, each in self.known.items()}

    def recall(self, state: Mapping[str, Any]) -> None:
        """Go on where another one was; a detector that is set otherwise than it was begins afresh."""
        for setting in self.settings:
            kept = state.get(setting.title)
            if kept and kept[0] == self._print(setting):
                self.known[setting.title] = Detection.from_state(setting, kept[1])

    def _print(self, setting: DetectorConfig) -> list[Any]:
        """All that decides what a detector is told, as plain values."""
        sharing = sum(each.run_length is None for each in self.monitor.plan.config.detectors)
        shared = [self.monitor.plan.config.alerts.budget, sharing] if setting.run_length is None else []
        return [setting.model_dump(mode="json"), self.width, *shared]

    def _is_wanted(self, setting: DetectorConfig) -> bool:
        """Whether the monitor judges what needs labels, or what needs none, and the series is of that."""
        wanted = self.monitor.needs_labels
        return wanted is None or wanted == self._needs_labels(setting)

    def _needs_labels(self, setting: DetectorConfig) -> bool:
        by_name = self.monitor.plan.by_name
        if setting.rows is not None:
            return setting.of_model or by_name[setting.watched.subject].role is Role.TARGET
        column = setting.watched.column
        return needs_labels_of(
            registry.find("metrics", setting.watched.subject), by_name[column].role if column else None
        )

    def _judge(self, setting: DetectorConfig, current: Current, measurements: Sequence[Measurement]) -> Verdict:
        window = current.window
        if window is None:
            raise ValueError("these rows stand for no window; make them with Current.from_window")
        if setting.title not in self.known:
            self.known[setting.title] = self._make(setting)
        detection = self.known[setting.title]
        overlap = detection.end if detection.start <= window.start < detection.end else -np.inf
        numbers = self._read(setting, current, measurements, overlap)
        new, last = detection.follow(numbers, window, self._worse(setting))
        least = self._least(setting, new.before) if new else 0.0
        matters = new is not None and (new.direction == "other" or abs(new.after - new.before) >= least)
        if new is not None and matters and abs(new.after - new.before) > 0:
            detection.shift, detection.back = new, 0
        lasts = detection.judge_back(numbers.mean) and detection.shift is not None
        return self._verdict(setting, detection, numbers, new if matters else None, (new, last), lasts=lasts)

    def _make(self, setting: DetectorConfig) -> Detection:
        """A detector that has seen no window; of rows it has learnt from the reference's."""
        told: dict[str, float] = {}
        values = self._reference_rows(setting)
        kind = registry.find("detectors", setting.detector)
        if LEARNT in kind.NEEDS and LEARNT not in setting.options:
            high = intervals.wilson(float(values.sum()), values.size)[2] if values.size else kind.NEEDS[LEARNT]
            told = {LEARNT: min(max(high, 1e-6), 1 - 1e-6)}
        detector = setting.make(told, self.run_length(setting))
        if values.size and not kind.NEEDS:
            detector.learn(values.tolist())
        enough = values.size >= self.monitor.plan.config.judge.min_rows
        return Detection(setting, detector, float(values.mean()) if enough else None)

    def run_length(self, setting: DetectorConfig) -> float:
        """Numbers of the series until a false alarm, on average: as stated, else by the share of the budget.

        Detectors whose run length is not stated share a third of it evenly. Rows are counted as the reference has them
        in so much time, 10,000 a window at most.
        """
        if setting.run_length is not None:
            return setting.run_length
        config, dataset = self.monitor.plan.config, self.monitor.reference.dataset
        budget = Budget.parse(config.alerts.budget)
        sharing = sum(each.run_length is None for each in config.detectors)
        windows = 3 * sharing * budget.time / budget.alerts / self.width
        rows = 1.0
        if setting.rows is not None:
            key = profile_key(setting.watched, self.monitor.plan)
            rows = reference[key].rows if key in (reference := self.monitor.reference.profiles) else 0.0
            if dataset.start and dataset.end:
                start, end = (microseconds(datetime.fromisoformat(each)) for each in (dataset.start, dataset.end))
                rows = rows * self.width / max(end - start, self.width)
            rows = min(max(rows, 1.0), MOST)
        return min(max(windows * rows, 10.0), 1e9)

    def _reference_rows(self, setting: DetectorConfig) -> Floats:
        sketch = self.monitor.reference.profiles[ProfileKey()].get_or_none(RowSeries)
        return np.empty(0) if setting.rows is None or sketch is None else sketch.series(setting.rows)[1]

    def _read(
        self, setting: DetectorConfig, current: Current, measurements: Sequence[Measurement], overlap: float
    ) -> Numbers:
        """The numbers of a window; of one that overlaps the one before, what that one had not."""
        if setting.rows is None:
            return self._read_metric(setting, current, measurements, overlap)
        sketch = current.profiles[ProfileKey()].get_or_none(RowSeries)
        times, values = sketch.series(setting.rows) if sketch else (np.empty(0), np.empty(0))
        if not values.size:
            return Numbers(times, values)
        m2 = float(((values - values.mean()) ** 2).sum())
        if setting.followed == ERROR and self.monitor.plan.task is not Task.REGRESSION:
            mean = intervals.wilson(float(values.sum()), values.size)
        else:
            mean = intervals.mean(float(values.mean()), m2, values.size)
        fresh = times >= overlap
        return Numbers(times[fresh], values[fresh], *(float(each) if np.isfinite(each) else None for each in mean))

    def _read_metric(
        self, setting: DetectorConfig, current: Current, measurements: Sequence[Measurement], overlap: float
    ) -> Numbers:
        none, plan, window = np.empty(0), self.monitor.plan, current.window
        key = profile_key(setting.watched, plan)
        series = SeriesKey(setting.watched.subject, setting.watched.column, key.segment or None)
        found = next((item for item in measurements if item.series == series), None)
        if found is None and key in current.profiles and key in self.monitor.reference.profiles:
            metric, column = registry.find("metrics", series.metric), series.column
            whole = self.monitor.reference.profiles[key]
            side = choose_side(metric, whole, None if key.segment else self.monitor.reference.baseline.season(window))
            made = measure_metric(metric, plan, key, current.profiles[key].only(column), side.only(column))
            found = next((item for item in made if item.series == series), None)
        if found is None or found.estimate.value is None or window is None:
            return Numbers(none, none)
        enough = found.metric.certain or found.estimate.n >= plan.config.judge.min_rows
        estimate = found.estimate
        if not enough or window.start < overlap:
            return Numbers(none, none, estimate.value if enough else None, estimate.low, estimate.high)
        value = np.array([estimate.value])
        return Numbers(np.array([window.start]), value, estimate.value, estimate.low, estimate.high)

    def _metric(self, setting: DetectorConfig) -> Metric | None:
        return None if setting.rows is not None else registry.find("metrics", setting.watched.subject)

    def _worse(self, setting: DetectorConfig) -> str:
        """The direction of a series that is worse."""
        metric = self._metric(setting)
        return metric.worse if metric else "up" if setting.followed in {ERROR, LOSS} else "both"

    def _least(self, setting: DetectorConfig, before: float) -> float:
        """The smallest lasting change of the mean that matters: a third of what matters in one window."""
        metric, plan = self._metric(setting), self.monitor.plan
        if metric is None and setting.followed == ERROR and plan.task is not Task.REGRESSION:
            metric, before = registry.find("metrics", "accuracy"), 1 - before
        if metric is not None:
            said = plan.config.metrics.get(metric.name, MetricConfig())
            threshold = (metric.threshold or 0.0) if said.threshold is None else said.threshold
            relative = metric.relative if said.relative is None else said.relative
            return _LASTING * (threshold + relative * abs(before))
        if setting.followed in {ERROR, LOSS}:
            return _LASTING * _RELATIVE * abs(before)
        if setting.followed == RESIDUAL:
            values = self._reference_rows(setting)
            return _LASTING * _STEPS * float(values.std() if values.size else plan.require_role(Role.TARGET).scale)
        return _LASTING * _STEPS * plan.by_name[setting.followed or ""].scale

    def _verdict(
        self, setting: DetectorConfig, detection: Detection, numbers: Numbers, new: Shift | None,
        found: tuple[Shift | None, Change | None], *, lasts: bool,
    ) -> Verdict:  # fmt: skip
        metric, plan = self._metric(setting), self.monitor.plan
        shift = new or (detection.shift if lasts else None)
        column = setting.watched.column if metric else None if setting.of_model else setting.followed
        role = plan.by_name[column].role if column else None
        of_model = role.of_model if role else setting.of_model
        segment = profile_key(setting.watched, plan).segment
        unit = metric.unit if metric else "share" if self._is_share(setting) else ""
        level = Level.ALERT if shift else Level.OK
        if not numbers.values.size and numbers.mean is None and shift is None:
            level = Level.UNKNOWN
        if metric is not None and level is Level.ALERT:
            level = metric.most
        left_out = f"; {humanize.count(detection.left_out, 'number')} out of its bounds left out"
        left_out = left_out if detection.left_out else ""
        title = f"{self._subject(setting, metric)} ({setting.detector})"
        reference = shift.before if shift else detection.learnt
        least = self._least(setting, reference) if shift and reference is not None else 0.0
        threshold = None if not shift else shift.before + (least if shift.after >= shift.before else -least)
        value, low, high = numbers.mean, numbers.low, numbers.high
        if new is not None and value is not None:  # the change may have begun within the window: as wide, around it
            low, high = (None if end is None else new.after + end - value for end in (low, high))
            value = new.after
        return Verdict(
            health=Health.MODEL if of_model else metric.health if metric else Health.DATA,
            family=metric.family if metric else "performance" if setting.of_model else "drift",
            metric=f"{setting.detector}({metric.name if metric else setting.followed})", title=title, column=column,
            segment=segment or None, window=None, level=level, value=value, low=low, high=high,
            n=int(numbers.values.size), unit=unit, threshold=threshold, reference=reference,
            notable=detection.left_out > 0 or (shift is None and found[1] is not None),
            reason=f"{title}: {self._reason(detection, numbers, new, shift, found, unit)}{left_out}",
            since=iso(shift.since) if shift else None,
            detail={"detector": setting.detector, "series": setting.name, "run_length": detection.detector.run_length},
        )  # fmt: skip

    def _reason(
        self, detection: Detection, numbers: Numbers, new: Shift | None, shift: Shift | None,
        found: tuple[Shift | None, Change | None], unit: str,
    ) -> str:  # fmt: skip
        def show(value: float | None) -> str:
            return "unknown" if value is None else humanize.quantity(value, unit)

        noun = "row" if detection.setting.rows else "window"
        run = f"by chance once in {detection.detector.run_length:,.0f} {noun}s"
        if shift is not None:
            since = humanize.moment(show_local(iso(shift.since), self.monitor.plan.zone))
            moved = f"{show(shift.before)} → {show(shift.after)} since {since}"
            if new is None:
                return f"{moved}; still {show(numbers.mean)} in this window"
            return f"{moved}; found {humanize.count(shift.length, noun)} after it began, {run}"
        small, change = found
        if small is not None:
            moved = f"{show(small.before)} → {show(small.after)}"
            return f"a change too small to matter, {moved}; found {humanize.count(small.length, noun)} after it began"
        if change is not None:
            return f"a change for the better, now {show(numbers.mean)}; {run}"
        if not numbers.values.size:
            return f"no {noun} to follow in this window"
        return f"no change in {humanize.count(numbers.values.size, noun)}, now {show(numbers.mean)}; {run}"

    def _is_share(self, setting: DetectorConfig) -> bool:
        return setting.followed == ERROR and self.monitor.plan.task is not Task.REGRESSION

    def _subject(self, setting: DetectorConfig, metric: Metric | None) -> str:
        """What the means of a series are, in words."""
        task, own = self.monitor.plan.task, _TITLES.get(setting.followed or "", {})
        return metric.title if metric else own.get(task, "mean") if task else "mean"
