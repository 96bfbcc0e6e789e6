"""What the reference teaches about itself: how much its own windows differ from the whole, by metric and column."""

import math
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from functools import reduce
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from driftline import registry
from driftline.budget import DAY, Budget
from driftline.evidence import Usual
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
    """How each metric's effect on each column ("metric/column") varies among the reference's windows, by days.

    Tolerated is the largest that there was; where the next window could well be over that, as far as it will not be on
    any metric and column but for the share of windows that the budget allows, if windows were independent and normal.
    """

    effects: Mapping[int, Mapping[str, Usual]] = field(default_factory=dict)

    def usual(self, length: float | None) -> Mapping[str, Usual]:
        """What was learnt from windows like one of that length (microseconds): the longest not much longer than it."""
        days = [days for days in self.effects if length is not None and days * DAY <= 1.35 * length]
        shortest = min(self.effects, default=0)
        return self.effects.get(max(days, default=shortest), {}) if length is not None else {}

    def of(self, length: float | None) -> Mapping[str, float]:
        """What of it is tolerated of a window."""
        return {key: usual.limit for key, usual in self.usual(length).items()}

    @classmethod
    def of_state(cls, state: Mapping[int, Any]) -> "Calibration":
        """The inverse of `state`."""
        return cls(
            {
                int(days): {
                    str(key): Usual(float(one[0]), float(one[1]), float(one[2]), float(one[3]), int(one[4]))
                    for key, one in found.items()
                }
                for days, found in state.items()
            }
        )

    def state(self) -> dict[int, Any]:
        """Plain values for the codec."""
        return {
            days: {key: list(astuple(one)) for key, one in effects.items()} for days, effects in self.effects.items()
        }


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
            learnt[length] = _learnt(plan, full, whole, length * DAY)
    return Calibration(learnt)


def _learnt(plan: Plan, parts: list[Profile], whole: Profile, width: float) -> dict[str, Usual]:
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
    return {key: _usual(np.array(values), chance) for key, values in effects.items()}


def _usual(values: npt.NDArray[np.float64], chance: float) -> Usual:
    limit = max(0.0, float(values.max()), intervals.upper_prediction(values, chance))
    if values.size < 2:
        return Usual(limit)
    apart = values - values.mean()
    squares = float((apart**2).sum())
    follows = float((apart[1:] * apart[:-1]).sum()) / squares if squares else 0.0
    follows += (1 + 3 * follows) / values.size  # short series make it look less than it is (Kendall 1954)
    return Usual(limit, float(values.mean()), float(values.std(ddof=1)), min(max(follows, 0.0), 0.9), values.size)
