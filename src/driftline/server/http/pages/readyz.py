"""Whether the server does its work."""

import asyncio

from starlette.requests import Request

from driftline.data.payload import JSON
from driftline.server.http.openapi import object_schema
from driftline.server.http.pages.base import Services, page
from driftline.server.http.responses import HTTPError, JsonResponse

_TROUBLES = {"type": "array", "items": {"type": "string"}}
_CONTENT = object_schema(status={"enum": ["ok", "degraded"]}, troubles=_TROUBLES)


@page("/readyz", {JSON: _CONTENT}, scope=None, refusals=(503,))
async def readyz(request: Request, services: Services) -> JsonResponse:  # noqa: ARG001 - a page's signature
    """The log takes rows and every worker works; otherwise 503 names what does not. 200 names lesser troubles."""
    troubles = await asyncio.to_thread(services.health.troubles)
    if blocking := [trouble.text for trouble in troubles if trouble.blocks]:
        raise HTTPError(503, "; ".join(blocking))
    texts = [trouble.text for trouble in troubles]
    return JsonResponse(200, {"status": "degraded" if texts else "ok", "troubles": texts})
