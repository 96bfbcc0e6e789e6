"""Reads what people send: forms of pages and JSON objects, within bounds, and never from another site's page."""

import asyncio
import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from starlette.requests import Request

from driftline.data.payload import JSON
from driftline.errors import InputError, TooLargeError, UnsupportedError, suggest_name
from driftline.server.http.responses import HTTPError
from driftline.types import Action

_MOST, _PATIENCE = 64 << 10, 10.0  # bytes of a form, and seconds that it may take


def require_same_site(request: Request) -> None:
    """Refuse what another site's page made a browser send."""
    site, origin = request.headers.get("sec-fetch-site", "none"), request.headers.get("origin")
    host = request.headers.get("host", "")
    if site not in {"same-origin", "none"} or (origin is not None and origin.partition("://")[2] != host):
        raise HTTPError(403, "another site's page sent this")


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form.

    Raises:
        InputError: when the body is none.
    """
    body = await read_body(request)
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=50))
    except ValueError as error:
        raise InputError(f"no form of a page: {error}") from error


async def read_json(request: Request, fields: Collection[str]) -> dict[str, str]:
    """The texts of a request's JSON object, which has no other fields than these.

    Raises:
        UnsupportedError: when it is not said to be JSON, which no form of another site can say.
        InputError: when the body is no such object.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise UnsupportedError(f"expected Content-Type: {JSON}")
    return read_object(await read_body(request), fields)


def read_object(body: bytes, fields: Collection[str]) -> dict[str, str]:
    """The texts of a JSON object, which has no other fields than these.

    Raises:
        InputError: when it is none.

    >>> read_object(b'{"by": "Ann"}', ["action", "by"])
    {'by': 'Ann'}
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise InputError(f"the body is no JSON object; expected one of texts: {', '.join(fields)}") from None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise InputError(f"expected a JSON object of texts: {', '.join(fields)}")
    if unknown := found.keys() - set(fields):
        raise InputError(f"unknown field {min(unknown)[:40]!r}; {suggest_name(min(unknown), fields)}")
    return found


async def read_body(request: Request) -> bytes:
    """The body of a form, within bounds of size and time."""
    body = b""
    try:
        async with asyncio.timeout(_PATIENCE):
            async for part in request.stream():
                body += part
                if len(body) > _MOST:
                    raise TooLargeError(f"more than {_MOST:,} bytes")
    except TimeoutError:
        raise HTTPError(408, "the body came too slowly", (b"connection", b"close")) from None
    return body


def parse_until(fields: Mapping[str, str], action: Action) -> datetime | None:
    """When a mute ends; without a zone it is UTC.

    Raises:
        InputError: when it cannot be read.
    """
    text = fields.get("until", "").strip()
    if action is not Action.MUTE or not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"until={text[:40]}: expected a time such as 2024-01-31T12:00, in UTC") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
