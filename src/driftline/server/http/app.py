"""The server's application: a small ASGI one, for the way of a batch is short."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from driftline.errors import DriftlineError, InputError, TooLargeError
from driftline.server.http.access import Authenticator
from driftline.server.http.openapi import document
from driftline.server.http.responses import Asgi, HTTPError, JsonResponse, Receive, Scope, refused
from driftline.server.ingest import KINDS, Ingest
from driftline.server.workers import Workers

_PREFIX = "/v1/models/"
_OFF_LOOP = 256 << 10  # bytes of a body from which on it is read by a thread, so that others need not wait
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that a body may take as a whole, and between two of its parts."""

    whole: float = 30.0
    idle: float = 10.0


@dataclass(frozen=True)
class App:
    """Takes in rows, and says how it is.

    Args:
        intake: the door of the log.
        guard: who may ask.
        routes: further ASGI applications, by the beginning of their path; they need the scope `read`.
        workers: threads beside it, whose trouble `/readyz` tells.
        patience: how long a body may take.
    """

    intake: Ingest
    guard: Authenticator
    routes: Mapping[str, Asgi] = field(default_factory=dict)
    workers: Workers = field(default_factory=Workers)
    patience: Patience = field(default_factory=Patience)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request, as ASGI has it."""
        if scope["type"] != "http":
            return
        try:
            if (mounted := self._mounted(scope["path"])) is not None:
                self.guard.admit(scope, "read")
                await mounted(scope, receive, send)
                return
            answer = await self._answered(scope, receive)
        except HTTPError as refusal:
            answer = refusal.answer
        except DriftlineError as error:
            answer = refused(error).answer
        if answer.status >= 400:
            level = logging.WARNING if answer.status >= 500 else logging.INFO
            facts = {"status": answer.status, "method": scope["method"], "path": scope["path"][:200]}
            _log.log(level, "refused", extra={"facts": facts})
        await answer.send(send)

    async def _answered(self, scope: Scope, receive: Receive) -> JsonResponse:
        path, method = scope["path"], scope["method"]
        if path.startswith(_PREFIX) and path.endswith(tuple(f"/{kind}" for kind in KINDS)):
            model, _, kind = path.removeprefix(_PREFIX).rpartition("/")
            _allow(method, "POST")
            return await self._take(model, kind, scope, receive)
        if path not in {"/healthz", "/readyz", "/openapi.json", "/v1/models"}:
            raise HTTPError(404, "nothing is here; see /openapi.json")
        _allow(method, "GET")
        if path == "/healthz":
            return JsonResponse(200, {"status": "ok"})
        if path == "/readyz":
            return await self._ready()
        if path == "/openapi.json":
            return JsonResponse(200, document(self.intake.limits))
        self.guard.admit(scope, "read")
        return JsonResponse(200, {"models": sorted(self.intake.plans)})

    async def _take(self, model: str, kind: str, scope: Scope, receive: Receive) -> JsonResponse:
        """Take in a batch; the answer is sent once it is durable."""
        self.guard.admit(scope, "write", model)
        headers = dict(scope["headers"])
        content_type, encoding, batch = (
            headers.get(name, b"").decode("latin-1")
            for name in (b"content-type", b"content-encoding", b"idempotency-key")
        )
        most = self.intake.limits.body
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > most:
            raise TooLargeError(f"a body of more than {most:,} bytes; send smaller batches")
        body = await self._body(receive, most)
        given = (model, kind, batch, body, content_type, encoding.strip().lower())
        off_loop = len(body) > _OFF_LOOP or encoding
        checked = await asyncio.to_thread(self.intake.check, *given) if off_loop else self.intake.check(*given)
        (new,) = await asyncio.wrap_future(self.intake.commits.submit([checked.entry]))
        said = {"batch": checked.entry.batch, "rows": checked.entry.rows, "duplicate": not new}
        return JsonResponse(200, said | ({"timeless": checked.timeless} if checked.timeless else {}))

    async def _body(self, receive: Receive, most: int) -> bytes:
        """A body within its bounds of size and time."""
        clock = asyncio.get_running_loop().time
        end, parts, size = clock() + self.patience.whole, [], 0
        try:
            async with asyncio.timeout(None) as deadline:
                while True:
                    deadline.reschedule(min(clock() + self.patience.idle, end))
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise InputError("the connection was lost before the end of the body")
                    part = message.get("body", b"")
                    size += len(part)
                    if size > most:
                        raise TooLargeError(f"a body of more than {most:,} bytes; send smaller batches")
                    parts.append(part)
                    if not message.get("more_body"):
                        return b"".join(parts) if len(parts) > 1 else bytes(part)
        except TimeoutError:
            raise HTTPError(408, "the body came too slowly", (b"connection", b"close")) from None

    async def _ready(self) -> JsonResponse:
        """Whether rows can be taken in just now, and every worker works."""
        trouble = [text for text in (self.intake.commits.trouble, *self.workers.troubles()) if text]
        if not trouble:
            await asyncio.to_thread(self.intake.commits.log.last)
        return JsonResponse(503, {"error": "; ".join(trouble)}) if trouble else JsonResponse(200, {"status": "ok"})

    def _mounted(self, path: str) -> Asgi | None:
        return next((app for at, app in self.routes.items() if path == at or path.startswith(f"{at}/")), None)


def _allow(method: str, allowed: str) -> None:
    if method != allowed:
        raise HTTPError(405, f"expected {allowed}", (b"allow", allowed.encode()))
