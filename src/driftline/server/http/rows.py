"""`POST /v1/models/{model}/{kind}`: takes in a batch of rows; plain ASGI, for it is the server's hot path."""

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from driftline.data.payload import ARROW, JSON, LINES, Limits
from driftline.errors import InputError
from driftline.server.http.access import Authenticator
from driftline.server.http.body import Deadline, check_length, read_body
from driftline.server.http.headers import CONTENT_ENCODING, IDEMPOTENCY_KEY, single, values
from driftline.server.http.openapi import MODEL, ROWS_REFUSED, Operation, object_schema
from driftline.server.http.responses import HTTPError, JsonResponse, Receive, Scope
from driftline.server.ingest import KINDS, Ingest

_PREFIX = "/v1/models/"
_SUFFIXES = tuple(f"/{kind}" for kind in KINDS)
_OFF_LOOP = 256 << 10  # bytes of a body from which on a thread decodes it, so that other requests need not wait
_SUMMARIES = {
    "predictions": "Log a batch of predictions: features, and the columns that the model's settings name.",
    "labels": "Log a batch of labels: the target's late values, by id.",
}
_EXAMPLES = {
    "predictions": {"id": "r-1", "timestamp": "2024-05-01T12:00:00Z", "fare": 12.5, "prediction": 9.25},
    "labels": {"id": "r-1", "target": 9.5},
}
_COUNT = {"type": "integer"}
_NAMES = {"type": "array", "items": {"type": "string"}}
_SET_ASIDE = {
    "no_timestamp": "Rows whose timestamp is missing: in no window.",
    "future": "Rows whose timestamp is ahead of the server's clock: in a window once it is not.",
    "too_old": "Rows whose timestamp is further back than stream.max_age: in no window.",
    "unusable_labels": "Labels without a value that the target can have: they are counted, and replace no other.",
    "scattered": "Rows in windows beyond those that one batch may have, the oldest ones: in no window.",
}
_COLUMNS = {
    "missing_columns": "Columns of the reference that no row has, at most 20.",
    "unknown_columns": "Columns that the reference does not have, at most 20.",
}


@dataclass(frozen=True)
class RowsEndpoint:
    """Takes in batches over HTTP; the response 200 is sent once the rows are durable.

    Args:
        ingest: validates a batch and appends it to the log.
        authenticator: decides who may send.
        deadline: how long a body may take.
    """

    ingest: Ingest
    authenticator: Authenticator
    deadline: Deadline = field(default_factory=Deadline)

    @staticmethod
    def serves(path: str) -> bool:
        """Whether the path is one of a batch."""
        return path.startswith(_PREFIX) and path.endswith(_SUFFIXES)

    def operations(self) -> tuple[Operation, ...]:
        """The endpoint in the OpenAPI document: an operation for each kind of batch."""
        return tuple(_operation(kind, self.ingest.limits) for kind in KINDS)

    async def respond(self, scope: Scope, receive: Receive) -> JsonResponse:
        """Take in the batch of a request.

        Raises:
            HTTPError, DriftlineError: when the request is refused.
        """
        model, _, kind = scope["path"].removeprefix(_PREFIX).rpartition("/")
        if scope["method"] != "POST":
            raise HTTPError(405, "expected POST", (b"allow", b"POST"))
        self.authenticator.authorize(scope, "write", model)
        self.ingest.require(model, kind)
        keys, encodings, lengths = values(scope, b"idempotency-key", b"content-encoding", b"content-length")
        key, encoding = IDEMPOTENCY_KEY.value(keys), CONTENT_ENCODING.value(encodings).lower()
        content_type = single(scope, "Content-Type")
        limit = self.ingest.limits.body
        check_length(lengths, limit)
        with self.ingest.memory.reserve() as held:
            body = await read_body(receive, limit, held, self.deadline)
            if not body:
                raise InputError("the body is empty; send rows")
            batch = (model, kind, key, body, content_type, encoding)
            off_loop = len(body) > _OFF_LOOP or encoding not in {"", "identity"}
            validate = partial(self.ingest.validate, *batch, held=held)
            valid = await asyncio.to_thread(validate) if off_loop else validate()
            (is_new,) = await asyncio.wrap_future(self.ingest.group_commit.submit([valid.entry]))
            self.ingest.count_mismatches(valid)
            if key and not is_new:
                await asyncio.to_thread(self.ingest.check_same, valid)
        facts: dict[str, Any] = {"batch": valid.entry.batch, "rows": valid.entry.rows, "duplicate": not is_new}
        return JsonResponse(200, {**facts, **valid.set_aside, **valid.columns})


def _operation(kind: str, limits: Limits) -> Operation:
    rows = {"type": "array", "maxItems": limits.rows, "items": {"type": "object"}, "examples": [[_EXAMPLES[kind]]]}
    kept = object_schema(batch={"type": "string"}, rows=_COUNT, duplicate={"type": "boolean"})
    kept["properties"] |= {name: _COUNT | {"description": text} for name, text in _SET_ASIDE.items()}
    kept["properties"] |= {name: _NAMES | {"description": text} for name, text in _COLUMNS.items()}
    return Operation(
        name=kind,
        path=f"{_PREFIX}{{model}}/{kind}",
        method="post",
        summary=_SUMMARIES[kind],
        content={JSON: kept},
        refusals=ROWS_REFUSED,
        parameters=(
            MODEL,
            IDEMPOTENCY_KEY.parameter(),
            CONTENT_ENCODING.parameter(),
        ),
        body={
            "required": True,
            "content": {
                JSON: {"schema": rows},
                LINES: {"schema": {"type": "string", "minLength": 1, "description": "One JSON object a line."}},
                ARROW: {"schema": {"type": "string", "minLength": 1, "contentMediaType": ARROW}},
            },
        },
    )
