"""`driftline dashboard`: the pages over a store, without a server that takes in rows."""

from pathlib import Path

import click

from driftline.cli.browser import show_store
from driftline.cli.options import tokens_option


@click.command()
@click.argument("store", default="sqlite:///driftline.db", metavar="[STORE]")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; others need tokens.")
@click.option(
    "--port", default=8601, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one."
)
@click.option("--open", "opens", is_flag=True, help="Open the first page in this machine's browser.")
@tokens_option
def dashboard(store: str, host: str, port: int, tokens: Path, *, opens: bool) -> None:
    """Show a store in a browser: models, windows, columns, incidents.

    STORE is a URL such as sqlite:///driftline.db. The pages are those of `driftline serve`; stop it with Ctrl-C.
    """
    show_store(store, host, port, tokens, opens=opens)
