"""Takes in what happened to a model: a deployment, an outage, a note."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request

from driftline.data.payload import JSON
from driftline.errors import InputError, TooLargeError, UnknownModelError, UnsupportedError
from driftline.server.http.openapi import object_schema
from driftline.server.http.pages.base import Services, page
from driftline.server.http.responses import HTTPError, JsonResponse
from driftline.stores.events import KIND, LONGEST, make_event

_MOST, _PATIENCE = 16 << 10, 10.0  # bytes of a body, and seconds that it may take
_TEXT = {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": r"\S"}
_EVENT = object_schema(text=_TEXT) | {"additionalProperties": False}
_EVENT["properties"] |= {
    "kind": {"type": "string", "pattern": f"^{KIND}$", "default": "note"},
    "at": {"type": "string", "format": "date-time", "description": "When it happened; by default now."},
    "by": {"type": "string", "maxLength": 200, "description": "Who says so."},
}
_KEPT = object_schema(id={"type": "string"}, at={"type": "string"}, duplicate={"type": "boolean"})


@page(
    "/v1/models/{model}/events", {JSON: _KEPT}, method="post", scope="write", refusals=(404, 408, 413, 415, 422, 503),
    parameters=({"name": "model", "in": "path", "required": True, "schema": {"type": "string"}},),
    body={"required": True, "content": {JSON: {"schema": _EVENT}}},
)  # fmt: skip
async def events(request: Request, services: Services) -> JsonResponse:
    """Put an event on a model's time line; the same one again changes nothing."""
    model, store = request.path_params["model"], services.store
    if model not in services.ingest.plans:
        raise UnknownModelError(f"no model is called {model[:200]!r}; see /v1/models")
    if store is None:
        raise HTTPError(503, "this server has no store")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise UnsupportedError(f"expected Content-Type: {JSON}")
    event = _parse(model, await _read(request))
    new = await asyncio.to_thread(store.save_events, [event])
    return JsonResponse(200, {"id": event.id, "at": event.at, "duplicate": not new})


def _parse(model: str, body: bytes) -> Any:
    """The event of a body.

    Raises:
        InputError: when it is none; it says why.
    """
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise InputError("the body is no JSON object") from None
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        raise InputError("expected a JSON object of texts: text, and perhaps kind, at and by")
    if unknown := said.keys() - _EVENT["properties"].keys():
        raise InputError(f"an event has text, kind, at and by; not {min(unknown)[:40]!r}")
    if len(said.get("by", "")) > _EVENT["properties"]["by"]["maxLength"]:
        raise InputError("the name of who says so has more than 200 characters")
    try:
        at = datetime.fromisoformat(said["at"]) if "at" in said else datetime.now(UTC)
        return make_event(model, said.get("text", ""), at, said.get("kind", "note"), said.get("by") or None)
    except (ValueError, OverflowError):
        raise InputError("at: expected a time such as 2024-01-31T12:00:00Z") from None


async def _read(request: Request) -> bytes:
    """The body, within bounds of size and time."""
    body = b""
    try:
        async with asyncio.timeout(_PATIENCE):
            async for part in request.stream():
                body += part
                if len(body) > _MOST:
                    raise TooLargeError(f"a body of more than {_MOST:,} bytes; an event is a short text")
    except TimeoutError:
        raise HTTPError(408, "the body came too slowly", (b"connection", b"close")) from None
    return body
