"""`driftline export openmetrics`: the history of a store at its own times."""

from pathlib import Path

import click

from driftline.cli.exports.base import make_folder, output_option
from driftline.cli.options import store_option
from driftline.cli.stores import open_existing_store
from driftline.data.atomic import open_atomic
from driftline.server.prometheus.history import write_history


@click.command()
@output_option
@store_option
@click.option("--model", metavar="NAME", help="Only this model.")
def openmetrics(output: Path, url: str, model: str | None) -> None:
    """Write the numbers of all windows in a store, at their own times.

    Prometheus imports them by `promtool tsdb create-blocks-from openmetrics`.
    """
    path = output / "driftline-history.om"
    with open_existing_store(url) as store, make_folder(output), open_atomic(path) as file:
        count = write_history(store, file, model)
    click.echo(f"wrote {path}: {count:,} samples")
    click.echo(f"import it: promtool tsdb create-blocks-from openmetrics {path} PROMETHEUS_DATA_FOLDER")
