"""What a page is: a function that answers GET requests of one path, with what the OpenAPI document says of it.

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
from driftline.server.prometheus_page import Exposition

if TYPE_CHECKING:
    from driftline.server.health import Health


@dataclass(frozen=True)
class Services:
    """What pages read: the parts of the running server."""

    ingest: Ingest
    health: "Health"
    exposition: Exposition
    operations: tuple[Operation, ...]


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


def page(
    path: str, content: Mapping[str, Mapping[str, Any]], *, scope: str | None = "read", refusals: tuple[int, ...] = ()
) -> Callable[[Respond], Page]:
    """Make a page of a function; the first line of its docstring is the page's summary.

    Args:
        path: where the page is.
        content: the JSON schema of its response by content type.
        scope: what a token must be allowed to do; None where everybody may ask.
        refusals: statuses that it may answer besides 200, 405 and those of access.
    """

    def make(respond: Respond) -> Page:
        name = getattr(respond, "__name__", path)
        summary = (respond.__doc__ or "").strip().partition("\n")[0]
        operation = Operation(name=name, path=path, method="get", summary=summary, content=content,
                              refusals=refusals, needs_token=scope is not None)  # fmt: skip
        return Page(name=name, respond=respond, operation=operation, scope=scope)

    return make
