"""The default rule: an interval against the smallest effect that matters, with the false discoveries bounded."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from driftline import words
from driftline.config import JudgeConfig
from driftline.reading import Reading
from driftline.stats.intervals import difference
from driftline.stats.multiplicity import benjamini_hochberg
from driftline.types import Estimate, Level, Verdict


@dataclass(frozen=True, slots=True)
class _Effect:
    """How far a reading is from where it should be, and how much of that does not matter."""

    value: float
    low: float
    p_value: float
    allowed: float
    high: float


def interval(readings: Sequence[Reading], judge: JudgeConfig) -> list[Verdict]:
    """Verdicts (n,) of the readings (n,) of one check, in order.

    An alert needs both: the 95 % interval of the effect lies above the smallest effect that matters, and the change is
    significant among all readings of this check (Benjamini & Hochberg 1995). A warning: significant, and above by its
    value but not by its whole interval. Unknown: fewer rows than `min_rows`, or no value. Distances are their own effect;
    of levels it is the worsening against the reference, with the uncertainty of both (Zou & Donner 2008).
    """
    effects = [_effect(reading) if _judgeable(reading, judge) else None for reading in readings]
    p_values = np.array([effect.p_value if effect and not r.metric.certain else math.nan for effect, r in zip(effects, readings, strict=True)])
    adjusted = benjamini_hochberg(p_values)
    return [
        _verdict(reading, effect, bool(q <= judge.fdr), judge)
        for reading, effect, q in zip(readings, effects, adjusted, strict=True)
    ]


def _judgeable(reading: Reading, judge: JudgeConfig) -> bool:
    estimate = reading.estimate
    if not reading.judged or estimate.value is None or estimate.detail.get("described"):
        return False
    return reading.metric.certain or _enough(estimate, judge)


def _enough(estimate: Estimate, judge: JudgeConfig) -> bool:
    was = estimate.reference
    return estimate.n >= judge.min_rows and (was is None or (was.value is not None and was.n >= judge.min_rows))


def _effect(reading: Reading) -> _Effect:
    metric, estimate = reading.metric, reading.estimate
    value = _known(estimate.value)
    low, high = (value if end is None else end for end in (estimate.low, estimate.high))
    allowed = reading.threshold or 0.0
    was = estimate.reference
    if metric.compares:
        if metric.worse == "both":  # such a distance is a ratio to what is expected: 1 is right
            away = low - 1 if value > 1 else 1 - high
            return _Effect(abs(value - 1), max(0.0, away), _p(estimate.p_value), allowed, max(abs(low - 1), abs(high - 1)))
        return _Effect(value, low, _p(estimate.p_value), allowed, high)
    if was is None or was.value is None:
        return _Effect(value, low, 0.0 if metric.certain else 1.0, allowed, high)
    past = (was.value, _or(was.low, was.value), _or(was.high, was.value))
    gap, least, most, p_value = difference((value, low, high), past)
    if metric.worse == "down" or (metric.worse == "both" and gap < 0):
        gap, least, most = -gap, -most, -least
    return _Effect(gap, least, _p(p_value), allowed + reading.relative * abs(was.value), most)


def _known(value: float | None) -> float:
    return math.nan if value is None else value


def _or(value: float | None, other: float) -> float:
    return other if value is None else value


def _p(p_value: float | None) -> float:
    return 1.0 if p_value is None or math.isnan(p_value) else p_value


def _verdict(reading: Reading, effect: _Effect | None, significant: bool, judge: JudgeConfig) -> Verdict:  # noqa: FBT001 - internal
    metric, estimate = reading.metric, reading.estimate
    judged = reading.judged and not estimate.detail.get("described")
    if effect is None:
        level = Level.UNKNOWN if judged else Level.OK
    elif metric.certain:
        level = metric.most if effect.value > effect.allowed else Level.OK
    elif significant and effect.low > effect.allowed:
        level = metric.most
    elif significant and effect.value > effect.allowed:
        level = Level.WARNING
    else:
        level = Level.OK
    return Verdict(
        health=reading.health, family=metric.family, metric=metric.name, title=metric.title,
        column=reading.column.name if reading.column else None, segment=reading.cell.segment or None,
        window=reading.cell.window or None, level=level, value=estimate.value, low=estimate.low, high=estimate.high,
        n=estimate.n, unit=metric.unit, threshold=_threshold(reading, effect), reference=_past(estimate),
        p_value=None if effect is None or metric.certain else effect.p_value, judged=judged,
        notable=bool(estimate.detail.get("notable") or (estimate.reference and estimate.reference.detail.get("notable"))),
        reason=_reason(reading, effect, level, judge),
        detail={key: value for key, value in estimate.detail.items() if key not in {"notable", "described"}},
    )  # fmt: skip


def _past(estimate: Estimate) -> float | None:
    return estimate.reference.value if estimate.reference else None


def _threshold(reading: Reading, effect: _Effect | None) -> float | None:
    """The value at which the reading would be over what does not matter."""
    if effect is None:
        return None
    past = _past(reading.estimate)
    if reading.metric.compares:
        below = reading.metric.worse == "both" and _known(reading.estimate.value) < 1
        return 1 - effect.allowed if below else effect.allowed + (reading.metric.worse == "both")
    return effect.allowed if past is None else past - effect.allowed if reading.metric.worse == "down" else past + effect.allowed


def _reason(reading: Reading, effect: _Effect | None, level: Level, judge: JudgeConfig) -> str:
    """The verdict in a sentence."""
    metric, estimate = reading.metric, reading.estimate
    says = str(estimate.detail.get("says") or "")
    if metric.certain:
        return f"{metric.title}: {says}" if says else f"{metric.title}: no"
    if estimate.value is None:
        return f"{metric.title}: no value: {estimate.detail.get('why', 'no usable rows')}"
    if level is Level.UNKNOWN:
        return f"{metric.title}: {_lack(estimate, judge)}"
    shown = f"{metric.title} {words.quantity(estimate.value, metric.unit)}"
    if bounds := words.interval(estimate.low, estimate.high, metric.unit):
        shown += f" {bounds}"
    past = _past(estimate)
    parts = [shown if past is None else f"{shown}, in the reference {words.quantity(past, metric.unit)}"]
    if effect is not None:
        parts.append(_weighed(reading, effect, level))
    was_says = str(estimate.reference.detail.get("says") or "") if estimate.reference else ""
    if says:
        parts.append(says)
    elif was_says:
        parts.append(f"in the reference {was_says}")
    return "; ".join(parts)


def _weighed(reading: Reading, effect: _Effect, level: Level) -> str:
    metric = reading.metric
    limit = words.quantity(_threshold(reading, effect), metric.unit)
    side = "at least" if metric.worse == "down" or (metric.worse == "both" and _known(reading.estimate.value) < 1) else "up to"
    if level is Level.OK:
        unseen = effect.high > effect.allowed and not effect.value > effect.allowed
        return f"{side} {limit} is let pass" + (", more could hide in so few rows" if unseen and reading.estimate.n < 1000 else "")
    return f"{side} {limit} is let pass" + ("" if level is Level.ALERT or metric.most is level else "; the interval does not rule that out")


def _lack(estimate: Estimate, judge: JudgeConfig) -> str:
    was = estimate.reference
    if was is not None and was.n < judge.min_rows:
        return f"only {words.count(was.n, 'usable row')} in the reference; {judge.min_rows} are needed to judge"
    return f"only {words.count(estimate.n, 'usable row')}; {judge.min_rows} are needed to judge"
