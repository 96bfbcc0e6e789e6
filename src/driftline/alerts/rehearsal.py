"""Rehearses settings on history: the incidents that they would have opened, and how many without any change."""

import dataclasses
from collections import deque
from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from driftline.alerts.incidents import Incident
from driftline.alerts.watch import Watch, Watched
from driftline.config.budget import DAY
from driftline.monitor import Monitor
from driftline.stats import intervals
from driftline.stores.base import Store
from driftline.types import Verdict
from driftline.verdicts.checks.evaluate import evaluate_checks
from driftline.verdicts.measurement import Measurement
from driftline.verdicts.result import Result
from driftline.verdicts.sides import Current
from driftline.windows import Window

_MOST = 2_000
"""Windows of the reference that are rehearsed at most: they are kept in memory."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What settings would have done on history.

    `incidents` are those of the current rows as they stood in the end, in `windows` windows of `days` days together.
    `false_alarms` were opened on windows in which nothing is known to have changed, in shuffled orders, in `quiet_days`
    days together.
    """

    incidents: tuple[Incident, ...]
    windows: int
    days: float
    false_alarms: int
    quiet_days: float

    def false_rate(self, days: float = 30.0) -> tuple[float, float, float]:
        """False alarms in so many days without any change, with the exact 95 % interval (Garwood 1936).

        >>> [round(rate, 2) for rate in Rehearsal((), 30, 30.0, 3, 180.0).false_rate()]
        [0.5, 0.1, 1.46]
        """
        value, low, high = (count * days / self.quiet_days for count in intervals.poisson(self.false_alarms))
        return value, low, high


class RehearsalMonitor(Monitor):
    """A monitor that measures each window once, in however many orders and under however many limits it is judged.

    Args:
        monitor: under the settings that are tried.
        known: measurements (n,) of windows by name, of a monitor of the same plan under other limits; they are kept
            here, and those of other windows are added.
    """

    def __init__(self, monitor: Monitor, known: MutableMapping[str, list[Measurement]] | None = None) -> None:
        super().__init__(monitor.reference)
        self._known = {} if known is None else known
        self._decided: dict[tuple[str, tuple[Any, ...]], list[Verdict]] = {}
        self._checked: dict[str, tuple[Verdict, ...]] = {}

    def measure(self, current: Current) -> list[Measurement]:
        """The measurements of a window under the limits of this monitor."""
        if self.reference.fixed is not None:  # the windows before are others in each order
            return super().measure(current)
        name = str(current.window)
        if name not in self._known:
            self._known[name] = super().measure(current)
        baseline = self.reference.baseline.tolerances_of(current.span)
        return [self._limit(item, baseline.get(item.series, 0.0)) for item in self._known[name]]

    def decide(
        self, measurements: Sequence[Measurement], current: Current, memory: MutableMapping[str, Any] | None = None
    ) -> list[Verdict]:
        """The verdicts of a window; by a rule without memory they are the same in every order, and made once."""
        if self.reference.fixed is not None:  # the windows before are others in each order
            return super().decide(measurements, current, memory)
        # rows of sparse segments are added up over windows, so what is measured of them hangs on the order
        key = str(current.window), tuple((item.estimate.n, item.estimate.value) for item in measurements)
        if key in self._decided:
            return list(self._decided[key])
        kept: MutableMapping[str, Any] = {} if memory is None else memory
        verdicts = super().decide(measurements, current, kept)
        whole = (
            current.window is not None and current.window.length >= DAY
        )  # a shorter one's last day hangs on the order
        if not kept and (whole or len(key[1]) == len(self._known.get(key[0], ()))):
            self._decided[key] = verdicts
        return list(verdicts)

    def _limit(self, item: Measurement, learnt: float) -> Measurement:
        """A measurement under what this monitor's settings say of its metric."""
        settings = self.plan.metric_settings(item.metric.name, item.key.segment)
        threshold = (item.metric.threshold or 0.0) if settings.threshold is None else settings.threshold
        relative = item.metric.relative if settings.relative is None else settings.relative
        if (threshold, relative) == (item.threshold, item.relative):
            return item
        stated = settings.threshold is not None or settings.relative is not None
        tolerated = 0.0 if item.key.segment or settings.threshold is not None else learnt
        return dataclasses.replace(item, threshold=threshold, relative=relative, learnt=tolerated, stated=stated)


class _NullMonitor(RehearsalMonitor):
    """The same for windows of which only the incidents are counted: its results hold verdicts and nothing to draw."""

    def assemble(
        self, current: Current, verdicts: Sequence[Verdict], *, store: Store | None = None, started: float
    ) -> Result:
        del store, started  # nothing is kept or timed
        name = str(current.window)
        if name not in self._checked:
            now = current.window.end if current.window else 0.0
            limits = evaluate_checks(self.plan, current.profiles, self.reference.profiles, now)
            self._checked[name] = tuple(limits)
        return Result(
            model=self.plan.config.model.name, task=self.plan.task, reference=self.reference.dataset,
            current=current.dataset, columns=(), verdicts=(*verdicts, *self._checked[name]), window=name,
        )  # fmt: skip


def rehearse(
    monitor: Monitor, reference: Any, current: Any, *, every: str = "1d", shuffles: int = 5, seed: int = 0
) -> Rehearsal:
    """Watch the current rows, and the reference's own windows in shuffled orders: these hold no change that lasts.

    Each window of the reference is part of what it is compared with, so its false alarms are a little too few; learnt
    tolerances are corrected for that.

    Args:
        monitor: fitted on the reference, under the settings that are tried.
        reference: the rows that it was fitted on.
        current: the rows of the time since.
        every: width of the windows, such as 1h or 1d.
        shuffles: orders of the reference's windows, of the last 2,000 if there are more.
        seed: of the orders.
    """
    watch = Watch(monitor)
    watched = (watch.judge(window) for window in monitor.windows(current, every=every))
    windows = list(deque(monitor.windows(reference, every=every), _MOST))
    return summarize(watched, count_false_alarms(monitor, windows, shuffles=shuffles, seed=seed), windows, shuffles)


def count_false_alarms(
    monitor: Monitor, windows: Sequence[Current], *, shuffles: int, seed: int = 0,
    known: MutableMapping[str, list[Measurement]] | None = None,
) -> int:  # fmt: skip
    """The incidents that are opened on these windows in so many shuffled orders, in which nothing lasts.

    `known` holds measurements of windows by name, as in `RehearsalMonitor`.
    """
    null, random, opened = _NullMonitor(monitor, known), np.random.default_rng(seed), 0
    for _ in range(shuffles):
        watch = Watch(null)
        opened += sum(len(watch.judge(windows[at]).opened) for at in random.permutation(len(windows)))
    return opened


def summarize(watched: Iterable[Watched], false_alarms: int, quiet: Sequence[Current], shuffles: int) -> Rehearsal:
    """The rehearsal of windows that were watched, beside the false alarms on quiet windows in so many orders."""
    incidents: dict[str, Incident] = {}
    count, days = 0, 0.0
    for each in watched:
        incidents |= {incident.id: incident for incident in each.incidents}
        count, days = count + 1, days + (Window.parse(each.result.window).length / DAY if each.result.window else 0.0)
    quiet_days = shuffles * sum(current.window.length for current in quiet if current.window) / DAY
    return Rehearsal(tuple(incidents.values()), count, days, false_alarms, quiet_days)
