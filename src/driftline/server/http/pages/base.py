"""What a page is: a function that answers the requests of one path, with what the OpenAPI document says of it.

A new page is one file in `pages/` that holds a page named like the file, or an entry point in the group
`driftline.pages`. Its docstring becomes its entry in the document; `docs/serve.md` has a row for its path.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from driftline.server.http.openapi import Operation
from driftline.server.http.responses import Response
from driftline.server.ingest import Ingest
from driftline.server.pairs import Pairs
from driftline.server.prometheus.page import Exposition
from driftline.stores.base import Store

if TYPE_CHECKING:
    from driftline.server.health import Health


@dataclass(frozen=True)
class Services:
    """What pages read: the parts of the running server."""

    ingest: Ingest
    health: "Health"
    exposition: Exposition
    operations: tuple[Operation, ...]
    store: Store | None = None
    pairs: Pairs | None = None


Respond = Callable[[Request, Services], Awaitable[Response]]


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of the server.

    Args:
        name: as its file.
        respond: answers a request.
        operation: the page in the OpenAPI document.
        scope: what a token must be allowed to do; None where everybody may ask.
    """

    name: str
    respond: Respond
    operation: Operation
    scope: str | None


def page(  # noqa: PLR0913 - what the document says of it
    path: str,
    content: Mapping[str, Mapping[str, Any]],
    *,
    method: str = "get",
    scope: str | None = "read",
    refusals: tuple[int, ...] = (),
    parameters: tuple[Mapping[str, Any], ...] = (),
    body: Mapping[str, Any] | None = None,
) -> Callable[[Respond], Page]:
    """Make a page of a function; the first line of its docstring is the page's summary.

    Args:
        path: where the page is.
        content: the JSON schema of its response by content type.
        method: of its requests, in lower case.
        scope: what a token must be allowed to do, with the model that the path names; None where everybody may ask.
        refusals: statuses that it may answer besides 200, 405 and those of access.
        parameters: of the path, as OpenAPI writes them.
        body: of its requests, as OpenAPI writes it.
    """

    def make(respond: Respond) -> Page:
        name = getattr(respond, "__name__", path)
        summary = (respond.__doc__ or "").strip().partition("\n")[0]
        operation = Operation(name=name, path=path, method=method, summary=summary, content=content,
                              refusals=refusals, needs_token=scope is not None, parameters=parameters,
                              body=body or {})  # fmt: skip
        return Page(name=name, respond=respond, operation=operation, scope=scope)

    return make
