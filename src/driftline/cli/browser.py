"""Shows a store in a browser until Ctrl-C: what `driftline dashboard` does, and `driftline demo --open` at its end."""

import webbrowser
from contextlib import ExitStack
from pathlib import Path
from threading import Thread

import click

from driftline.cli.ports import check_port
from driftline.cli.stores import open_existing_store

_RATE = 100.0  # requests a second


def require_server() -> None:
    """Raise a `MissingExtraError` when what the pages need is not installed."""
    from driftline.server.listen import require_extra  # noqa: PLC0415 - an extra

    require_extra()


def show_store(store: str, host: str, port: int, tokens: Path, *, opens: bool) -> None:
    """Answer the pages over a store until SIGTERM or SIGINT.

    Args:
        store: its URL.
        host: address to listen on.
        port: 0 takes a free one.
        tokens: file of the tokens that others need.
        opens: whether to open the first page in this machine's browser.

    Raises:
        ConfigError: when the address cannot be listened on, or others could reach it without a token.
        MissingExtraError: when what the pages need is not installed.
        StoreError: when the store is not there, or cannot be opened.
    """
    from driftline.server.http.access import Authenticator  # noqa: PLC0415 - an extra
    from driftline.server.http.dashboard import Dashboard  # noqa: PLC0415 - an extra
    from driftline.server.listen import ignore_second_signal, listen, open_tokens  # noqa: PLC0415 - an extra

    require_server()
    known = open_tokens(tokens, host)
    check_port(host, port)
    with ExitStack() as stack:
        stack.enter_context(ignore_second_signal())
        opened = stack.enter_context(open_existing_store(store))
        app = Dashboard(opened, Authenticator(known, _RATE))
        listen(app, host, port, _open if opens else _name, app.changes.close)


def _name(url: str) -> None:
    click.echo(f"Open {url} in a browser; Ctrl-C stops.")


def _open(url: str) -> None:
    """Open a browser beside the server, which has to answer it meanwhile; without one, name the address."""

    def start() -> None:
        if webbrowser.open(url):
            click.echo(f"{url} is open in your browser; Ctrl-C stops.")
        else:
            click.echo(f"No browser was found here. Open {url} in one; Ctrl-C stops.")

    Thread(target=start, name="driftline-browser", daemon=True).start()
