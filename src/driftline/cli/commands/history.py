"""`driftline history`: the windows that a store keeps results of, as a table."""

from collections.abc import Sequence

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from driftline import humanize
from driftline.cli.options import store_option
from driftline.cli.stores import open_existing_store
from driftline.report import phrases
from driftline.report.formats.terminal import STYLES
from driftline.stores.base import Store
from driftline.stores.records import Run


@click.command()
@store_option
@click.option("--model", metavar="NAME", help="Only this model.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many to show.")
@click.option("--all", "whole", is_flag=True, help="Each time that a window was judged, not the newest alone.")
def history(url: str, model: str | None, limit: int, *, whole: bool) -> None:
    """List the windows that a store keeps results of.

    Those that were judged last come first. A window is judged again when rows or labels come late: the newest result is
    shown. A check of rows without times is of no window, and shown each time.
    """
    with open_existing_store(url) as store:
        runs = store.runs(model, limit) if whole else list_newest(store, model, limit)
    Console(highlight=False).print(_tabulate(runs) if runs else "no checks yet")


def list_newest(store: Store, model: str | None, limit: int) -> list[Run]:
    """The newest run of each window of the same rows, of those that were judged last."""
    most = limit
    while True:
        runs = store.runs(model, most)
        newest = {(run.model, run.current_label, run.window or run.run_id): run for run in reversed(runs)}
        if len(newest) >= limit or len(runs) < most:
            return sorted(newest.values(), key=lambda run: -run.number)[:limit]
        most *= 4


def _tabulate(runs: Sequence[Run]) -> Table:
    """A row a run; the model is named in the title, or in each row where there are several."""
    several = len({run.model for run in runs}) > 1
    title = None if several else Text(phrases.clip(runs[0].model, 60))
    table = Table(box=None, pad_edge=False, title=title, title_justify="left", title_style="bold")
    table.add_column("window (UTC)", overflow="fold")
    if several:
        table.add_column("model", overflow="fold", max_width=20)
    table.add_column("level", no_wrap=True)
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("outcome", overflow="fold")
    for run in runs:
        level = Text(f"{phrases.ICONS[run.level]} {run.level.value}", STYLES[run.level])
        model = [Text(phrases.clip(run.model, 60))] if several else []
        headline = Text(phrases.visible(run.headline))
        table.add_row(describe_window(run), *model, level, f"{run.current_rows:,}", headline)
    return table


def describe_window(run: Run) -> str:
    """The start of the window that a run judged; the time of the check, where it is of no window."""
    if run.window is None or "/" not in run.window:
        return f"checked {run.created[:16].replace('T', ' ')}"
    return humanize.moment(run.window.partition("/")[0])
