"""`driftline watch`: windows of rows in, a line a window and the incidents out."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from driftline import humanize
from driftline.alerts.incidents import Incident
from driftline.alerts.memory.audits import Audits
from driftline.alerts.watch import Watch, Watched
from driftline.cli.incidents import print_incident, print_indented
from driftline.cli.monitors import open_monitor
from driftline.cli.options import check_outputs, column_options, engine_option, parse_time
from driftline.config.budget import DAY
from driftline.monitor import Monitor
from driftline.report import phrases
from driftline.report.formats.terminal import STYLES
from driftline.stores.base import open_store
from driftline.types import WEAK_SEGMENT, Level
from driftline.verdicts.baseline import describe_changes
from driftline.verdicts.result import Result, form_of
from driftline.verdicts.sections.windows import chart_windows
from driftline.windows import seconds, show_local

_SEGMENTS = {"found": "weak segment", "confirmed": "weak segment, confirmed", "over": "weak segment, over"}


@click.command()
@click.argument("reference", metavar="REF")
@click.argument("current", metavar="CUR")
@column_options
@click.option("--every", default="1d", show_default=True, metavar="WIDTH", help="Width of the windows: 1h, 1d, 1w …")
@click.option("--until", metavar="TIME", help="Up to when rows should be there; else up to the last row.")
@click.option("--store", metavar="URL", help="Keep all results, such as in sqlite:///driftline.db.")
@click.option(
    "-o", "--output", "files", type=click.Path(path_type=Path), multiple=True, metavar="F",
    help="Write the report of the last window to F, with the metrics of all incidents by window; may be repeated.",
)  # fmt: skip
@click.option("--html", type=click.Path(path_type=Path), metavar="F", help="Write that report as one HTML page.")
@click.option("--json", type=click.Path(path_type=Path), metavar="F", help="Write that report as JSON.")
@engine_option
def watch(reference: str, current: str, every: str, until: str | None, store: str | None, **options: Any) -> None:
    """Compare CUR with REF window by window, and list incidents.

    A finding that lasts, or several that start together, are one incident.

    REF may be a monitor pack. Exit codes: 0 no incident, 1 at least one, 2 could not run.
    """
    engine, end = options.pop("engine"), parse_time(until, "--until")
    outputs = [(form, path) for form in ("html", "json") if (path := options.pop(form)) is not None]
    outputs += [(form_of(path), path) for path in options.pop("files")]
    check_outputs([path for _, path in outputs], reference, current)
    monitor = open_monitor(reference, engine, options, every=every)
    url = store or monitor.plan.config.store
    opened = open_store(url) if url else None
    console = Console(highlight=False)
    kept: list[Watched] = []
    try:
        watching = Watch(monitor)
        windows = watching.follow(current, every=every, until=end, store=opened)
        note_reference(monitor, every)
        code = print_windows(_keep(windows, kept) if outputs else windows, console, monitor.plan.zone)
        print_audits(watching.audits, console)
    finally:
        if opened is not None:
            opened.close()
    for form, path in outputs:
        chart_incidents(kept).save(path, form)
        console.print(f"wrote {path}")
    sys.exit(code)


def _keep(windows: Iterable[Watched], kept: list[Watched]) -> Iterator[Watched]:
    """The windows as they come; keep them, of all but the last one the verdicts alone."""
    for window in windows:
        if kept:
            slim = replace(kept[-1].result, distributions=(), figures=(), timelines=())
            kept[-1] = replace(kept[-1], result=slim)
        kept.append(window)
        yield window


def chart_incidents(windows: Sequence[Watched]) -> Result:
    """The result of the last window, with a chart of each incident's leading metric over all windows."""
    results = [window.result for window in windows]
    leads = {incident.members[0].series: None for window in windows for incident in window.incidents}
    charts = [chart for series in leads if (chart := chart_windows(results, series)) is not None]
    note = (
        f"The last of {humanize.count(len(windows), 'window')}; the charts by window show what the incidents are about."
    )
    last = results[-1]
    return replace(last, figures=(*charts, *last.figures), notes=(*last.notes, note))


def note_reference(monitor: Monitor, every: str) -> None:
    """Tell, on the error stream, what the reference does not teach: it changed, or hours were not learnt."""
    baseline = monitor.reference.baseline
    for note in describe_changes(baseline.changes):
        click.echo(f"Note: {phrases.visible(note)}", err=True)
    if baseline.stats and seconds(every) * 1e6 < DAY and not baseline.has_learnt(seconds(every) * 1e6):
        click.echo(
            f"Note: how windows of {every} vary was not learnt: they are compared with all of the reference, night or "
            f"day. Fit with stream.every: {every}, on at least three whole days.",
            err=True,
        )


def print_windows(windows: Iterable[Watched], console: Console, zone: str = "") -> int:
    """Print a line a window, then the incidents, by the clock of a zone; 1 if there is an incident, else 0."""
    incidents: dict[str, Incident] = {}
    count = 0
    for count, window in enumerate(windows, start=1):  # noqa: B007 - how many there were
        _print_window(window, console, zone)
        incidents |= {incident.id: incident for incident in window.incidents}
    console.print()
    for incident in incidents.values():
        print_incident(incident, console, zone)
    console.print(f"{humanize.count(len(incidents), 'incident')} in {humanize.count(count, 'window')}")
    return 1 if incidents else 0


def print_audits(audits: Audits, console: Console) -> None:
    """Print in how many of the last windows with labels each estimate held what came true, and how far it was off."""
    if found := audits.summarize():
        n = max(summary.windows for summary in found)
        console.print(f"Estimates before labels, over the last {humanize.count(n, 'window')} with labels:")
        for summary in found:
            print_indented(humanize.capitalize(str(summary).removeprefix("estimated ")), console)


def _print_window(window: Watched, console: Console, zone: str) -> None:
    """Print start, rows and level of a window, and below them the incidents that open, grow or close in it."""
    result = window.result
    start = show_local(result.current.start, zone)[:16].replace("T", " ")
    style = STYLES[result.level]
    level = f"{phrases.ICONS[result.level]} {result.level.value}", style
    console.print(Text.assemble(f"{start:<16}  {humanize.count(result.current.rows, 'row'):>14}  ", level))
    for verdict in result.verdicts:
        if verdict.metric == WEAK_SEGMENT and verdict.detail["news"]:
            print_indented(f"{_SEGMENTS[verdict.detail['state']]}: {verdict.segment}: {verdict.reason}", console)
    for incident in window.incidents:
        joined = [member for member in incident.members if member.joined == incident.updated]
        if incident in window.opened:
            print_indented(f"opens: {incident.headline}", console, STYLES[Level.ALERT])
        elif not incident.is_open:
            print_indented(f"{incident.acceptance or 'over'}: {incident.headline}", console)
        elif joined:
            first, *others = joined
            also = f"; also {phrases.join_names([member.subject for member in others])}" if others else ""
            print_indented(f"joins: {first.change}{also}", console, STYLES[Level.ALERT])
        for event in incident.news:
            print_indented(f"more: {event.change}", console, STYLES[Level.ALERT])
