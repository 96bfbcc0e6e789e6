"""Posts batches to the server over one connection that is kept open."""

import http.client
import os
import ssl
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from driftline.client.spool import Batch
from driftline.errors import ConfigError

_TYPE = "application/vnd.apache.arrow.stream"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch: `sent`, or to be sent again after `wait` seconds, or else refused, with the reason."""

    sent: bool
    wait: float | None = None
    reason: str = ""


class Sender:
    """A connection to `POST /v1/models/{model}/{kind}`.

    Raises:
        ConfigError: when the URL is none of http or https.
    """

    def __init__(self, url: str, model: str, token: str, timeout: float) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
            raise ConfigError(f"url: expected http://HOST:8600 or https://HOST, found {parts.scheme or url[:50]!r}")
        self._path = f"{parts.path.rstrip('/')}/v1/models/{quote(model, safe='')}"
        self._headers = {"Content-Type": _TYPE} | ({"Authorization": f"Bearer {token}"} if token else {})
        if parts.scheme == "https":
            context = ssl.create_default_context()
            self._line: http.client.HTTPConnection = http.client.HTTPSConnection(
                parts.hostname, parts.port, timeout=timeout, context=context
            )
        else:
            self._line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)

    def send(self, batch: Batch) -> Outcome:
        """Post a batch, in bounded time; its key makes a second attempt harmless."""
        for again in (False, True):
            fresh = self._line.sock is None
            try:
                self._line.request(
                    "POST", f"{self._path}/{batch.kind}", batch.body, self._headers | {"Idempotency-Key": batch.key}
                )
                answer = self._line.getresponse()
                said = answer.read(10_000)
            except (OSError, http.client.HTTPException) as error:
                self._line.close()
                if fresh or again:
                    return Outcome(sent=False, wait=0.0, reason=f"{type(error).__name__}: {error}")
                continue  # the server closed what had been idle
            if answer.status == 200:
                return Outcome(sent=True)
            reason = f"{answer.status}: {said.decode(errors='replace')[:500]}"
            if answer.status >= 500 or answer.status in {401, 403, 404, 408, 425, 429}:
                after = answer.headers.get("Retry-After", "")
                return Outcome(sent=False, wait=float(after) if after.isdigit() else 0.0, reason=reason)
            return Outcome(sent=False, reason=reason)
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Close the connection."""
        self._line.close()

    def forget(self) -> None:
        """Drop the connection without a word on it: it is another process's."""
        if self._line.sock is not None:
            os.close(self._line.sock.detach())
            self._line.sock = None
