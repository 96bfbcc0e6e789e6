"""Whether the process lives."""

from starlette.requests import Request

from driftline.data.payload import JSON
from driftline.server.http.openapi import object_schema
from driftline.server.http.pages.base import Services, page
from driftline.server.http.responses import JsonResponse


@page("/healthz", {JSON: object_schema(status={"const": "ok"})}, scope=None)
async def healthz(request: Request, services: Services) -> JsonResponse:  # noqa: ARG001 - a page's signature
    """The process lives."""
    return JsonResponse(200, {"status": "ok"})
