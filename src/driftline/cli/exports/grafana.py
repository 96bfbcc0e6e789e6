"""`driftline export grafana`: dashboards, alert rules and provisioning."""

from pathlib import Path

import click

from driftline.cli.exports.base import make_folder, output_option
from driftline.server.grafana.provisioning import make_kit, write_kit


@click.command()
@output_option
@click.option(
    "--datasource", type=click.Choice(["prometheus", "postgres"]), default="prometheus", show_default=True,
    help="Where the numbers are: a Prometheus that scrapes Driftline, or a store in PostgreSQL.",
)  # fmt: skip
def grafana(output: Path, datasource: str) -> None:
    """Write dashboards and alert rules for Grafana, with their provisioning."""
    with make_folder(output):
        for path in write_kit(make_kit(datasource), output):
            click.echo(f"wrote {path}")
