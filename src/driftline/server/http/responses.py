"""What the server answers: JSON, and errors in words with the status that fits."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from driftline.errors import (
    BusyError,
    DriftlineError,
    InputError,
    StoreError,
    TooLargeError,
    UnknownModelError,
    UnsupportedError,
)

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Asgi = Callable[[Any, Any, Any], Awaitable[None]]

_STATUS = {UnknownModelError: 404, UnsupportedError: 415, TooLargeError: 413, InputError: 422, BusyError: 429,
           StoreError: 503}  # fmt: skip
_AGAIN = {429: b"1", 503: b"5"}  # seconds after which to come again


@dataclass(frozen=True, slots=True)
class JsonResponse:
    """A status and a value that becomes JSON."""

    status: int
    value: Any
    headers: tuple[tuple[bytes, bytes], ...] = field(default=())

    async def send(self, send: Send) -> None:
        """Send it, as ASGI has it."""
        body = json.dumps(self.value, ensure_ascii=False).encode("utf-8", "replace")
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *self.headers]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class HTTPError(Exception):
    """A request that is refused, with its answer."""

    def __init__(self, status: int, words: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(words)
        again = ((b"retry-after", _AGAIN[status]),) if status in _AGAIN and not headers else ()
        self.answer = JsonResponse(status, {"error": words}, headers + again)


def refused(error: DriftlineError) -> HTTPError:
    """The refusal that tells an error.

    >>> refused(TooLargeError("too many rows")).answer.status
    413
    """
    status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 503)
    return HTTPError(status, str(error))
