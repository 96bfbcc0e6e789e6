"""`driftline token`: the tokens of the server."""

from pathlib import Path

import click

from driftline.cli.options import tokens_option
from driftline.server.http.tokens import Tokens


@click.group()
def token() -> None:
    """Make, list and remove the tokens of the server."""


@token.command()
@click.argument("name")
@click.option(
    "--scope", "scopes", multiple=True, default=["write"], show_default=True,
    type=click.Choice(["read", "write", "admin"]), help="What it may do; may be repeated.",
)  # fmt: skip
@click.option("--model", "models", multiple=True, metavar="NAME", help="For this model alone; may be repeated.")
@tokens_option
def add(name: str, scopes: tuple[str, ...], models: tuple[str, ...], tokens: Path) -> None:
    """Make a token and print it: it is shown only now; the file keeps its hash."""
    click.echo(Tokens(tokens).add(name, tuple(scopes), models))


@token.command(name="list")
@tokens_option
def list_(tokens: Path) -> None:
    """Print each token's name, scopes and models, never the token itself."""
    for known in Tokens(tokens).all():
        models = ",".join(known.models) or "all models"
        click.echo(f"{known.name}  {','.join(known.scopes)}  {models}  since {known.created}")


@token.command()
@click.argument("name")
@tokens_option
def remove(name: str, tokens: Path) -> None:
    """Remove a token; a running server refuses it at once."""
    Tokens(tokens).remove(name)
