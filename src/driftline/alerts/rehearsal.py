"""Rehearses settings on history: the incidents that they would have opened, and how many without any change."""

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np

from driftline.alerts.incidents import Incident
from driftline.alerts.watch import Watch
from driftline.config.budget import DAY
from driftline.monitor import Monitor
from driftline.stats import intervals
from driftline.verdicts.measurement import Measurement
from driftline.verdicts.sides import Current

_MOST = 2_000
"""Windows of the reference that are rehearsed at most: they are kept in memory."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What settings would have done on history.

    `incidents` are those of the current rows as they stood in the end, in `windows` windows of `days` days together.
    `false_alarms` were opened on the reference's own windows in shuffled orders, in `quiet_days` days together.
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


class _Remembering(Monitor):
    """A monitor that measures each window once, in however many orders they are judged."""

    def __init__(self, monitor: Monitor) -> None:
        super().__init__(monitor.reference)
        self._known: dict[int, list[Measurement]] = {}

    def measure(self, current: Current) -> list[Measurement]:
        if self.reference.fixed is not None:  # the windows before are others in each order
            return super().measure(current)
        known = self._known.get(id(current))
        if known is None:
            known = self._known[id(current)] = super().measure(current)
        return known


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
    incidents: dict[str, Incident] = {}
    watch, count, length = Watch(monitor), 0, 0.0
    for window in monitor.windows(current, every=every):
        incidents |= {incident.id: incident for incident in watch.judge(window).incidents}
        count, length = count + 1, length + (window.window.length if window.window else 0.0)
    windows = list(deque(monitor.windows(reference, every=every), _MOST))
    remembering, random, opened = _Remembering(monitor), np.random.default_rng(seed), 0
    for _ in range(shuffles):
        watch = Watch(remembering)
        opened += sum(len(watch.judge(windows[at]).opened) for at in random.permutation(len(windows)))
    return Rehearsal(
        tuple(incidents.values()), count, length / DAY, opened,
        shuffles * sum(current.window.length for current in windows if current.window) / DAY,
    )  # fmt: skip
