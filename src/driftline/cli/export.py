"""`driftline export`."""

from pathlib import Path

import click


@click.command()
@click.argument("form", type=click.Choice(["prometheus"]))
@click.option(
    "--out", type=click.Path(path_type=Path), default=".", show_default=True, metavar="DIR", help="Where files go."
)
def export(form: str, out: Path) -> None:  # noqa: ARG001 - there is one form so far
    """Write files for other tools: recording and alert rules for Prometheus, with their unit tests."""
    from driftline.server.prometheus_rules import write  # noqa: PLC0415 - quick help

    for path in write(out):
        click.echo(f"wrote {path}")
