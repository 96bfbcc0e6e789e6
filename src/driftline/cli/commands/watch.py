"""`driftline watch`: windows of rows in, a line a window and the incidents out."""

import sys
from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from driftline import humanize, registry
from driftline.alerts.incidents import Incident
from driftline.alerts.watch import Watch, Watched
from driftline.cli.monitors import open_monitor
from driftline.cli.options import column_options, engine_option, parse_time
from driftline.report.formats.terminal import STYLES
from driftline.stores.base import open_store
from driftline.types import Level


@click.command()
@click.argument("reference", metavar="REF")
@click.argument("current", metavar="CUR")
@column_options
@click.option("--every", default="1d", show_default=True, metavar="WIDTH", help="Width of the windows: 1h, 1d, 1w …")
@click.option("--until", metavar="TIME", help="Up to when rows should be there; else up to the last row.")
@click.option("--store", metavar="URL", help="Keep all results, such as in sqlite:///driftline.db.")
@engine_option
def watch(reference: str, current: str, every: str, until: str | None, store: str | None, **options: Any) -> None:
    """Compare CUR with REF window by window, and list incidents.

    A finding that lasts, or several that start together, are one incident.

    REF may be a monitor pack. Exit codes: 0 no incident, 1 at least one, 2 could not run.
    """
    engine, end = options.pop("engine"), parse_time(until, "--until")
    monitor = open_monitor(reference, engine, options)
    url = store or monitor.plan.config.store
    opened = open_store(url) if url else None
    try:
        windows = Watch(monitor).over(current, every=every, until=end, store=opened)
    finally:
        if opened is not None:
            opened.close()
    sys.exit(print_windows(windows, Console(highlight=False)))


def print_windows(windows: Sequence[Watched], console: Console) -> int:
    """Print a line a window, then the incidents; 1 if there is an incident, else 0."""
    incidents: dict[str, Incident] = {}
    for window in windows:
        console.print(_window_line(window), soft_wrap=True)
        incidents |= {incident.id: incident for incident in window.incidents}
    console.print()
    for incident in incidents.values():
        _print_incident(incident, console)
    console.print(f"{len(incidents)} incident{'' if len(incidents) == 1 else 's'} in {len(windows)} windows")
    return 1 if incidents else 0


def _window_line(window: Watched) -> Text:
    """Start, rows and level of a window, and the incidents that open, grow or close in it."""
    result = window.result
    start = (result.current.start or "")[:16].replace("T", " ")
    level = f"{result.level.value:<7}", STYLES[result.level]
    line = Text.assemble(f"{start}  {result.current.rows:>9,} rows  ", level)
    for incident in window.incidents:
        joined = [member.subject for member in incident.members if member.joined == incident.updated]
        if incident in window.opened:
            line.append(f"  opens: {incident.headline}", STYLES[Level.ALERT])
        elif not incident.is_open:
            line.append(f"  over: {incident.headline}")
        elif joined:
            line.append(f"  joins: {', '.join(joined)}", STYLES[Level.ALERT])
    return line


def _print_incident(incident: Incident, console: Console) -> None:
    """Print headline, since when, reason and the further members of an incident."""
    console.print(Text(incident.headline, "bold"), soft_wrap=True)
    between = f" (between {incident.earliest} and {incident.latest})" if incident.earliest != incident.latest else ""
    end = f"over at {incident.closed}" if incident.closed else "still open"
    console.print(Text(f"  since {incident.since}{between}; {end}"), soft_wrap=True)
    console.print(Text(f"  {incident.reason}"), soft_wrap=True)
    for member in incident.members[1:]:
        times = "" if member.beyond is None else f", up to {humanize.number(member.beyond)} times the limit"
        title = registry.find("metrics", member.metric).title
        console.print(Text(f"  with {member.subject}: {title}{times}"), soft_wrap=True)
