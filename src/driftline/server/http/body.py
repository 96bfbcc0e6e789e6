"""Reads the body of a request whole, within bounds of size, memory and time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json
from starlette.requests import Request

from driftline.data.payload import Limits, decompress, json_cost
from driftline.errors import InputError, TooLargeError
from driftline.server.http.headers import CONTENT_ENCODING, values
from driftline.server.http.responses import HTTPError, Receive
from driftline.server.memory import Reservation


@dataclass(frozen=True, slots=True)
class Deadline:
    """Seconds that a body may take in total, and between two of its parts."""

    total: float = 30.0
    between_parts: float = 10.0


async def read_body(receive: Receive, limit: int, held: Reservation, deadline: Deadline) -> bytes:
    """The body of a request; each part is reserved as it comes.

    Raises:
        InputError, TooLargeError, BusyError: when the client goes away, or it has more than `limit` bytes.
        HTTPError: 408 when it comes too slowly.
    """
    clock = asyncio.get_running_loop().time
    end, parts, size = clock() + deadline.total, [], 0
    try:
        async with asyncio.timeout(None) as timeout:
            while True:
                timeout.reschedule(min(clock() + deadline.between_parts, end))
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise InputError("the connection was lost before the end of the body")
                part = message.get("body", b"")
                size += len(part)
                if size > limit:
                    raise _too_large(limit)
                held.grow(len(part))
                parts.append(part)
                if not message.get("more_body"):
                    return b"".join(parts) if len(parts) > 1 else bytes(part)
    except TimeoutError:
        raise HTTPError(408, "the body came too slowly", (b"connection", b"close")) from None


def check_length(lengths: Sequence[bytes], limit: int) -> None:
    """Refuse a body whose header Content-Length already says that it is too large, before it is sent."""
    if lengths and lengths[0].isdigit() and int(lengths[0]) > limit:
        raise _too_large(limit)


async def read_unpacked(request: Request, limits: Limits, held: Reservation) -> bytes:
    """The body of a request, decompressed as its header says; raises as `read_body`, and as `decompress`."""
    encodings, lengths = values(request.scope, b"content-encoding", b"content-length")
    encoding = CONTENT_ENCODING.value(encodings).lower()
    check_length(lengths, limits.body)
    body = await read_body(request.receive, limits.body, held, Deadline())
    if encoding in {"", "identity"}:
        return body
    unpacked = await asyncio.to_thread(decompress, body, encoding, limits.unpacked, held.grow)
    limits.check_expansion(len(unpacked), len(body))
    return unpacked


def parse_json(body: bytes, limits: Limits, held: Reservation) -> Any:
    """The JSON of a body, whose values are reserved before they are made.

    Raises:
        InputError, TooLargeError, BusyError: when it is none, or has more values than the limits allow.
    """
    held.grow(json_cost(body, limits))
    try:
        return from_json(body)
    except ValueError as error:
        raise InputError(f"the body is no JSON: {error}") from None


def _too_large(limit: int) -> TooLargeError:
    return TooLargeError(f"a body of more than {limit:,} bytes; send smaller batches")
