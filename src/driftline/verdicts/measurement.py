"""A measurement: one metric's estimate of one column, in one window and segment, and its effect."""

import math
from dataclasses import dataclass
from functools import cached_property

from driftline.metrics.base import Metric
from driftline.stats.intervals import difference
from driftline.types import PERFORMANCE, Column, Estimate, Health, ProfileKey, SeriesKey

_MOST_LEARNT = 3.0
"""Times the smallest effect that matters, up to which performance may vary because the reference does."""


@dataclass(frozen=True, slots=True)
class Effect:
    """How far a measurement is from where it should be, with its interval and the p-value of no change.

    Where one direction alone is worse, the p-value is that of no worsening: of one tail.
    """

    value: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True)
class Measurement:
    """What was measured, where, and the estimate.

    `threshold` and `relative` are the metric's, or the person's. `learnt` is the largest effect
    that the reference's own windows of this length have. `stated`: a person set the threshold.
    """

    metric: Metric
    column: Column | None
    key: ProfileKey
    estimate: Estimate
    threshold: float
    relative: float
    judged: bool
    learnt: float = 0.0
    stated: bool = False

    @property
    def series(self) -> SeriesKey:
        """The series of measurements that it is one of."""
        return SeriesKey(self.metric.name, self.column.name if self.column else None, self.key.segment or None)

    @property
    def health(self) -> Health:
        """The tier: what concerns prediction, score and target is the model's, what a request took the service's."""
        return self.column.role.find_tier(self.metric.health) if self.column else self.metric.health

    @property
    def reference_value(self) -> float | None:
        """The value on the reference, for metrics that are taken on each side or say what to expect."""
        return self.estimate.reference.value if self.estimate.reference else None

    @property
    def baseline(self) -> float:
        """What is tolerated because the reference's own windows vary so much.

        Of performance that is at most three times the smallest effect that matters: no one accepts a collapse because
        there was one before.
        """
        most = _MOST_LEARNT * self.min_effect
        return min(self.learnt, most) if self.metric.family in PERFORMANCE else self.learnt

    @property
    def tolerance(self) -> float:
        """The largest effect that is tolerated."""
        return max(self.min_effect, self.baseline)

    @property
    def min_effect(self) -> float:
        """The smallest effect that matters, whatever the reference's windows do."""
        return self.threshold + self.relative * abs(self.reference_value or 0.0)

    @property
    def limit(self) -> float:
        """The value of the metric at which its effect is the smallest that matters."""
        return self._neutral + (-self.tolerance if self.lower_is_worse else self.tolerance)

    @property
    def limit_source(self) -> str:
        """Where the limit comes from: `yours` (a setting), `learnt` (the reference's own windows) or `default`."""
        if self.baseline > self.min_effect:
            return "learnt"
        return "yours" if self.stated else "default"

    @property
    def lower_is_worse(self) -> bool:
        """Whether worse is less here, so that the limit is a least value."""
        value, worse = self.estimate.value, self.metric.worse
        return worse == "down" or (worse == "both" and value is not None and value < self._neutral)

    @property
    def _neutral(self) -> float:
        """The value of no change: the reference's, or of a distance its neutral one."""
        return self.metric.neutral if self.reference_value is None else self.reference_value

    @cached_property
    def effect(self) -> Effect:
        """The effect: a distance itself (of a two-sided one, how far it is from neutral), of a level its worsening."""
        estimate = self.estimate
        value = math.nan if estimate.value is None else estimate.value
        low, high = _or(estimate.low, value), _or(estimate.high, value)
        was = estimate.reference
        if self.metric.compares and self.metric.worse == "both" and was is None:
            right = self.metric.neutral
            ends = sorted((abs(low - right), abs(high - right)))
            least = 0.0 if low < right < high else ends[0]
            return Effect(abs(value - right), least, ends[1], _p(estimate.p_value))
        if was is None or was.value is None:
            return Effect(value, low, high, _p(estimate.p_value))
        gap, least, most, p_value = difference(
            (value, low, high), (was.value, _or(was.low, was.value), _or(was.high, was.value))
        )
        if self.metric.worse == "down" or (self.metric.worse == "both" and gap < 0):
            gap, least, most = -gap, -most, -least
        if estimate.p_value is not None:
            p_value = estimate.p_value
        elif self.metric.worse != "both":
            p_value = p_value / 2 if gap > 0 else 1 - p_value / 2
        return Effect(gap, least, most, _p(p_value))


def _or(value: float | None, other: float) -> float:
    return other if value is None else value


def _p(p_value: float | None) -> float:
    return 1.0 if p_value is None or math.isnan(p_value) else p_value
