"""Decides: an effect's interval against the smallest effect that matters, and words for the outcome."""

from collections.abc import Callable, Sequence

import numpy as np

from driftline import humanize
from driftline.config.settings import JudgeConfig
from driftline.stats.multiple_testing import benjamini_hochberg
from driftline.types import Level, Verdict
from driftline.verdicts.measurement import Effect, Measurement


def decide(
    measurements: Sequence[Measurement],
    judge: JudgeConfig,
    is_sure: Callable[[Sequence[float], Sequence[float]], list[bool]],
) -> list[Verdict]:
    """Verdicts (n,) of the measurements (n,) of one check, in order. Every rule ends here.

    An alert needs both: the 95 % interval of the effect lies above the smallest effect that matters, and the rule is
    sure of its p-value. A warning: above by its value, and significant among all measurements of this check (Benjamini
    & Hochberg 1995). Unknown: fewer rows than `min_rows`, or no value. Distances are their own effect; of levels it is
    the worsening against the reference, with the uncertainty of both (Zou & Donner 2008).

    `is_sure` takes the p-values of all measurements that are estimates, can be judged and can alert, with the weights
    of their metrics, and gives as many answers: what can warn at most takes no part of the chance of a false alert. Nor
    does what has nothing to count on either side: however the rows were shared out between them, it would not differ,
    so it is no test (Tarone 1990).
    """
    effects = [item.effect if _is_judgeable(item, judge) else None for item in measurements]
    tested = [at for at, effect in enumerate(effects) if effect and is_test(measurements[at])]
    p_values = {at: effect.p_value for at in tested if (effect := effects[at])}
    found = benjamini_hochberg(np.array(list(p_values.values()))) <= judge.fdr
    discoveries = {at for at, is_found in zip(p_values, found.tolist(), strict=True) if is_found}
    loud = [at for at in tested if measurements[at].metric.most is Level.ALERT]
    weights = [measurements[at].metric.weight for at in loud]
    sure = {at for at, is_so in zip(loud, is_sure([p_values[at] for at in loud], weights), strict=True) if is_so}
    return [
        _make_verdict(item, effect, _level(item, effect, at in discoveries, at in sure), judge)
        for at, (item, effect) in enumerate(zip(measurements, effects, strict=True))
    ]


def is_test(measurement: Measurement) -> bool:
    """Whether a measurement is an estimate that could differ between these rows: of a share, that there are any.

    Only of metrics that are taken on each side: then which rows are current says nothing of whether it is a test.
    """
    metric, value = measurement.metric, measurement.estimate.value
    is_empty = metric.unit == "share" and not metric.compares and value == measurement.reference_value == 0
    return not metric.certain and not is_empty


def _is_judged(measurement: Measurement) -> bool:
    return measurement.judged and measurement.estimate.judged


def _is_judgeable(measurement: Measurement, judge: JudgeConfig) -> bool:
    estimate = measurement.estimate
    if not _is_judged(measurement) or estimate.value is None:
        return False
    was = estimate.reference
    enough = estimate.n >= judge.min_rows and (was is None or (was.value is not None and was.n >= judge.min_rows))
    return measurement.metric.certain or enough


def _level(measurement: Measurement, effect: Effect | None, discovery: bool, sure: bool) -> Level:
    metric = measurement.metric
    if effect is None:
        return Level.UNKNOWN if _is_judged(measurement) else Level.OK
    if not effect.value > measurement.tolerance or not (discovery or sure or metric.certain):
        return Level.OK
    return metric.most if metric.certain or (sure and effect.low > measurement.tolerance) else Level.WARNING


def _make_verdict(measurement: Measurement, effect: Effect | None, level: Level, judge: JudgeConfig) -> Verdict:
    metric, estimate = measurement.metric, measurement.estimate
    return Verdict(
        health=measurement.health,
        family=metric.family,
        metric=metric.name,
        title=metric.title,
        column=measurement.column.name if measurement.column else None,
        segment=measurement.key.segment or None,
        window=measurement.key.window or None,
        level=level,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        n=estimate.n,
        unit=metric.unit,
        threshold=None if effect is None else measurement.limit,
        reference=measurement.reference_value,
        p_value=estimate.p_value if effect is None or metric.certain else effect.p_value,
        judged=_is_judged(measurement),
        notable=estimate.notable or (estimate.reference is not None and estimate.reference.notable),
        reason=_reason(measurement, effect, level, judge),
        since=estimate.since if level.rank > 1 else None,
        detail=estimate.detail if effect is None else {**estimate.detail, "limit": measurement.limit_source},
    )


def _reason(measurement: Measurement, effect: Effect | None, level: Level, judge: JudgeConfig) -> str:
    """The verdict in a sentence."""
    metric, estimate = measurement.metric, measurement.estimate
    if estimate.value is None:
        return f"{metric.title}: no value: {estimate.why or 'no usable rows'}"
    if metric.certain:
        return f"{metric.title}: {estimate.says or 'no'}"
    if level is Level.UNKNOWN:
        return f"{metric.title}: {_lack(measurement, judge)}"
    shown = f"{metric.title} {humanize.quantity(estimate.value, metric.unit)}"
    if estimate.low != estimate.high:
        shown += f" {humanize.interval(estimate.low, estimate.high, metric.unit)}"
    if measurement.reference_value is not None:
        shown += f", in the reference {humanize.quantity(measurement.reference_value, metric.unit)}"
    past = estimate.reference.says if estimate.reference else ""
    words = estimate.says or (past and f"in the reference {past}")
    parts = [shown, _describe_limit(measurement, effect, level) if effect else "", words]
    return "; ".join(part for part in parts if part)


def _describe_limit(measurement: Measurement, effect: Effect, level: Level) -> str:
    limit = humanize.quantity(measurement.limit, measurement.metric.unit)
    words = f"{'lower limit' if measurement.lower_is_worse else 'limit'} {limit}"
    if measurement.learnt > measurement.tolerance:
        words += ", though the reference's own windows go further"
    elif measurement.learnt and measurement.tolerance == measurement.learnt:
        words += ", as far as the reference's own windows go"
    if level is Level.OK and effect.value <= measurement.tolerance < effect.high:
        return f"{words}; the interval does not rule out more"
    if level is Level.WARNING and measurement.metric.most is not Level.WARNING:
        return f"{words}; the interval does not rule that out"
    return words


def _lack(measurement: Measurement, judge: JudgeConfig) -> str:
    was = measurement.estimate.reference
    if was is not None and was.n < judge.min_rows:
        return f"only {humanize.count(was.n, 'usable row')} in the reference; {judge.min_rows} are needed to judge"
    return f"only {humanize.count(measurement.estimate.n, 'usable row')}; {judge.min_rows} are needed to judge"
