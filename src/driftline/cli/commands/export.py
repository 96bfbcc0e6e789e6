"""`driftline export`: files for other tools."""

from pathlib import Path

import click

from driftline.server.prometheus_rules import write


@click.command()
@click.argument("form", type=click.Choice(["prometheus"]))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=".", show_default=True, metavar="DIR",
    help="Where files go.",
)  # fmt: skip
def export(form: str, output: Path) -> None:  # noqa: ARG001 - there is one form so far
    """Write files for other tools, such as alert rules for Prometheus.

    `prometheus` writes recording and alert rules, with their unit tests.
    """
    for path in write(output):
        click.echo(f"wrote {path}")
