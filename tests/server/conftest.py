"""What the tests of the server share: a model, an application in this process, and how to ask it."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace

import httpx
import pytest

from driftline.data.payload import Limits
from driftline.server.group_commit import GroupCommit
from driftline.server.http.access import Authenticator
from driftline.server.http.app import App
from driftline.server.http.body import Deadline
from driftline.server.http.tokens import Tokens
from driftline.server.ingest import Ingest
from driftline.server.logs.base import EventLog, open_log
from driftline.stores.base import Store, open_store
from harness.kills import monitor
from harness.patience import PATIENCE

LIMITS = Limits(body=100_000, unpacked=400_000, rows=1_000, columns=50, text=1_000)


@dataclass
class Served:
    """An application, its log, and requests to it."""

    app: App
    log: EventLog
    store: Store

    def ask(self, *requests: httpx.Request) -> list[httpx.Response]:
        """The answers to requests that are made at the same time."""

        async def asked() -> list[httpx.Response]:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), timeout=PATIENCE) as client:
                return await asyncio.gather(*map(client.send, requests))

        return asyncio.run(asked())

    def post(self, body, kind="predictions", model="model", **headers) -> httpx.Response:
        """Post one body."""
        return self.ask(posted(body, kind, model, **headers))[0]

    def limited(self, queue: int) -> "Served":
        """The same with room for so many bytes that wait."""
        self.app.ingest.group_commit.most_bytes = queue
        return self

    def patient(self, seconds: float) -> "Served":
        """The same with a deadline for bodies."""
        return replace(self, app=replace(self.app, deadline=Deadline(seconds, seconds)))


def posted(body, kind="predictions", model="model", **headers) -> httpx.Request:
    """A request with a body, JSON unless a header says otherwise; `_` in a header's name is a dash."""
    given = {"content-type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Request("POST", f"http://localhost/v1/models/{model}/{kind}", content=body, headers=given)


def got(path, **headers) -> httpx.Request:
    """A request for a page."""
    return httpx.Request("GET", f"http://localhost{path}", headers=headers)


@pytest.fixture(scope="session")
def watched():
    """What is watched."""
    return monitor()


@pytest.fixture
def served(tmp_path, watched) -> Iterator[Served]:
    """An application over an empty log."""
    stores = open_store(f"sqlite:///{tmp_path}/store.db"), open_log(f"sqlite:///{tmp_path}/log.db")
    with stores[0] as store, stores[1] as log, GroupCommit(log) as commits:
        ingest = Ingest({"model": watched.plan, "other": watched.plan}, commits, LIMITS)
        authenticator = Authenticator(Tokens(tmp_path / "tokens.json"), 1000)
        yield Served(App(ingest, authenticator, store=store), log, store)
