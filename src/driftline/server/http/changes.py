"""Tells open pages that a store has changed, by server-sent events: one reader for all of them, a bounded number."""

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping

from driftline.errors import StoreError
from driftline.server.http.responses import Header, HTTPError, Receive, Scope, Send
from driftline.stores.base import Store

MOST = 100
"""Pages that listen at a time; one more is refused, and works without."""
PERIOD = 2.0
"""Seconds between two looks at the store, which are taken only while a page listens."""
HEARTBEAT = 15.0
"""Seconds after which a line without meaning is sent, so that nothing between takes the connection for dead."""
LIFE = 900.0
"""Seconds after which a stream ends; the page then opens the next one."""
PATIENCE = 20.0
"""Seconds that a page may take to receive what it is sent."""

_log = logging.getLogger(__name__)

Wanted = Callable[[str], bool]


class Changes:
    """What the newest window and the open incidents of each model are, as a text that differs when they do.

    All methods but `read` belong to one event loop.

    Args:
        store: what is looked at.
        period: seconds between two looks.
        most: how many listen at a time.
    """

    def __init__(self, store: Store, *, period: float = PERIOD, most: int = MOST) -> None:
        self.store, self.period, self.most = store, period, most
        self.closed = False
        self._versions: dict[str, str] = {}
        self._listeners: set[asyncio.Event] = set()
        self._reader: asyncio.Task[None] | None = None

    @property
    def listeners(self) -> int:
        """How many pages listen."""
        return len(self._listeners)

    @contextlib.contextmanager
    def listen(self) -> Iterator[asyncio.Event]:
        """An event that is set whenever something has changed, and when the server stops.

        Raises:
            HTTPError: when too many listen already, or the server stops.
        """
        if self.closed or len(self._listeners) >= self.most:
            raise HTTPError(503, f"{self.most} pages are told of changes already; load this one again to see more")
        event = asyncio.Event()
        self._listeners.add(event)
        if self._reader is None:
            self._reader = asyncio.create_task(self._follow())
        try:
            yield event
        finally:
            self._listeners.discard(event)
            if not self._listeners and self._reader is not None:
                self._reader.cancel()
                self._reader = None

    def version(self, wanted: Wanted) -> str:
        """The state of the models that are wanted, as a short text; empty before the first look."""
        chosen = [f"{model}={self._versions[model]}" for model in sorted(self._versions) if wanted(model)]
        return hashlib.sha256("\n".join(chosen).encode()).hexdigest()[:16] if self._versions else ""

    def read(self) -> dict[str, str]:
        """The state of each model, now."""
        facts = {run.model: [run.run_id] for run in self.store.latest_runs()}
        for each in self.store.incidents(closed=False):
            state = f"{each.id} {each.updated} {each.level.value} {each.state.value} {each.owner} {len(each.actions)}"
            facts.setdefault(each.model, []).append(state)
        return {model: "|".join(sorted(found)) for model, found in facts.items()}

    def close(self) -> None:
        """End all streams: the server stops."""
        self.closed = True
        for event in self._listeners:
            event.set()

    async def _follow(self) -> None:
        """Look at the store again and again; while it cannot be read, what was known stands."""
        while True:
            try:
                self._take(await asyncio.to_thread(self.read))
            except StoreError as error:
                _log.warning("pages are not told of changes: %s", error)
            await asyncio.sleep(self.period)

    def _take(self, versions: Mapping[str, str]) -> None:
        if versions != self._versions:
            self._versions = dict(versions)
            for event in self._listeners:
                event.set()


class EventStream:
    """The response that tells a page, as text/event-stream: an event `version` at once and after each change."""

    def __init__(self, changes: Changes, wanted: Wanted, *headers: Header) -> None:
        self.changes, self.wanted = changes, wanted
        self.headers: list[Header] = [(b"content-type", b"text/event-stream; charset=utf-8"), *headers]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        """Send events until the page goes, the server stops, or it has been long enough."""
        with self.changes.listen() as changed:
            await send({"type": "http.response.start", "status": 200, "headers": self.headers})
            gone = asyncio.create_task(_wait_for_end(receive, changed))
            try:
                await self._tell(changed, gone, send)
            except (asyncio.CancelledError, TimeoutError):
                pass  # the server stops now, or the page takes nothing any more: there is nobody to tell
            finally:
                gone.cancel()
        await send({"type": "http.response.body", "body": b""})

    async def _tell(self, changed: asyncio.Event, gone: "asyncio.Task[None]", send: Send) -> None:
        ends, said = asyncio.get_running_loop().time() + LIFE, None
        await _write(send, "retry: 3000\n\n")
        while not (self.changes.closed or gone.done()) and asyncio.get_running_loop().time() < ends:
            version = self.changes.version(self.wanted)
            if version and version != said:
                await _write(send, f"event: version\ndata: {version}\n\n")
                said = version
            changed.clear()
            try:
                await asyncio.wait_for(changed.wait(), HEARTBEAT)
            except TimeoutError:
                await _write(send, ": still here\n\n")


async def _write(send: Send, text: str) -> None:
    body = {"type": "http.response.body", "body": text.encode(), "more_body": True}
    await asyncio.wait_for(send(body), PATIENCE)


async def _wait_for_end(receive: Receive, changed: asyncio.Event) -> None:
    """Return when the page is gone, and wake who waits."""
    while (await receive())["type"] != "http.disconnect":
        pass
    changed.set()
