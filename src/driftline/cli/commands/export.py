"""`driftline export`: files for other tools."""

from collections.abc import Iterator
from pathlib import Path

import click

from driftline.cli.options import store_option
from driftline.cli.stores import open_existing_store
from driftline.data.atomic import open_atomic
from driftline.errors import InputError
from driftline.server.prometheus.history import write_history
from driftline.server.prometheus.rules import write


@click.command()
@click.argument("form", type=click.Choice(["prometheus", "openmetrics"]))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=".", show_default=True, metavar="DIR",
    help="Where files go.",
)  # fmt: skip
@store_option
@click.option("--model", metavar="NAME", help="Of openmetrics: only this model.")
def export(form: str, output: Path, url: str, model: str | None) -> None:
    """Write files for other tools, such as alert rules for Prometheus.

    `prometheus` writes recording and alert rules, with their unit tests. `openmetrics` writes the numbers of all
    windows in a store, at their own times, for `promtool tsdb create-blocks-from openmetrics`.
    """
    for line in list_rules(output) if form == "prometheus" else export_history(output, url, model):
        click.echo(line)


def list_rules(folder: Path) -> Iterator[str]:
    """Write the rules; gives a line for each file."""
    for path in write(folder):
        yield f"wrote {path}"


def export_history(folder: Path, url: str, model: str | None) -> Iterator[str]:
    """Write the history of a store; gives a line that says so, and how to import it.

    Raises:
        InputError: when the folder cannot be made.
    """
    path = folder / "driftline-history.om"
    with open_existing_store(url) as store:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{folder}: {error.strerror}; name another folder") from error
        with open_atomic(path) as file:
            count = write_history(store, file, model)
    yield f"wrote {path}: {count:,} samples"
    yield f"import it: promtool tsdb create-blocks-from openmetrics {path} PROMETHEUS_DATA_FOLDER"
