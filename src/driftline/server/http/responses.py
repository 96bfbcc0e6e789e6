"""HTTP responses: bytes, JSON, and errors with the status that fits them."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from driftline.errors import (
    BusyError,
    ConflictError,
    DriftlineError,
    IncidentActionError,
    InputError,
    StoreError,
    TooLargeError,
    UnknownModelError,
    UnknownRecordError,
    UnsupportedError,
)

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Header = tuple[bytes, bytes]

_STATUSES = {
    UnknownModelError: 404, UnknownRecordError: 404, IncidentActionError: 409, ConflictError: 409,
    UnsupportedError: 415, TooLargeError: 413, InputError: 422, BusyError: 429, StoreError: 503,
}  # fmt: skip
_RETRY_AFTER = {429: b"1", 503: b"5"}  # seconds


class Response:
    """A status, a body and headers; an ASGI application that sends them."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, body: bytes, content_type: str, *headers: Header) -> None:
        self.status, self.body = status, body
        length = (b"content-length", b"%d" % len(body))
        self.headers = [(b"content-type", content_type.encode("latin-1")), length, *headers]

    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        """Send the response."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


class JsonResponse(Response):
    """A response whose body is a value as JSON.

    >>> JsonResponse(200, {"status": "ok"}).body
    b'{"status": "ok"}'
    """

    __slots__ = ()

    def __init__(self, status: int, value: Any, *headers: Header) -> None:
        body = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
        super().__init__(status, body, "application/json", *headers)


class HTTPError(Exception):
    """A request that the server refuses, with its response: `{"error": message}`.

    Where the sender should try again later the response has the header Retry-After.
    """

    def __init__(self, status: int, message: str, *headers: Header) -> None:
        super().__init__(message)
        retry = ((b"retry-after", _RETRY_AFTER[status]),) if status in _RETRY_AFTER and not headers else ()
        self.response = JsonResponse(status, {"error": message}, *headers, *retry)


def http_error(error: DriftlineError) -> HTTPError:
    """The HTTP error of a `DriftlineError`.

    >>> http_error(TooLargeError("too many rows")).response.status
    413
    """
    status = next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), 503)
    return HTTPError(status, str(error))
