"""Middleware for WSGI applications: Flask, Django and others."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from driftline.client.logger import Logger
from driftline.client.middleware import OTHER, MetricsBackend, RequestRecord, Service, leave, log

__all__ = ["Driftline", "log"]
_App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Driftline:
    """Measures requests, and hands to the logger what handlers `log`: `app.wsgi_app = Driftline(app.wsgi_app, …)`.

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

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass a request on, and measure it."""
        if self._metrics and environ.get("PATH_INFO") == self._metrics:
            return _page(environ, start_response)
        return self._measured(environ, start_response)

    def _measured(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        status, route, sent, exception = 500, OTHER, 0, ""

        def started(line: str, *args: Any, **more: Any) -> Any:
            nonlocal status, route
            status, route = int(line[:3]), _route(environ)  # Flask forgets it when the request is over
            return start_response(line, *args, **more)

        request, token = self.service.begin()
        try:
            parts = self.app(environ, started)
            try:
                for part in parts:
                    sent += len(part)
                    yield part
            finally:
                if callable(close := getattr(parts, "close", None)):
                    close()
        except BaseException as error:
            exception = type(error).__name__ if not isinstance(error, GeneratorExit) else ""
            raise
        finally:
            leave(token)
            length = environ.get("CONTENT_LENGTH") or "0"
            self.service.end(
                request,
                RequestRecord(
                    str(environ.get("REQUEST_METHOD", "")), route, status,
                    time.perf_counter() - request.began, int(length) if length.isdigit() else 0, sent, exception,
                ),
            )  # fmt: skip


def _route(environ: dict[str, Any]) -> str:
    """The template of the path, as Flask or Django says it, so that labels are few."""
    rule = getattr(environ.get("werkzeug.request"), "url_rule", None)
    if rule is not None:
        return str(rule.rule)
    if (urls := sys.modules.get("django.urls")) is not None:
        try:
            return f"/{urls.resolve(environ.get('PATH_INFO', '/')).route}"
        except urls.Resolver404:
            return OTHER
    return OTHER


def _page(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    from driftline.client.prometheus import page  # noqa: PLC0415 - an extra

    body, kind = page(environ.get("HTTP_ACCEPT", ""))
    start_response("200 OK", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]
