"""The OpenAPI document, made from the operations that the routes declare."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

_REFUSALS = {
    400: "The request is not HTTP, or repeats a header that may be sent once.",
    401: "The request has no known token.",
    403: "The token may not do this.",
    404: "No model has this name.",
    405: "The path does not have this method.",
    408: "The body came too slowly.",
    409: "An earlier batch has this Idempotency-Key, but other rows.",
    413: "The body is too large: bytes, rows, columns, values or texts.",
    415: "The server does not read this content type or encoding.",
    422: "The body cannot be read as rows, a row's id or time cannot be used, or the Idempotency-Key is malformed.",
    429: "Too much at once; send it again after Retry-After seconds.",
    503: "The server cannot do this now; send it again after Retry-After seconds.",
}
_ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
_NOT_FOR_ALL = (401, 403, 429)
MODEL = {"name": "model", "in": "path", "required": True, "schema": {"type": "string"}}
"""The parameter of a path that has a model's name in it."""
ROWS_REFUSED = (400, 404, 408, 409, 413, 415, 422, 503)
"""Statuses with which rows that are sent can be refused."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What can be asked of a path with a method.

    Args:
        name: the operation's id.
        path: such as `/v1/models/{model}/predictions`.
        method: in lower case.
        summary: one sentence.
        content: the JSON schema of the 200 response by its content type.
        refusals: statuses of further responses.
        needs_token: whether access is restricted.
        parameters, body: as OpenAPI writes them.
        schemas: what its content refers to as `#/components/schemas/NAME`, by name.
    """

    name: str
    path: str
    method: str
    summary: str
    content: Mapping[str, Mapping[str, Any]]
    refusals: tuple[int, ...] = ()
    needs_token: bool = True
    parameters: tuple[Mapping[str, Any], ...] = ()
    body: Mapping[str, Any] = field(default_factory=dict)
    schemas: Mapping[str, Any] = field(default_factory=dict)

    def as_openapi(self) -> dict[str, Any]:
        """The operation as the document has it."""
        content = {media: {"schema": dict(schema)} for media, schema in self.content.items()}
        refusals = sorted({405, *self.refusals, *(_NOT_FOR_ALL if self.needs_token else ())})
        responses = {str(status): {"description": _REFUSALS[status], "content": _ERROR} for status in refusals}
        operation: dict[str, Any] = {
            "operationId": self.name,
            "summary": self.summary,
            "security": [{"token": []}, {}] if self.needs_token else [{}],
            "responses": {"200": {"description": self.summary, "content": content}, **responses},
        }
        if self.parameters:
            operation["parameters"] = [dict(parameter) for parameter in self.parameters]
        return operation | ({"requestBody": dict(self.body)} if self.body else {})


def document(operations: Iterable[Operation]) -> dict[str, Any]:
    """What can be asked of the server, as OpenAPI 3.1.

    >>> status = object_schema(status={"const": "ok"})
    >>> health = Operation(name="h", path="/healthz", method="get", summary="", content={"application/json": status})
    >>> list(document([health])["paths"]["/healthz"]["get"]["responses"])
    ['200', '401', '403', '405', '429']
    """
    paths: dict[str, dict[str, Any]] = {}
    schemas = {"Error": object_schema(error={"type": "string"})}
    for operation in operations:
        schemas |= operation.schemas
        paths.setdefault(operation.path, {})[operation.method] = operation.as_openapi()
    return {
        "openapi": "3.1.0",
        "info": {"title": "Driftline", "version": version("driftline"), "summary": "Watches models in production."},
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "paths": paths,
    }


def object_schema(**properties: Any) -> dict[str, Any]:
    """The JSON schema of an object that has all of these properties."""
    return {"type": "object", "properties": properties, "required": list(properties)}
