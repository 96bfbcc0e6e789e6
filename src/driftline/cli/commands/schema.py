"""`driftline schema`: the JSON Schema of the settings, for editors."""

import json

import click

from driftline.config.settings import json_schema


@click.command()
def schema() -> None:
    """Print the JSON Schema of driftline.yaml."""
    click.echo(json.dumps(json_schema(), indent=2))
