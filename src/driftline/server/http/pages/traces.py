"""Takes in spans of calls of language models from OpenTelemetry, over OTLP/HTTP in JSON."""

import asyncio
import json
from typing import Any

from starlette.requests import Request

from driftline.data.payload import JSON
from driftline.data.serving.genai_spans import read_spans
from driftline.errors import UnsupportedError
from driftline.server.http.body import parse_json, read_unpacked
from driftline.server.http.headers import CONTENT_ENCODING, single
from driftline.server.http.openapi import MODEL, ROWS_REFUSED, object_schema
from driftline.server.http.pages.base import Services, page
from driftline.server.http.responses import JsonResponse
from driftline.server.ingest import Ingest
from driftline.server.memory import Reservation

_SPANS = object_schema(resourceSpans={"type": "array", "items": {"type": "object"}})
_COUNT = {"type": "integer"}
_TAKEN = object_schema(partialSuccess={"type": "object"}, rows=_COUNT, otherSpans=_COUNT)


@page(
    "/v1/models/{model}/traces", {JSON: _TAKEN}, method="post", scope="write",
    refusals=ROWS_REFUSED,
    parameters=(
        MODEL,
        CONTENT_ENCODING.parameter(),
    ),
    body={"required": True, "content": {JSON: {"schema": _SPANS}}},
)  # fmt: skip
async def traces(request: Request, services: Services) -> JsonResponse:
    """Log the calls of language models among spans, as OTLP/JSON; other spans are counted and left out."""
    model, ingest = request.path_params["model"], services.ingest
    ingest.require(model, "predictions")
    if single(request.scope, "Content-Type").partition(";")[0].strip().lower() != JSON:
        raise UnsupportedError(f"expected Content-Type: {JSON}; set the exporter's encoding to JSON (http/json)")
    with ingest.memory.reserve() as held:
        body = await read_unpacked(request, ingest.limits, held)
        rows, others = await asyncio.to_thread(_append, ingest, model, body, held)
    return JsonResponse(200, {"partialSuccess": {}, "rows": rows, "otherSpans": others})


def _append(ingest: Ingest, model: str, body: bytes, held: Reservation) -> tuple[int, int]:
    """Log the calls of an export; how many there are, and how many other spans. The same export again is one batch."""
    rows, others = read_spans(parse_json(body, ingest.limits, held))
    if rows:
        ingest.append(model, "predictions", "", json.dumps(rows, default=_time).encode(), JSON)
    return len(rows), others


def _time(value: Any) -> str:
    return str(value.isoformat())
