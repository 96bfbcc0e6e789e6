"""The server's ASGI application: a table of routes for pages, and a short path for batches of rows."""

import asyncio
import logging
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Route, Router

from driftline import registry
from driftline.errors import DriftlineError
from driftline.server.health import Health
from driftline.server.http.access import Authenticator
from driftline.server.http.body import Deadline
from driftline.server.http.dashboard import Dashboard
from driftline.server.http.openapi import Operation
from driftline.server.http.pages.base import Page, Services
from driftline.server.http.responses import HTTPError, Receive, Response, Scope, Send, http_error
from driftline.server.http.rows import RowsEndpoint
from driftline.server.ingest import Ingest
from driftline.server.pairs import Pairs
from driftline.server.prometheus.page import Exposition
from driftline.server.workers import Workers
from driftline.stores.base import Store

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class App:
    """Takes in rows, and answers the pages of `server/http/pages`.

    Args:
        ingest: validates rows and appends them to the log.
        authenticator: decides who may ask.
        exposition: the newest results, for the page `/metrics`.
        health: what is wrong with the server, which `/readyz` shows; by default that of the log alone.
        dashboard: answers the pages for people, if there are any.
        deadline: how long a body may take.
        store: where events are kept.
        pairs: halves of calls that wait for the other half.
    """

    ingest: Ingest
    authenticator: Authenticator
    exposition: Exposition = field(default_factory=Exposition)
    health: Health | None = None
    dashboard: Dashboard | None = None
    deadline: Deadline = field(default_factory=Deadline)
    store: Store | None = None
    pairs: Pairs | None = None

    @cached_property
    def rows(self) -> RowsEndpoint:
        """The endpoint of batches."""
        return RowsEndpoint(self.ingest, self.authenticator, self.deadline)

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """What can be asked: batches and all pages."""
        pages = (page.operation for page in registry.every("pages").values())
        return (*self.rows.operations(), *pages, *(self.dashboard.operations() if self.dashboard else ()))

    @cached_property
    def router(self) -> Router:
        """The table of pages."""
        health = self.health or Health(self.ingest.group_commit, Workers())
        services = Services(self.ingest, health, self.exposition, self.operations, self.store, self.pairs)
        return Router([_route(page, self.authenticator, services) for page in registry.every("pages").values()],
                      redirect_slashes=False)  # fmt: skip

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request, as ASGI defines it."""
        if scope["type"] != "http":
            return
        try:
            if RowsEndpoint.serves(scope["path"]):
                response: Response = await self.rows.respond(scope, receive)
                await response(scope, receive, send)
            elif self.dashboard is not None and scope["path"] in self.dashboard.paths:
                await self.dashboard(scope, receive, send)
            else:
                await self.router({**scope, "app": self}, receive, send)
        except HTTPError as error:
            await _refuse(error, scope, receive, send)
        except HTTPException as error:  # Starlette's: no such path or method
            headers = [(name.lower().encode(), value.encode()) for name, value in (error.headers or {}).items()]
            messages = {
                404: "nothing is here; see /openapi.json",
                405: f"expected {(error.headers or {}).get('Allow')}",
            }
            message = messages.get(error.status_code, error.detail)
            await _refuse(HTTPError(error.status_code, message, *headers), scope, receive, send)
        except asyncio.CancelledError:  # the server stops, and has waited long enough for what is under way
            await _refuse(HTTPError(503, "the server is stopping; send it again to the next one"), scope, receive, send)
        except DriftlineError as error:
            await _refuse(http_error(error), scope, receive, send)


def _route(page: Page, authenticator: Authenticator, services: Services) -> Route:
    async def respond(request: Request) -> Any:
        if page.scope is not None:
            authenticator.authorize(request.scope, page.scope, request.path_params.get("model"))
        return await page.respond(request, services)

    method = page.operation.method.upper()
    route = Route(page.operation.path, respond, methods=[method], name=page.name)
    route.methods = {method}  # Starlette adds HEAD, which the document does not have
    return route


async def _refuse(error: HTTPError, scope: Scope, receive: Receive, send: Send) -> None:
    """Send the response of an error, and log it without what was sent."""
    status = error.response.status
    level = logging.WARNING if status >= 500 else logging.INFO
    facts = {"status": status, "method": scope["method"], "path": scope["path"][:200]}
    _log.log(level, "refused", extra={"facts": facts})
    await error.response(scope, receive, send)
