"""`driftline explain`: what a monitor judges, how its budget is shared, what a replay of the reference says."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import click

from driftline import humanize
from driftline.alerts.detections import Detections
from driftline.cli.monitors import open_monitor
from driftline.cli.options import column_options, engine_option
from driftline.config.budget import DAY, Budget
from driftline.monitor import Monitor
from driftline.report.phrases import visible
from driftline.stats import intervals
from driftline.types import Level, ProfileKey
from driftline.verdicts.baseline import describe_changes
from driftline.verdicts.decide import is_test
from driftline.verdicts.measure import measure
from driftline.verdicts.seasons import WindowKind
from driftline.verdicts.sides import Current

_MOST = 12


@click.command()
@click.argument("reference", metavar="REF")
@column_options
@engine_option
def explain(reference: str, engine: str | None, **options: Any) -> None:
    """Show what is judged, and how many false alerts to expect.

    REF are the rows of the reference, or a monitor pack.
    """
    for line in explain_monitor(open_monitor(reference, engine, options)):
        click.echo(line)


def explain_monitor(monitor: Monitor) -> Iterator[str]:
    """The explanation, a line at a time.

    >>> import polars as pl
    >>> print(next(explain_monitor(Monitor.fit(pl.DataFrame({"x": range(100)})))))
    model: 1 column, 100 rows of reference
    """
    reference, plan, config = monitor.reference, monitor.plan, monitor.plan.config
    columns = humanize.count(sum(column.source is None for column in plan.columns), "column")
    yield f"{config.model.name}: {columns}, {reference.dataset.rows:,} rows of reference"
    yield from map(visible, describe_changes(reference.baseline.changes))
    yield from [visible(plan.redactions)] if plan.redactions else []
    whole = reference.profiles[ProfileKey()]
    yield f"profile of a window: about {len(whole.dump()):,} bytes"
    itself = Current(profiles=reference.profiles, dataset=reference.dataset)
    judged = [measurement for measurement in measure(reference, itself) if measurement.judged]
    tests = [measurement for measurement in judged if not measurement.metric.certain]
    segments = len({measurement.key for measurement in tests}) - 1
    yield ""
    yield (
        f"judged in each window: {humanize.count(len(tests), 'estimate')}, of all rows"
        + (f" and of {humanize.count(segments, 'segment')}" if segments > 0 else "")
        + f"; and {humanize.count(len(judged) - len(tests), 'fact')} that need no test"
    )
    for name, count in Counter(measurement.metric.title for measurement in tests).most_common(_MOST):
        yield f"  {count:>6,}  {name}"
    yield ""
    yield f"budget of false alerts: {config.alerts.budget} (alerts.budget), by the rule {config.alerts.rule!r}"
    budget = monitor.budget
    kinds = sorted(reference.baseline.stats, key=lambda kind: (kind.length, not kind.seasonal)) or [WindowKind(DAY)]
    weight = sum(test.metric.weight for test in tests if is_test(test) and test.metric.most is Level.ALERT)
    for kind in kinds:
        yield from _explain_windows(monitor, budget, kind, weight or 1.0)
    yield from _explain_detectors(monitor)


def _explain_detectors(monitor: Monitor) -> Iterator[str]:
    """How seldom each detector alerts falsely, and whether that is within the budget."""
    if not (detectors := monitor.plan.config.detectors):
        return
    yield ""
    yield "detectors, followed by watch and serve; those without a run_length share a third of the budget:"
    detections = Detections(monitor)
    for setting in detectors:
        numbers = humanize.count(round(detections.run_length(setting)), "row" if setting.rows else "window")
        outside = ", stated, on top of the budget" if setting.run_length is not None else ""
        yield f"  {visible(setting.title)}: falsely once in {numbers} of an unchanged series{outside}"


def _explain_windows(monitor: Monitor, budget: Budget, kind: WindowKind, weight: float) -> Iterator[str]:
    """How the budget is shared in windows of a kind by tests of this weight, and what the reference's own say of it."""
    baseline, days, chance = monitor.reference.baseline, kind.length / DAY, budget.chance(kind.length)
    short = kind.length < DAY
    like = ", against that time of other days" if short else ", against its weekday" if kind.seasonal else ""
    yield ""
    yield f"windows of {f'{24 * days:g} h' if short else humanize.count(round(days), 'day')}{like}:"
    yield (
        f"  by itself, one window in {1 / chance:,.0f} alerts falsely: each p-value is held to {chance / weight:.1e}, "
        "or a quarter of that (what is there or not)"
    )
    yield f"  what adds up over windows alerts falsely once in {budget.run_length(kind.length):,.0f} of them, or later"
    if kind not in baseline.replays:
        yield "  the reference has no times, or too few windows: a replay cannot tell how often it would alert"
        return
    windows, alerts = baseline.replays[kind]
    low, high = (count * 30 / (windows * days) for count in intervals.poisson(alerts)[1:])
    yield (
        f"  replayed, each window of the reference against what the others teach: {humanize.count(alerts, 'alert')} in "
        f"{humanize.count(windows, 'window')}, {alerts * 30 / (windows * days):.2g} in 30 days [{low:.2g}, {high:.2g}]"
    )
    yield "  most tolerated, for the reference itself varies so much:"
    for series, stats in sorted(baseline.stats[kind].items(), key=lambda item: -item[1].limit)[:_MOST]:
        yield f"    {stats.limit:>10.4g}  {' of '.join(filter(None, (series.metric, series.column)))}"
