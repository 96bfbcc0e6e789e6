"""`driftline export prometheus`: recording and alert rules, with their unit tests."""

from pathlib import Path

import click

from driftline.cli.exports.base import output_option
from driftline.server.prometheus.rules import write


@click.command()
@output_option
def prometheus(output: Path) -> None:
    """Write recording and alert rules for Prometheus, with their unit tests."""
    for path in write(output):
        click.echo(f"wrote {path}")
