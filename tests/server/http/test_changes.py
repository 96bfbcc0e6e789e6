"""Pages are told of changes: once for each change, of what they may see, a bounded number, until they go."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from driftline.errors import StoreError
from driftline.server.http import changes as module
from driftline.server.http.changes import Changes, EventStream
from driftline.server.http.responses import HTTPError
from driftline.stores.base import open_store
from driftline.types import Action
from harness.dashboards import browse, fill, result, verdict

SOON = 5.0


@pytest.fixture
def store(tmp_path):
    with open_store(f"sqlite:///{tmp_path}/store.db") as store:
        fill(store)
        yield store


class Listener:
    """A page that listens, without a network."""

    def __init__(self, changes: Changes, wanted=lambda name: True) -> None:  # noqa: ARG005 - all models
        self.said, self.gone, self.task = asyncio.Queue(), asyncio.Event(), None
        self.stream = EventStream(changes, wanted)

    async def receive(self):
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        if message["type"] == "http.response.body":
            await self.said.put(message["body"].decode() if message.get("more_body") else None)

    async def next(self, start="event: version"):
        """The next message that begins like that; None where the stream ends."""
        while True:
            said = await asyncio.wait_for(self.said.get(), SOON)
            if said is None or said.startswith(start):
                return said


@asynccontextmanager
async def listening(changes, **options):
    listener = Listener(changes, **options)
    task = asyncio.create_task(listener.stream({}, listener.receive, listener.send))
    try:
        yield listener
    finally:
        listener.gone.set()
        await asyncio.wait_for(task, SOON)


def test_page_is_told_of_what_it_shows(store):
    """A new window and what a person does to an incident are told once; those of another model are not."""

    async def follow():
        changes = Changes(store, period=0.01)
        async with listening(changes) as fleet, listening(changes, wanted=lambda name: name == "taxi") as taxi:
            first = await fleet.next(), await taxi.next()
            await asyncio.to_thread(store.save_run, result("bus", 0, [verdict("fare")]), {})
            of_bus = await fleet.next()
            await asyncio.to_thread(store.act_on_incident, "incident of taxi", Action.ACKNOWLEDGE, "Ann")
            second = await fleet.next(), await taxi.next()
            assert 3 == len({first[0], of_bus, second[0]})
            assert first[1] != second[1]
            assert (fleet.said.qsize(), taxi.said.qsize()) == (0, 0)

    asyncio.run(follow())


def test_number_is_bounded_and_nothing_is_left(store):
    """One page too many is refused in words; once all are gone nothing looks at the store any more."""

    async def follow():
        changes = Changes(store, period=0.01, most=2)
        async with listening(changes) as one, listening(changes):
            await one.next()
            with pytest.raises(HTTPError, match="2 pages are told of changes already") as refused, changes.listen():
                pass
            assert 503 == refused.value.response.status
        assert (0, None) == (changes.listeners, changes._reader)

    asyncio.run(follow())


def test_heartbeat_and_life(store, monkeypatch):
    """Where nothing changes a line without meaning is sent, and the stream ends after some time."""
    monkeypatch.setattr(module, "HEARTBEAT", 0.01)
    monkeypatch.setattr(module, "LIFE", 0.2)

    async def follow():
        async with listening(Changes(store)) as page:
            assert ": still here\n\n" == await page.next(":")
            assert None is await page.next("no such line")

    asyncio.run(follow())


def test_server_that_stops_ends_streams(store):
    """When the server stops each stream ends by itself, and no other one begins."""

    async def follow():
        changes = Changes(store, period=0.01)
        async with listening(changes) as page:
            await page.next()
            changes.close()
            assert None is await page.next("no such line")
        with pytest.raises(HTTPError), changes.listen():
            pass

    asyncio.run(follow())


def test_page_that_takes_nothing_is_let_go(store, monkeypatch):
    """A page that does not take what it is sent does not hold its place."""
    monkeypatch.setattr(module, "PATIENCE", 0.01)

    async def follow():
        changes, stuck = Changes(store), asyncio.Event()

        async def send(message):
            if message.get("more_body"):
                await stuck.wait()

        listener = Listener(changes)
        await asyncio.wait_for(EventStream(changes, lambda name: True)({}, listener.receive, send), SOON)  # noqa: ARG005
        assert 0 == changes.listeners

    asyncio.run(follow())


def test_store_that_is_away(store, monkeypatch, caplog):
    """While the store cannot be read nothing is told, and the log says so; then it goes on."""
    real, calls = Changes.read, []

    def read(self):
        calls.append(1)
        if len(calls) < 3:
            raise StoreError("away")
        return real(self)

    monkeypatch.setattr(Changes, "read", read)

    async def follow():
        async with listening(Changes(store, period=0.01)) as page:
            assert (await page.next()).startswith("event: version\ndata: ")

    asyncio.run(follow())
    assert "pages are not told of changes: away" in caplog.text


def test_pages_that_live_have_the_script(tmp_path):
    """Fleet, model and incident name the one script and what to listen to; others load none."""
    with browse(tmp_path) as browser:
        fill(browser.store)
        for path, listens in (("/", "/v1/changes"), ("/model?model=taxi", "/v1/changes?model=taxi"),
                              ("/incident?id=incident%20of%20taxi", "/v1/changes?model=taxi")):  # fmt: skip
            page = browser.get(path)
            assert f'data-changes="{listens}" defer></script>' in page.text
            assert "script-src 'self'; connect-src 'self'" in page.headers["content-security-policy"]
        assert "<script" not in browser.get("/column?model=taxi&column=fare").text
        script = browser.get("/live.js")
        assert ("text/javascript; charset=utf-8", 200) == (script.headers["content-type"], script.status_code)
