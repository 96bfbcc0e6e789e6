"""`driftline rehearse`: the incidents that settings would have opened, and how many without any change."""

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from driftline import humanize
from driftline.alerts.rehearsal import rehearse as rehearse_monitor
from driftline.cli.incidents import print_incident
from driftline.cli.monitors import open_monitor
from driftline.cli.options import column_options, engine_option
from driftline.errors import ConfigError
from driftline.stores import pack


@click.command()
@click.argument("reference", metavar="REF")
@click.argument("current", metavar="CUR")
@column_options
@click.option("--every", default="1d", show_default=True, metavar="WIDTH", help="Width of the windows: 1h, 1d, 1w …")
@click.option(
    "--shuffles", type=click.IntRange(1), default=5, show_default=True, help="Orders of the reference's windows."
)
@engine_option
def rehearse(reference: str, current: str, every: str, shuffles: int, **options: Any) -> None:
    """Try settings on history, without sending or keeping anything.

    Tells the incidents that they would have opened on CUR, and beside it how many on the windows of REF in shuffled
    orders, in which nothing lasts: false alarms.
    """
    if pack.is_pack(Path(reference)):
        raise ConfigError(f"{reference} is a monitor pack, which has frozen settings: name the rows of the reference")
    monitor = open_monitor(reference, options.pop("engine"), options, every=every)
    rehearsal = rehearse_monitor(monitor, reference, current, every=every, shuffles=shuffles)
    console = Console(highlight=False)
    for incident in rehearsal.incidents:
        print_incident(incident, console, monitor.plan.zone)
    count = humanize.count(len(rehearsal.incidents), "incident")
    console.print(f"would have opened {count} in {humanize.count(rehearsal.windows, 'window')} of {every}")
    rate, low, high = (humanize.number(number) for number in rehearsal.false_rate())
    console.print(
        f"on the reference's own windows, shuffled: {rate} in 30 days [{low}, {high}]; "
        f"the budget is {monitor.plan.config.alerts.budget}",
        markup=False,
    )
