"""`driftline demo`: the taxi story, from training to incidents."""

import sys
from pathlib import Path

import click
from rich.console import Console

from driftline.cli.browser import require_server, show_store
from driftline.cli.demo.story import STORE, run


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Real green-taxi months (green_tripdata_YYYY-MM.parquet).",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default="demo-out",
    show_default=True,
    metavar="DIR",
    help="Where reports go.",
)
@click.option("--seed", type=int, default=2022, show_default=True, help="Of the simulated trips.")
@click.option("--open", "opens", is_flag=True, help="Show the story in the browser once it is told, until Ctrl-C.")
def demo(data: Path | None, output: Path, seed: int, *, opens: bool) -> None:
    """Play the taxi story: train, serve, break some days, find them."""
    if opens:
        require_server()
    code = run(output, data, seed, Console(highlight=False))
    if opens:
        show_store(f"sqlite:///{output / STORE}", "127.0.0.1", 0, output / "tokens.json", opens=True)
    sys.exit(code)
