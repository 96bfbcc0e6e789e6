"""The newest results and the server's own health, for Prometheus."""

from starlette.requests import Request

from driftline.server.http.pages.base import Services, page
from driftline.server.http.responses import Response

_TEXT = {"type": "string"}


@page("/metrics", {"text/plain": _TEXT, "application/openmetrics-text": _TEXT})
async def metrics(request: Request, services: Services) -> Response:
    """The newest results and the server's own health, as Prometheus or OpenMetrics reads them."""
    body, content_type = services.exposition.page(request.headers.get("accept", ""))
    return Response(200, body, content_type)
