"""What can be asked of the server."""

from starlette.requests import Request

from driftline.data.payload import JSON
from driftline.server.http.openapi import document
from driftline.server.http.pages.base import Services, page
from driftline.server.http.responses import JsonResponse


@page("/openapi.json", {JSON: {"type": "object"}}, scope=None)
async def openapi(request: Request, services: Services) -> JsonResponse:  # noqa: ARG001 - a page's signature
    """This document: every path of the server, as OpenAPI 3.1."""
    return JsonResponse(200, document(services.operations))
