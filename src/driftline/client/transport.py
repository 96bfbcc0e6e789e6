"""Posts batches to the server over one connection that stays open, and reads its answers."""

import http.client
import json
import os
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import quote, urlsplit

from driftline.client.spool import Batch
from driftline.errors import ConfigError

_TYPE = "application/vnd.apache.arrow.stream"
_CHUNK = 64 << 10
_MAX_WAIT = 600.0
_LATER = frozenset({401, 403, 408, 425, 429})
_DIVISIBLE = frozenset({400, 413, 422})


class Status(Enum):
    """What became of a batch."""

    ACCEPTED = "accepted"
    RETRY = "retry"
    UNKNOWN_MODEL = "unknown model"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class SendResult:
    """What the server did with a batch.

    `reason` is for people, `wait` the least seconds before the next attempt. `divisible`: parts of a refused batch may
    be taken. `counts` are rows that the server took and left out of every window, by reason; `notes` what it says of
    columns.
    """

    status: Status
    reason: str = ""
    wait: float = 0.0
    divisible: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)


class Transport:
    """A connection to `POST /v1/models/{model}/{kind}`.

    Raises:
        ConfigError: when the URL is none of http or https.
    """

    def __init__(self, url: str, model: str, token: str, timeout: float) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
            raise ConfigError(f"url: expected http://HOST:8600 or https://HOST, found {parts.scheme or url[:50]!r}")
        self.model = model
        self.server = (
            f"{parts.hostname}:{parts.port or {'http': 80, 'https': 443}[parts.scheme]}{parts.path.rstrip('/')}"
        )
        self._path = f"{parts.path.rstrip('/')}/v1/models/{quote(model, safe='')}"
        self._headers = {"Content-Type": _TYPE} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._connection: http.client.HTTPConnection
        if parts.scheme == "https":
            context = ssl.create_default_context()
            self._connection = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=timeout, context=context)
        else:
            self._connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)

    def send(self, batch: Batch) -> SendResult:
        """Post a batch, in bounded time. A second attempt is harmless: the server knows the key."""
        for attempt in range(2):
            is_new = self._connection.sock is None
            try:
                response, body = self._post(batch)
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                if is_new or attempt:
                    return SendResult(Status.RETRY, f"{type(error).__name__}: {error}")
                continue  # the server closed a connection that had been idle
            return _result(response, body, batch)
        raise AssertionError("unreachable")

    def _post(self, batch: Batch) -> tuple[http.client.HTTPResponse, bytes]:
        """The answer, also where it comes before the whole body is sent, as it does to a body that is too large."""
        headers = self._headers | {"Idempotency-Key": batch.key, "Content-Length": str(len(batch.body))}
        broken: OSError | None = None
        if self._connection.sock is None:
            self._connection.connect()
        unsent = _Chunks(batch.body, self._connection.sock)
        try:
            self._connection.request("POST", f"{self._path}/{batch.kind}", unsent, headers)
        except (BrokenPipeError, ConnectionResetError, TimeoutError) as error:
            broken = error
        try:
            response = self._connection.getresponse()
            body = response.read(100_000)
        except (OSError, http.client.HTTPException):
            if broken is not None:
                raise broken from None
            raise
        if broken is not None or not unsent.complete or not response.isclosed():
            self._connection.close()
        return response, body

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def abandon_connection(self) -> None:
        """Forget the connection and say nothing over it: it belongs to the parent process."""
        if self._connection.sock is not None:
            os.close(self._connection.sock.detach())
            self._connection.sock = None


class _Chunks:
    """A body in parts; ends early where the server answers before it has all of it."""

    def __init__(self, body: bytes, sock: socket.socket) -> None:
        self.body, self.sock, self.complete = body, sock, False

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self.body), _CHUNK):
            if start and _has_answer(self.sock):
                return
            yield self.body[start : start + _CHUNK]
        self.complete = True


def _has_answer(sock: socket.socket) -> bool:
    """Whether the server has sent something; over TLS that cannot be seen, for its own messages look the same."""
    if isinstance(sock, ssl.SSLSocket):
        return False
    timeout = sock.gettimeout()
    sock.settimeout(0.0)
    try:
        return bool(sock.recv(1, socket.MSG_PEEK)) or True  # nothing: the server closed
    except BlockingIOError:
        return False
    finally:
        sock.settimeout(timeout)


def _result(response: http.client.HTTPResponse, body: bytes, batch: Batch) -> SendResult:
    answer = _json_object(body)
    text = str(answer["error"]) if "error" in answer else body.decode(errors="replace")
    reason = f"{response.status}: {text[:500]}"
    if response.status == 200 and answer.get("batch") == batch.key:
        counts = {key: value for key, value in answer.items() if type(value) is int and key != "rows" and value > 0}
        notes = {
            key: ", ".join(map(str, value)) if isinstance(value, list) else value
            for key, value in answer.items()
            if (isinstance(value, str) and key != "batch") or (isinstance(value, list) and value)
        }
        return SendResult(Status.ACCEPTED, counts=counts, notes=notes)
    after = response.headers.get("Retry-After", "")
    wait = min(float(after), _MAX_WAIT) if after.isascii() and after.isdigit() else 0.0
    if 200 <= response.status < 400:  # no answer of Driftline's: another program, or a proxy, is there
        where = response.headers.get("Location", "")
        moved = f", a redirect to {where[:200]}; name that address" if where else ""
        return SendResult(Status.RETRY, f"{response.status} is not an answer of driftline serve{moved}", wait)
    ours = "error" in answer
    if response.status == 413:
        return SendResult(Status.REFUSED, reason, divisible=True)
    if not ours or response.status >= 500 or response.status in _LATER:
        return SendResult(Status.RETRY, reason, wait)
    if response.status == 404:
        return SendResult(Status.UNKNOWN_MODEL, reason)
    return SendResult(Status.REFUSED, reason, divisible=response.status in _DIVISIBLE)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
