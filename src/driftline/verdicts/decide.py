"""What rules share: an effect's interval against the smallest effect that matters, and words for the outcome."""

from collections.abc import Callable, Sequence

import numpy as np

from driftline import humanize
from driftline.config.settings import JudgeConfig
from driftline.stats.multiple_testing import benjamini_hochberg
from driftline.types import Level, Verdict
from driftline.verdicts.measurement import Effect, Measurement


def decided(
    readings: Sequence[Measurement], judge: JudgeConfig, sure: Callable[[Sequence[float]], list[bool]]
) -> list[Verdict]:
    """Verdicts (n,) of the readings (n,) of one check, in order.

    An alert needs both: the 95 % interval of the effect lies above the smallest effect that matters, and the rule is
    `sure` of its p-value. A warning: above by its value, and significant among all readings of this check (Benjamini &
    Hochberg 1995). Unknown: fewer rows than `min_rows`, or no value. Distances are their own effect; of levels it is
    the worsening against the reference, with the uncertainty of both (Zou & Donner 2008).

    `sure` is handed the p-values of all readings that are estimates and can be judged, and gives as many answers.
    """
    effects = [reading.effect if _judgeable(reading, judge) else None for reading in readings]
    tested = [at for at, effect in enumerate(effects) if effect and not readings[at].metric.certain]
    p_values = [effect.p_value for at in tested if (effect := effects[at])]
    discoveries = (benjamini_hochberg(np.array(p_values)) <= judge.fdr).tolist()
    weights = dict(zip(tested, zip(discoveries, sure(p_values), strict=True), strict=True))
    return [
        _verdict(reading, effect, _level(reading, effect, *weights.get(at, (False, False))), judge)
        for at, (reading, effect) in enumerate(zip(readings, effects, strict=True))
    ]


def _judged(reading: Measurement) -> bool:
    return reading.judged and not reading.estimate.detail.get("described")


def _judgeable(reading: Measurement, judge: JudgeConfig) -> bool:
    estimate = reading.estimate
    if not _judged(reading) or estimate.value is None:
        return False
    was = estimate.reference
    enough = estimate.n >= judge.min_rows and (was is None or (was.value is not None and was.n >= judge.min_rows))
    return reading.metric.certain or enough


def _level(reading: Measurement, effect: Effect | None, discovery: bool, sure: bool) -> Level:
    metric = reading.metric
    if effect is None:
        return Level.UNKNOWN if _judged(reading) else Level.OK
    if not effect.value > reading.allowed or not (discovery or sure or metric.certain):
        return Level.OK
    return metric.most if metric.certain or (sure and effect.low > reading.allowed) else Level.WARNING


def _verdict(reading: Measurement, effect: Effect | None, level: Level, judge: JudgeConfig) -> Verdict:
    metric, estimate = reading.metric, reading.estimate
    details = [estimate.detail, estimate.reference.detail if estimate.reference else {}]
    return Verdict(
        health=reading.health,
        family=metric.family,
        metric=metric.name,
        title=metric.title,
        column=reading.column.name if reading.column else None,
        segment=reading.cell.segment or None,
        window=reading.cell.window or None,
        level=level,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        n=estimate.n,
        unit=metric.unit,
        threshold=None if effect is None else reading.limit,
        reference=reading.past,
        p_value=estimate.p_value if effect is None or metric.certain else effect.p_value,
        judged=_judged(reading),
        notable=any(bool(detail.get("notable")) for detail in details),
        reason=_reason(reading, effect, level, judge),
        since=estimate.detail.get("since") if level.rank > 1 else None,
        detail={key: value for key, value in estimate.detail.items() if key not in {"notable", "described"}},
    )


def _reason(reading: Measurement, effect: Effect | None, level: Level, judge: JudgeConfig) -> str:
    """The verdict in a sentence."""
    metric, estimate = reading.metric, reading.estimate
    says = str(estimate.detail.get("says") or "")
    if estimate.value is None:
        return f"{metric.title}: no value: {estimate.detail.get('why', 'no usable rows')}"
    if metric.certain:
        return f"{metric.title}: {says or 'no'}"
    if level is Level.UNKNOWN:
        return f"{metric.title}: {_lack(reading, judge)}"
    shown = f"{metric.title} {humanize.quantity(estimate.value, metric.unit)}"
    if estimate.low != estimate.high:
        shown += f" {humanize.interval(estimate.low, estimate.high, metric.unit)}"
    if reading.past is not None:
        shown += f", in the reference {humanize.quantity(reading.past, metric.unit)}"
    was_says = str(estimate.reference.detail.get("says") or "") if estimate.reference else ""
    parts = [
        shown,
        _weighed(reading, effect, level) if effect else "",
        says or (was_says and f"in the reference {was_says}"),
    ]
    return "; ".join(part for part in parts if part)


def _weighed(reading: Measurement, effect: Effect, level: Level) -> str:
    limit = humanize.quantity(reading.limit, reading.metric.unit)
    passed = f"{'down' if reading.falls else 'up'} to {limit} is tolerated"
    if reading.learnt and reading.allowed == reading.learnt:
        passed += ", as the reference itself varies that much"
    if level is Level.OK and effect.value <= reading.allowed < effect.high:
        return f"{passed}; the interval does not rule out more"
    if level is Level.WARNING and reading.metric.most is not Level.WARNING:
        return f"{passed}; the interval does not rule that out"
    return passed


def _lack(reading: Measurement, judge: JudgeConfig) -> str:
    was = reading.estimate.reference
    if was is not None and was.n < judge.min_rows:
        return f"only {humanize.count(was.n, 'usable row')} in the reference; {judge.min_rows} are needed to judge"
    return f"only {humanize.count(reading.estimate.n, 'usable row')}; {judge.min_rows} are needed to judge"
