"""`driftline dashboard`: the pages over a store, without a server that takes in rows."""

from contextlib import ExitStack
from pathlib import Path

import click

from driftline.cli.options import tokens_option
from driftline.cli.ports import check_port
from driftline.cli.stores import open_existing_store

_RATE = 100.0  # requests a second


@click.command()
@click.argument("store", default="sqlite:///driftline.db", metavar="[STORE]")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; others need tokens.")
@click.option(
    "--port", default=8601, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one."
)
@tokens_option
def dashboard(store: str, host: str, port: int, tokens: Path) -> None:
    """Show a store in a browser: models, windows, columns, incidents.

    STORE is a URL such as sqlite:///driftline.db. The pages are those of `driftline serve`; stop it with Ctrl-C.
    """
    from driftline.server.http.access import Authenticator  # noqa: PLC0415 - an extra
    from driftline.server.http.dashboard import Dashboard  # noqa: PLC0415 - an extra
    from driftline.server.listen import ignore_second_signal, listen, open_tokens, require_extra  # noqa: PLC0415

    require_extra()
    known = open_tokens(tokens, host)
    check_port(host, port)
    with ExitStack() as stack:
        stack.enter_context(ignore_second_signal())
        opened = stack.enter_context(open_existing_store(store))
        app = Dashboard(opened, Authenticator(known, _RATE))
        listen(app, host, port, lambda url: click.echo(f"Open {url} in a browser; Ctrl-C stops."),
               app.changes.close)  # fmt: skip
