"""Middleware for ASGI applications: FastAPI, Starlette, Litestar and others."""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from driftline.client.logger import Logger
from driftline.client.middleware import OTHER, MetricsBackend, RequestRecord, Service, leave, log

__all__ = ["Driftline", "log"]
_App = Callable[[Any, Any, Any], Awaitable[None]]
_EVERY = 1.0


class Driftline:
    """Measures requests, and hands to the logger what handlers `log`.

    Args:
        app: what it is put around.
        logger: takes predictions; None where the application logs by itself.
        instruments: where the numbers go: `Prometheus()`, `OpenTelemetry()`, or None.
        metrics: path of a page for Prometheus, for applications that have none, such as `/metrics`.
    """

    def __init__(
        self, app: _App, logger: Logger | None = None, instruments: MetricsBackend | None = None, metrics: str = ""
    ) -> None:
        self.app, self.service, self._metrics = app, Service(logger, instruments), metrics
        self._watched: set[int] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, and measure it."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if self._metrics and scope["path"] == self._metrics:
            return await _page(scope, send)
        self._watch()
        facts = {"status": 500, "received": 0, "sent": 0}

        async def counted() -> Any:
            message = await receive()
            facts["received"] += len(message.get("body", b""))
            return message

        async def seen(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                facts["status"] = message["status"]
            facts["sent"] += len(message.get("body", b""))
            await send(message)

        exception = ""
        request, token = self.service.begin()
        try:
            await self.app(scope, counted, seen)
        except BaseException as error:
            exception = type(error).__name__
            raise
        finally:
            leave(token)
            seconds = time.perf_counter() - request.began
            self.service.end(
                request, RequestRecord(scope["method"], _route(scope), seconds=seconds, exception=exception, **facts)
            )

    def _watch(self) -> None:
        """See how late the event loop is, as long as it runs."""
        loop = asyncio.get_running_loop()
        if id(loop) not in self._watched:
            self._watched.add(id(loop))
            self._look(loop, loop.time())

    def _look(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        now = loop.time()
        self.service.lag = max(0.0, now - due)
        loop.call_later(_EVERY, self._look, loop, now + _EVERY)


def _route(scope: Any) -> str:
    """The template of the path, as the framework says it, so that labels are few."""
    for found in (getattr(scope.get("route"), "path", None), scope.get("path_template")):
        if isinstance(found, str):
            return found
    endpoint = scope.get("endpoint")
    return str(getattr(endpoint, "__name__", OTHER)) if endpoint is not None else OTHER


async def _page(scope: Any, send: Any) -> None:
    from driftline.client.prometheus import page  # noqa: PLC0415 - an extra

    accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    body, kind = page(accept.decode("latin-1"))
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
