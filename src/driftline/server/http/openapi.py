"""The OpenAPI document of the server."""

from importlib.metadata import version
from typing import Any

from driftline.data.payload import ARROW, JSON, LINES, Limits

_WORDS = {
    "400": "No HTTP that can be read.",
    "401": "No token that is known.",
    "403": "The token may not do this.",
    "404": "No model of this name.",
    "405": "Not this method.",
    "408": "The body came too slowly.",
    "413": "Too large: bytes, rows, columns or texts.",
    "415": "A content type or encoding that is not read.",
    "422": "A body that cannot be read as rows, or rows without ids.",
    "429": "Too much at once; come again after Retry-After seconds.",
    "503": "The log cannot be written just now; come again after Retry-After seconds.",
}
_ROW = {
    "predictions": {"id": "r-1", "timestamp": "2024-05-01T12:00:00Z", "fare": 12.5, "prediction": 9.25},
    "labels": {"id": "r-1", "target": 9.5},
}


def document(limits: Limits) -> dict[str, Any]:
    """What can be asked of the server, as OpenAPI 3.1."""
    kinds = {
        "predictions": "Log a batch of predictions: features, and the columns that the model's settings name.",
        "labels": "Log a batch of labels: the truth about predictions, by id.",
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Driftline", "version": version("driftline"), "summary": "Watches models in production."},
        "components": {
            "schemas": {"Error": _object(error={"type": "string"})},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}, {}],
        "paths": {
            **{f"/v1/models/{{model}}/{kind}": {"post": _taking(kind, text, limits)} for kind, text in kinds.items()},
            "/v1/models": {
                "get": _asking("models", "Names of the models that are watched.",
                               _object(models={"type": "array", "items": {"type": "string"}}), "401", "403", "429")
            },
            "/healthz": {"get": _asking("health", "The process lives.", _STATUS)},
            "/readyz": {"get": _asking("ready", "Rows can be taken in.", _STATUS, "503")},
        },
    }  # fmt: skip


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


_STATUS = _object(status={"const": "ok"})


def _refusals(*statuses: str) -> dict[str, Any]:
    error = {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {status: {"description": _WORDS[status], "content": error} for status in statuses}


def _asking(name: str, text: str, schema: dict[str, Any], *statuses: str) -> dict[str, Any]:
    good = {"200": {"description": text, "content": {JSON: {"schema": schema}}}}
    return {"operationId": name, "summary": text, "responses": good | _refusals("405", *statuses)}


def _taking(kind: str, text: str, limits: Limits) -> dict[str, Any]:
    rows = {"type": "array", "maxItems": limits.rows, "items": {"type": "object"}, "examples": [[_ROW[kind]]]}
    kept = _object(batch={"type": "string"}, rows={"type": "integer"}, duplicate={"type": "boolean"})
    kept["properties"]["timeless"] = {
        "type": "integer",
        "description": "Rows whose time is missing or cannot be right.",
    }
    return {
        "operationId": kind,
        "summary": text,
        "parameters": [
            {"name": "model", "in": "path", "required": True, "schema": {"type": "string"}},
            {
                "name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "maxLength": 200},
                "description": "The batch's id: sent again, it changes nothing. By default a hash of the body.",
            },
            {"name": "Content-Encoding", "in": "header", "schema": {"enum": ["identity", "gzip", "zstd"]}},
        ],
        "requestBody": {
            "required": True,
            "content": {
                JSON: {"schema": rows},
                LINES: {"schema": {"type": "string", "description": "One JSON object a line."}},
                ARROW: {"schema": {"type": "string", "contentMediaType": ARROW}},
            },
        },
        "responses": {
            "200": {"description": "The rows are durable.", "content": {JSON: {"schema": kept}}},
            **_refusals("400", "401", "403", "404", "405", "408", "413", "415", "422", "429", "503"),
        },
    }  # fmt: skip
