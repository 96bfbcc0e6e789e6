"""What the reference teaches about itself: how much its own windows differ from the whole, by metric and column."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from itertools import groupby
from typing import Any

import numpy as np

from driftline import registry
from driftline.budget import DAY, Budget
from driftline.plan import Plan
from driftline.profile import Profile
from driftline.readings import of
from driftline.stats import intervals
from driftline.types import Cell
from driftline.windows import Windows

_DAYS = (1, 7)
_LEAST = 3  # windows of one length, to learn from them


@dataclass(frozen=True)
class Calibration:
    """The effect of each metric on each column ("metric/column") that is normal among the reference's windows, by days.

    The largest that there was; where the next window could well be over that, as far as it will not be on any metric
    and column but for the share of windows that the budget allows, if windows were independent and normal.
    """

    effects: Mapping[int, Mapping[str, float]] = field(default_factory=dict)

    def of(self, length: float | None) -> Mapping[str, float]:
        """What was learnt from windows like one of that length (microseconds): the longest not much longer than it."""
        days = [days for days in self.effects if length is not None and days * DAY <= 1.35 * length]
        shortest = min(self.effects, default=0)
        return self.effects.get(max(days, default=shortest), {}) if length is not None else {}

    @classmethod
    def of_state(cls, state: Mapping[int, Any]) -> "Calibration":
        """The inverse of `state`."""
        return cls(
            {int(days): {str(key): float(value) for key, value in found.items()} for days, found in state.items()}
        )

    def state(self) -> dict[int, Any]:
        """Plain values for the codec."""
        return {days: dict(effects) for days, effects in self.effects.items()}


def calibrate(plan: Plan, cells: Mapping[Cell, Profile], windows: Windows) -> Calibration:
    """Learn from the reference's daily windows, and from the weeks that they make."""
    whole = cells[Cell()]
    days = [(i, cells[Cell(windows.name(i))]) for i in range(windows.count) if Cell(windows.name(i)) in cells]
    learnt = {}
    for length in _DAYS:
        blocks = [list(block) for _, block in groupby(days, key=lambda day: day[0] // length)]
        full = [reduce(Profile.merge, [day for _, day in block]) for block in blocks if len(block) == length]
        usual = float(np.median([part.rows for part in full])) if full else 0.0
        full = [part for part in full if part.rows >= usual / 2]  # of a day cut short or an outage nothing is learnt
        if len(full) >= _LEAST:
            learnt[length] = _limits(plan, full, whole, length * DAY)
    return Calibration(learnt)


def _limits(plan: Plan, parts: list[Profile], whole: Profile, width: float) -> dict[str, float]:
    effects: dict[str, list[float]] = {}
    for metric in registry.every("metrics").values():
        if not metric.windowed or not metric.judged:
            continue
        for part in parts:
            for reading in of(metric, plan, Cell(), part, whole):
                value = reading.effect.value
                if reading.estimate.n >= plan.config.judge.min_rows and math.isfinite(value):
                    key = f"{metric.name}/{reading.column.name if reading.column else ''}"
                    effects.setdefault(key, []).append(value)
    chance = Budget.of(plan.config.alerts.budget).chance(width) / max(len(effects), 1)
    return {key: max(0.0, *values, intervals.upper_prediction(values, chance)) for key, values in effects.items()}
