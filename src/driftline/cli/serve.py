"""`driftline serve` and `driftline token`."""

from pathlib import Path
from typing import Any

import click

_TOKENS = click.option(
    "--tokens",
    type=click.Path(path_type=Path, dir_okay=False),
    default="driftline-tokens.json",
    show_default=True,
    help="File with the tokens' hashes.",
)
_MIB = 1 << 20


@click.command()
@click.argument("packs", metavar="PACK...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--log", default="sqlite:///driftline-log.db", show_default=True, metavar="URL", help="Where rows are kept."
)
@click.option(
    "--store", default="sqlite:///driftline.db", show_default=True, metavar="URL", help="Where results are kept."
)
@click.option(
    "--state", default="driftline-state", show_default=True, type=click.Path(path_type=Path, file_okay=False),
    help="Folder for what the server remembers.",
)  # fmt: skip
@click.option(
    "--feed", "feeds", metavar="URL", multiple=True, envvar="DRIFTLINE_FEEDS",
    help="Broker, folder or table that rows come from too; may be repeated.",
)  # fmt: skip
@click.option(
    "--sink", "sinks", metavar="URL", multiple=True, envvar="DRIFTLINE_SINKS",
    help="Where incidents are told; may be repeated.",
)  # fmt: skip
@click.option("--quiet", metavar="HOURS", help="Hours without notices below alert, such as 22:00-07:00 Europe/Berlin.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; others need tokens.")
@click.option(
    "--port", default=8600, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one."
)
@_TOKENS
@click.option("--body", default=16, show_default=True, type=click.IntRange(1, 1024), help="MiB that a body may have.")
@click.option("--rows", default=100_000, show_default=True, type=click.IntRange(1), help="Rows that a batch may have.")
@click.option(
    "--rate", default=5000.0, show_default=True, type=click.FloatRange(1), help="Requests a second per token."
)
@click.option("--plugin", "plugins", metavar="MODULE", multiple=True, help="Module of your own that a pack names.")
def serve(packs: tuple[Path, ...], plugins: tuple[str, ...], **given: Any) -> None:
    """Take in predictions and labels over HTTP, and watch them.

    Each PACK is a model, served under its name (model.name). An answer of 200 means that the rows are on disk. Windows
    are judged as they close, and again as truth comes; /metrics is for Prometheus.
    """
    from driftline.data.payload import Limits  # noqa: PLC0415 - quick help
    from driftline.server.run import Settings, load_monitors, serve  # noqa: PLC0415 - quick help

    body, rows = given.pop("body") * _MIB, given.pop("rows")
    limits = Limits(body=body, unpacked=4 * body, rows=rows)
    settings = Settings(limits=limits, **given)
    serve(load_monitors(packs, plugins), settings, lambda at: click.echo(f"Driftline listens on {at}"))


@click.group()
def token() -> None:
    """Make, list and remove the tokens that the server asks for."""


@token.command()
@click.argument("name")
@click.option(
    "--scope", "scopes", multiple=True, default=["write"], show_default=True,
    type=click.Choice(["read", "write", "admin"]), help="What it may do; may be repeated.",
)  # fmt: skip
@click.option("--model", "models", multiple=True, metavar="NAME", help="For this model alone; may be repeated.")
@_TOKENS
def add(name: str, scopes: tuple[str, ...], models: tuple[str, ...], tokens: Path) -> None:
    """Make a token and print it: it is shown this once, and kept nowhere."""
    from driftline.server.http.tokens import Tokens  # noqa: PLC0415 - quick help

    click.echo(Tokens(tokens).add(name, tuple(scopes), models))


@token.command(name="list")
@_TOKENS
def list_(tokens: Path) -> None:
    """Print each token's name, scopes and models, never the token itself."""
    from driftline.server.http.tokens import Tokens  # noqa: PLC0415 - quick help

    for one in Tokens(tokens).all():
        click.echo(f"{one.name}  {','.join(one.scopes)}  {','.join(one.models) or 'all models'}  since {one.created}")


@token.command()
@click.argument("name")
@_TOKENS
def remove(name: str, tokens: Path) -> None:
    """Remove a token; a running server refuses it at once."""
    from driftline.server.http.tokens import Tokens  # noqa: PLC0415 - quick help

    Tokens(tokens).remove(name)
