"""`driftline history`: the runs that a store keeps, as a table."""

from collections.abc import Sequence

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from driftline.cli.stores import open_existing_store
from driftline.report import phrases
from driftline.report.formats.terminal import STYLES
from driftline.stores.records import Run


@click.command()
@click.option(
    "--store", "url", default="sqlite:///driftline.db", show_default=True, metavar="URL", help="Where results are kept."
)
@click.option("--model", metavar="NAME", help="Only this model.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many runs to show.")
def history(url: str, model: str | None, limit: int) -> None:
    """List the checks that a store keeps, the newest first."""
    with open_existing_store(url) as store:
        runs = store.runs(model, limit)
    Console(highlight=False).print(_tabulate(runs) if runs else "no checks yet")


def _tabulate(runs: Sequence[Run]) -> Table:
    """A row a run; the model is named in the title, or in each row where there are several."""
    several = len({run.model for run in runs}) > 1
    title = None if several else Text(phrases.clip(runs[0].model, 60))
    table = Table(box=None, pad_edge=False, title=title, title_justify="left", title_style="bold")
    table.add_column("when (UTC)", no_wrap=True)
    if several:
        table.add_column("model", overflow="fold", max_width=20)
    table.add_column("level", no_wrap=True)
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("outcome", overflow="fold")
    for run in runs:
        level = Text(f"{phrases.ICONS[run.level]} {run.level.value}", STYLES[run.level])
        model = [Text(phrases.clip(run.model, 60))] if several else []
        headline = Text(phrases.visible(run.headline))
        table.add_row(run.created[:16].replace("T", " "), *model, level, f"{run.current_rows:,}", headline)
    return table
