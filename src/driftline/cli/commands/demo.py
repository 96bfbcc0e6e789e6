"""`driftline demo`: the taxi story, from training to incidents."""

import sys
from pathlib import Path

import click
from rich.console import Console

from driftline.cli.demo.story import run


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
def demo(data: Path | None, output: Path, seed: int) -> None:
    """Play the taxi story: train, serve, break some days, find them."""
    sys.exit(run(output, data, seed, Console(highlight=False)))
