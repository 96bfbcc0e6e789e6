"""Whether the server does its work."""

import asyncio

from starlette.requests import Request

from driftline.data.payload import JSON
from driftline.server.http.openapi import object_schema
from driftline.server.http.pages.base import Services, page
from driftline.server.http.responses import HTTPError, JsonResponse


@page("/readyz", {JSON: object_schema(status={"const": "ok"})}, scope=None, refusals=(503,))
async def readyz(request: Request, services: Services) -> JsonResponse:  # noqa: ARG001 - a page's signature
    """The log takes rows and every worker works; otherwise 503 names what does not."""
    commits = services.ingest.group_commit
    if troubles := [text for text in (commits.trouble, *services.workers.troubles()) if text]:
        raise HTTPError(503, "; ".join(troubles))
    await asyncio.to_thread(commits.log.last)
    return JsonResponse(200, {"status": "ok"})
