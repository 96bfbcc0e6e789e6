"""Listens on an address until a signal stops it."""

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from driftline.errors import ConfigError, MissingExtraError
from driftline.server.http.access import is_local
from driftline.server.http.tokens import Tokens

_CONNECTIONS = 1000
_SWITCH = 0.0005  # seconds after which a thread lets another one run: the log's must not wait behind the network's


def open_tokens(path: Path, host: str) -> Tokens:
    """The tokens of a server on that host.

    Raises:
        ConfigError: when other machines could reach the server without a token, or the file cannot be used.
    """
    tokens = Tokens(path, required=not is_local(host))
    if not is_local(host) and not len(tokens):
        raise ConfigError(
            f"--host {host} lets others in, and there are no tokens in {path}; make one first: driftline token add NAME"
        )
    return tokens


def require_extra() -> None:
    """Raise a `MissingExtraError` when what a server needs is not installed."""
    try:
        import httptools  # noqa: F401, PLC0415 - an extra
        import uvicorn  # noqa: F401, PLC0415 - an extra
    except ImportError as error:
        raise MissingExtraError("the server", "server") from error


def listen(
    app: Any, host: str, port: int, on_start: Callable[[str], Any], on_stop: Callable[[], Any] = lambda: None
) -> None:
    """Answer HTTP with an ASGI application until SIGTERM or SIGINT.

    Args:
        app: the application.
        host: address to listen on.
        port: 0 takes a free one.
        on_start: is called with the address once the server listens.
        on_stop: is called before it waits for the answers that are under way.

    Raises:
        ConfigError: when the address cannot be listened on.
    """
    import uvicorn  # noqa: PLC0415 - an extra

    from driftline.server.http.connection import Connection  # noqa: PLC0415 - needs httptools

    class Server(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            if self.started:
                name = f"[{host}]" if ":" in host else host
                on_start(f"http://{name}:{self.servers[0].sockets[0].getsockname()[1]}")

        async def shutdown(self, sockets: Any = None) -> None:
            on_stop()
            await super().shutdown(sockets)

    sys.setswitchinterval(_SWITCH)
    server = Server(
        uvicorn.Config(
            app, host, port, http=Connection, ws="none", lifespan="off", log_config=None, access_log=False,
            server_header=False, limit_concurrency=_CONNECTIONS, timeout_keep_alive=30, timeout_graceful_shutdown=10,
            backlog=1024, proxy_headers=False,  # access is decided by the connection's other end, never by a header
        )
    )  # fmt: skip
    server.run()
    if not server.started:
        raise ConfigError(f"{host}:{port} cannot be listened on; is another server there? See the log")


@contextlib.contextmanager
def ignore_second_signal() -> Iterator[None]:
    """Ignore the signal that uvicorn raises once more after it stopped: what is open is closed after that."""
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
