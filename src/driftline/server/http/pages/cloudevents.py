"""Takes in what inference loggers of model servers send: requests and responses as CloudEvents."""

import asyncio

from starlette.requests import Request

from driftline.data.payload import JSON, json_cost
from driftline.data.serving.cloudevents import STRUCTURED, from_http
from driftline.data.serving.inference import Names
from driftline.errors import InputError
from driftline.server.http.body import read_unpacked
from driftline.server.http.headers import CONTENT_ENCODING, single
from driftline.server.http.openapi import MODEL, ROWS_REFUSED, object_schema
from driftline.server.http.pages.base import Services, page
from driftline.server.http.responses import HTTPError, JsonResponse

_ANY = {"type": "object"}
_TAKEN = object_schema(call={"type": "string"}, rows={"type": "integer"}, complete={"type": "boolean"})
_NAMES = {
    "columns": "Names of inputs that have none, with commas, in the order in which the model takes them.",
    "outputs": "Names of outputs that have none, with commas; _ leaves one out. One output alone is the prediction.",
}


def _query(name: str, description: str) -> dict[str, object]:
    return {"name": name, "in": "query", "schema": {"type": "string"}, "description": description}


@page(
    "/v1/models/{model}/cloudevents", {JSON: _TAKEN}, method="post", scope="write",
    refusals=ROWS_REFUSED,
    parameters=(
        MODEL,
        CONTENT_ENCODING.parameter(),
        *(_query(*pair) for pair in _NAMES.items()),
    ),
    body={"required": True, "content": {JSON: {"schema": _ANY}, STRUCTURED: {"schema": _ANY}}},
)  # fmt: skip
async def cloudevents(request: Request, services: Services) -> JsonResponse:
    """Take in one half of a call, a request or a response; the call's rows are logged once both are there."""
    model, ingest = request.path_params["model"], services.ingest
    ingest.require(model, "predictions")
    if services.pairs is None:
        raise HTTPError(503, "this server keeps no halves of calls")
    names = Names.parse(**{name: request.query_params.get(name, "") for name in _NAMES})
    headers = {name: single(request.scope, name) for name in {"content-type", *request.headers} if _is_read(name)}
    with ingest.memory.reserve() as held:
        body = await read_unpacked(request, ingest.limits, held)
        held.grow(json_cost(body, ingest.limits))
        if not body:
            raise InputError("the body is empty; send an event")
        event = from_http(headers, body)
        rows = await asyncio.to_thread(services.pairs.take, model, event, names)
    return JsonResponse(200, {"call": event.call, "rows": rows or 0, "complete": rows is not None})


def _is_read(name: str) -> bool:
    return name == "content-type" or name.startswith("ce-")
