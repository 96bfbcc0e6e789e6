"""`driftline mcp`: lets an assistant ask about models, by the Model Context Protocol over standard input and output."""

import click

from driftline.cli.stores import open_existing_store
from driftline.integrations.mcp import make_server


@click.command()
@click.argument("store", default="sqlite:///driftline.db", metavar="[STORE]")
def mcp(store: str) -> None:
    """Let an assistant ask about a store's models (read-only MCP).

    STORE is a URL such as sqlite:///driftline.db. The assistant starts this command itself and talks to it by standard
    input and output; docs/mcp.md has the lines for its settings.
    """
    with open_existing_store(store) as opened:
        make_server(opened).run("stdio")
