"""What the reference teaches about itself: how much its own windows differ from the whole, by metric and column."""

import math
from collections.abc import Iterator, Mapping
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
from driftline.reading import Reading
from driftline.readings import of
from driftline.stats import intervals
from driftline.types import Cell, Level
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
    replayed: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    """Of windows of so many days: how many there were, and how many alert if judged by what the others teach."""

    def usual(self, length: float | None) -> Mapping[str, Usual]:
        """What was learnt from windows like one of that length (microseconds): the longest not much longer than it."""
        days = [days for days in self.effects if length is not None and days * DAY <= 1.35 * length]
        shortest = min(self.effects, default=0)
        return self.effects.get(max(days, default=shortest), {}) if length is not None else {}

    def of(self, length: float | None) -> Mapping[str, float]:
        """What of it is tolerated of a window."""
        return {key: usual.limit for key, usual in self.usual(length).items()}

    @classmethod
    def of_state(cls, state: Mapping[str, Any]) -> "Calibration":
        """The inverse of `state`."""
        effects = {
            int(days): {
                str(key): Usual(float(one[0]), float(one[1]), float(one[2]), float(one[3]), int(one[4]))
                for key, one in found.items()
            }
            for days, found in state["effects"].items()
        }
        return cls(effects, {int(days): (int(one[0]), int(one[1])) for days, one in state["replayed"].items()})

    def state(self) -> dict[str, Any]:
        """Plain values for the codec."""
        effects = {
            days: {key: list(astuple(one)) for key, one in found.items()} for days, found in self.effects.items()
        }
        return {"effects": effects, "replayed": {days: list(one) for days, one in self.replayed.items()}}


def calibrate(plan: Plan, cells: Mapping[Cell, Profile], windows: Windows) -> Calibration:
    """Learn from the reference's daily windows, and from the weeks that they make."""
    whole = cells[Cell()]
    days = [(i, cells[Cell(windows.name(i))]) for i in range(windows.count) if Cell(windows.name(i)) in cells]
    learnt, replayed = {}, {}
    for length in _DAYS:
        blocks = [list(block) for _, block in groupby(days, key=lambda day: day[0] // length)]
        full = [reduce(Profile.merge, [day for _, day in block]) for block in blocks if len(block) == length]
        usual = float(np.median([part.rows for part in full])) if full else 0.0
        full = [part for part in full if part.rows >= usual / 2]  # of a day cut short or an outage nothing is learnt
        if len(full) >= _LEAST:
            learnt[length], replayed[length] = _learnt(plan, full, whole, length * DAY)
    return Calibration(learnt, replayed)


def _learnt(plan: Plan, parts: list[Profile], whole: Profile, width: float) -> tuple[dict[str, Usual], tuple[int, int]]:
    """How each effect varies among these windows; and how many there are, and alert by what the others teach."""
    taken: dict[str, list[tuple[int, Reading]]] = {}
    for metric in registry.every("metrics").values():
        if not metric.windowed or not metric.judged:
            continue
        for at, part in enumerate(parts):
            for reading in of(metric, plan, Cell(), part, whole):
                if reading.estimate.n >= plan.config.judge.min_rows and math.isfinite(reading.effect.value):
                    key = f"{metric.name}/{reading.column.name if reading.column else ''}"
                    taken.setdefault(key, []).append((at, reading))
    chance = Budget.of(plan.config.alerts.budget).chance(width) / max(len(taken), 1)
    effects = {
        key: _usual(np.array([reading.effect.value for _, reading in found]), chance) for key, found in taken.items()
    }
    return effects, (len(parts), len({at for found in taken.values() for at in _alerting(found, chance)}))


def _alerting(found: list[tuple[int, Reading]], chance: float) -> Iterator[int]:
    """The windows in which this reading alerts, by the limit that all the others set."""
    values = np.array([reading.effect.value for _, reading in found])
    for place, (at, reading) in enumerate(found):
        others = np.delete(values, place)
        effect = reading.effect
        beyond = reading.metric.most is Level.ALERT and effect.p_value <= chance and effect.low > reading.smallest
        if beyond and others.size > 1 and effect.low > _usual(others, chance).limit:
            yield at


def _usual(values: npt.NDArray[np.float64], chance: float) -> Usual:
    limit = max(0.0, float(values.max()), intervals.upper_prediction(values, chance))
    if values.size < 2:
        return Usual(limit)
    apart = values - values.mean()
    squares = float((apart**2).sum())
    follows = float((apart[1:] * apart[:-1]).sum()) / squares if squares else 0.0
    follows += (1 + 3 * follows) / values.size  # short series make it look less than it is (Kendall 1954)
    return Usual(limit, float(values.mean()), float(values.std(ddof=1)), min(max(follows, 0.0), 0.9), values.size)
