"""Which models the server watches."""

from starlette.requests import Request

from driftline.data.payload import JSON
from driftline.server.http.openapi import object_schema
from driftline.server.http.pages.base import Services, page
from driftline.server.http.responses import JsonResponse


@page("/v1/models", {JSON: object_schema(models={"type": "array", "items": {"type": "string"}})})
async def models(request: Request, services: Services) -> JsonResponse:  # noqa: ARG001 - a page's signature
    """Names of the models that the server watches."""
    return JsonResponse(200, {"models": sorted(services.ingest.plans)})
