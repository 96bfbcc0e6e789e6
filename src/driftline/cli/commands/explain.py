"""`driftline explain`: what a monitor judges, how its budget is shared, what a replay of the reference says."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import click
from scipy.special import chdtri

from driftline import humanize
from driftline.cli.monitors import open_monitor
from driftline.cli.options import column_options, engine_option
from driftline.config.budget import DAY, Budget
from driftline.monitor import Monitor
from driftline.types import ProfileKey
from driftline.verdicts.measure import readings

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
    plan, config = monitor.plan, monitor.plan.config
    columns = [column for column in plan.columns if column.source is None]
    yield f"{config.model.name}: {humanize.count(len(columns), 'column')}, {monitor.side.rows:,} rows of reference"
    yield f"profile of a window: about {len(monitor.cells[ProfileKey()].dump()):,} bytes"
    taken = [reading for reading in readings(plan, monitor.cells, monitor.cells, {}) if reading.judged]
    tests = [reading for reading in taken if not reading.metric.certain]
    segments = len({reading.cell for reading in tests}) - 1
    yield ""
    yield (
        f"judged in each window: {humanize.count(len(tests), 'estimate')}, of all rows"
        + (f" and of {humanize.count(segments, 'segment')}" if segments > 0 else "")
        + f"; and {humanize.count(len(taken) - len(tests), 'fact')} that need no test"
    )
    for name, count in Counter(reading.metric.title for reading in tests).most_common(_MOST):
        yield f"  {count:>6,}  {name}"
    yield ""
    yield f"budget of false alerts: {config.alerts.budget} (alerts.budget), by the rule {config.alerts.rule!r}"
    budget = Budget.parse(config.alerts.budget)
    for days in sorted(monitor.calibration.effects, key=lambda days: days or 0.5) or [1]:  # short windows first
        yield from _explain_windows(monitor, budget, days, max(len(tests), 1))


def _explain_windows(monitor: Monitor, budget: Budget, kind: int, tests: int) -> Iterator[str]:
    """How the budget is shared in windows of a kind of `Calibration`, and what the reference's own say of it."""
    width = max(kind, 1) * DAY if kind >= 0 else -kind * 1e6
    days, chance = width / DAY, budget.chance(width)
    like = ", against its weekday" if kind == 0 else ", against that time of other days" if kind < 0 else ""
    yield ""
    yield f"windows of {humanize.count(round(days), 'day') if kind >= 0 else f'{24 * days:g} h'}{like}:"
    yield f"  by itself, one window in {1 / chance:,.0f} alerts falsely: each p-value is held to {chance / tests:.1e}"
    yield f"  what adds up over windows alerts falsely once in {budget.run_length(width):,.0f} of them, or later"
    if kind not in monitor.calibration.replayed:
        yield "  the reference has no times, or too few windows: a replay cannot tell how often it would alert"
        return
    windows, alerts = monitor.calibration.replayed[kind]
    low, high = (count * 30 / (windows * days) for count in _poisson(alerts))
    yield (
        f"  replayed, each window of the reference against what the others teach: {humanize.count(alerts, 'alert')} in "
        f"{humanize.count(windows, 'window')}, {alerts * 30 / (windows * days):.2g} in 30 days [{low:.2g}, {high:.2g}]"
    )
    effects = sorted(monitor.calibration.effects[kind].items(), key=lambda item: -item[1].limit)
    yield "  most tolerated, for the reference itself varies so much:"
    for key, usual in effects[:_MOST]:
        yield f"    {usual.limit:>10.4g}  {' of '.join(part for part in key.split('/', 1) if part)}"


def _poisson(count: int) -> tuple[float, float]:
    """The exact 95 % interval of a count (Garwood 1936)."""
    return float(chdtri(2 * count, 0.975)) / 2 if count else 0.0, float(chdtri(2 * count + 2, 0.025)) / 2
