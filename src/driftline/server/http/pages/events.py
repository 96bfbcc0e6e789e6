"""Takes in what happened to a model: a deployment, an outage, a note."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

from starlette.requests import Request

from driftline.data.payload import JSON
from driftline.errors import InputError, UnknownModelError
from driftline.server.http.forms import read_json
from driftline.server.http.openapi import MODEL, object_schema
from driftline.server.http.pages.base import Services, page
from driftline.server.http.responses import HTTPError, JsonResponse
from driftline.stores.events import KIND, LONGEST, make_event
from driftline.stores.records import StoredEvent

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
    parameters=(MODEL,),
    body={"required": True, "content": {JSON: {"schema": _EVENT}}},
)  # fmt: skip
async def events(request: Request, services: Services) -> JsonResponse:
    """Put an event on a model's time line; the same one again changes nothing."""
    model, store = request.path_params["model"], services.store
    if model not in services.ingest.plans:
        raise UnknownModelError(f"no model is called {model[:200]!r}; see /v1/models")
    if store is None:
        raise HTTPError(503, "this server has no store")
    event = _parse(model, await read_json(request, tuple(_EVENT["properties"])))
    new = await asyncio.to_thread(store.save_events, [event])
    return JsonResponse(200, {"id": event.id, "at": event.at, "duplicate": not new})


def _parse(model: str, said: Mapping[str, str]) -> StoredEvent:
    """The event of a body's fields.

    Raises:
        InputError: when it is none; it says why.
    """
    if len(said.get("by", "")) > _EVENT["properties"]["by"]["maxLength"]:
        raise InputError("the name of who says so has more than 200 characters")
    try:
        at = datetime.fromisoformat(said["at"]) if "at" in said else datetime.now(UTC)
        return make_event(model, said.get("text", ""), at, said.get("kind", "note"), said.get("by") or None)
    except (ValueError, OverflowError):
        raise InputError("at: expected a time such as 2024-01-31T12:00:00Z") from None
