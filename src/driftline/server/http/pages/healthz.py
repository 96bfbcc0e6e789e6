"""Whether the process lives."""

from starlette.requests import Request

from driftline.data.payload import JSON
from driftline.server.http.openapi import object_schema
from driftline.server.http.pages.base import Services, page
from driftline.server.http.responses import HTTPError, JsonResponse


@page("/healthz", {JSON: object_schema(status={"const": "ok"})}, scope=None, refusals=(503,))
async def healthz(request: Request, services: Services) -> JsonResponse:  # noqa: ARG001 - a page's signature
    """The process and all of its threads live; otherwise 503: only a restart brings them back."""
    if dead := services.health.dead():
        raise HTTPError(503, f"threads have ended: {', '.join(dead)}; restart the server")
    return JsonResponse(200, {"status": "ok"})
