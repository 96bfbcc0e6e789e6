"""`driftline history`: the runs that a store keeps, as a table."""

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from driftline.errors import ConfigError
from driftline.report.formats.terminal import STYLES
from driftline.stores.base import open_store


@click.command()
@click.option(
    "--store", "url", default="sqlite:///driftline.db", show_default=True, metavar="URL", help="Where results are kept."
)
@click.option("--model", metavar="NAME", help="Only this model.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many runs to show.")
def history(url: str, model: str | None, limit: int) -> None:
    """List the checks that a store keeps, the newest first."""
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        raise ConfigError(f"{url}: no such store; make one with: driftline check REF CUR --store {url}")
    with open_store(url) as store:
        runs = store.runs(model, limit)
    table = Table(box=None, pad_edge=False)
    for name in ("when (UTC)", "model", "level", "rows", "outcome"):
        table.add_column(
            name, overflow="fold", justify="right" if name == "rows" else "left", no_wrap=name != "outcome"
        )
    for run in runs:
        level = f"[{STYLES[run.level]}]{run.level.value}[/]"
        table.add_row(run.created[:16].replace("T", " "), run.model, level, f"{run.current_rows:,}", run.headline)
    Console(highlight=False).print(table if runs else "no checks yet")
