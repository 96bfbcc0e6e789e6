# ruff: noqa: S101, SIM300 - a suite of tests: it asserts, the expected first
"""The suite that every feed passes, on a real broker.

A feed's own test file inherits it, and says its URL and how a message of one row comes to the broker:

    pytest.register_assert_rewrite("driftline.testing.feeds")

    class TestMyFeed(FeedSuite):
        @pytest.fixture
        def url(self): ...   # of a place where nothing is yet

        @pytest.fixture
        def send(self): ...  # a function that sends one message for each of the ids, with model taxi, kind predictions
"""

import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread

import polars as pl
import pytest

from driftline.errors import InputError, StoreError
from driftline.server.feeds.base import ARROW, JSON, Feed
from driftline.testing.forked import Forked

Send = Callable[[range], None]
PATIENCE = 600.0
POISON = 13


def body(number: int) -> bytes:
    """The message with one row of this id."""
    return json.dumps([{"id": number, "fare": number / 7}]).encode()


def ids(data: bytes, content_type: str) -> tuple[int, ...]:
    """The ids of the rows in a message."""
    assert content_type in {ARROW, JSON}
    rows = pl.read_ipc_stream(io.BytesIO(data)).to_dicts() if content_type == ARROW else json.loads(data)
    return tuple(row["id"] for row in rows)


def until(true: Callable[[], bool], what: str) -> None:
    """Wait until it is so, up to a deadline."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


@dataclass
class Taken:
    """What was delivered: each call's ids and batch; it fails, or refuses, as `fails` and `poison` say."""

    fails: int = 0
    poison: int | None = None
    calls: list[tuple[int, str]] = field(default_factory=list)
    durable: dict[int, str] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def __call__(self, model: str, kind: str, batch: str, data: bytes, content_type: str) -> None:
        """Take a message."""
        found = ids(data, content_type)
        with self.lock:
            assert ("taxi", "predictions") == (model, kind)
            again = [one for one, _ in self.calls].count(found[0])
            self.calls += [(one, batch) for one in found]
        if self.poison in found:
            raise InputError("no rows")
        if again < self.fails:
            raise StoreError("the disk is full")
        with self.lock:
            self.durable |= dict.fromkeys(found, batch)


@contextmanager
def running(url: str, taken: Taken) -> Iterator[Feed]:
    """A feed that runs in a thread."""
    feed, stop, raised = Feed(url, first_wait=0.02, longest_wait=0.2), Event(), list[BaseException]()

    def run() -> None:
        try:
            feed.run(taken, stop)
        except BaseException as error:  # noqa: BLE001 - raised again in the test's thread
            raised.append(error)

    thread = Thread(target=run)
    thread.start()
    try:
        yield feed
    finally:
        stop.set()
        thread.join(PATIENCE)
    assert not thread.is_alive()
    if raised:
        raise raised[0]


def hang(url: str, path: str) -> None:
    """Run a feed whose deliveries note their ids in a file and never return."""

    def deliver(_model: str, _kind: str, batch: str, data: bytes, content_type: str) -> None:
        with Path(path).open("a", encoding="utf-8") as file:
            file.writelines(json.dumps([one, batch]) + "\n" for one in ids(data, content_type))
        Event().wait()

    Feed(url).run(deliver, Event())


class FeedSuite:
    """What the contract in `driftline.server.feeds.base` promises, as tests."""

    @pytest.fixture
    def restart(self) -> Callable[[], None]:
        """Stops the broker and starts it again; nothing, where there is none."""
        return lambda: None

    def test_every_message_once(self, url: str, send: Send) -> None:
        """All that was sent before and after the start is delivered, each with its own batch id, and then is over."""
        send(range(5))
        taken = Taken()
        with running(url, taken) as feed:
            until(lambda: len(taken.durable) == 5, "what was there before")
            send(range(5, 40))
            until(lambda: len(taken.durable) == 40, "what came later")
            until(lambda: feed.counts["delivered"] == len(taken.calls), "acknowledged")
        assert [*range(40)] == sorted(taken.durable)
        assert {"refused": 0, "retried": 0, "lost": 0} == {k: v for k, v in feed.counts.items() if k != "delivered"}
        after = Taken()
        send(range(40, 41))
        with running(url, after):
            until(lambda: 40 in after.durable, "one more")
        assert [40] == [one for one, _ in after.calls]

    def test_killed_before_the_acknowledgement(self, url: str, send: Send, tmp_path: Path) -> None:
        """What a killed process had taken and not acknowledged comes again, under the same batch ids."""
        send(range(3))
        path = tmp_path / "taken.jsonl"
        path.touch()
        with Forked(hang, url, str(path)):  # which is killed at the end
            until(lambda: bool(path.read_text("utf-8").strip()), "taken by the other process")
        send(range(3, 5))
        first = dict(json.loads(line) for line in path.read_text("utf-8").splitlines())
        taken = Taken()
        with running(url, taken):
            until(lambda: len(taken.durable) == 5, "all of it again")
        assert first == {one: batch for one, batch in taken.durable.items() if one in first}

    def test_temporary_failure(self, url: str, send: Send) -> None:
        """What could not be taken is tried again, under the same batch id."""
        send(range(4))
        taken = Taken(fails=2)
        with running(url, taken) as feed:
            until(lambda: len(taken.durable) == 4, "taken in the end")
            until(lambda: feed.counts["delivered"] == len({batch for _, batch in taken.calls}), "acknowledged")
        assert feed.counts["retried"] >= 2
        assert {(one, batch) for one, batch in taken.calls} == set(taken.durable.items())

    def test_malformed(self, url: str, send: Send) -> None:
        """What is malformed is refused once and for all, and holds nothing up."""
        send(range(POISON - 3, POISON + 4))
        taken = Taken(poison=POISON)
        with running(url, taken) as feed:
            until(lambda: len(taken.durable) == 6 and feed.counts["refused"] == 1, "the others")
            until(lambda: feed.counts["delivered"] == 6, "acknowledged")
        after = Taken()
        send(range(99, 100))
        with running(url, after):
            until(lambda: 99 in after.durable, "one more")
        assert [99] == [one for one, _ in after.calls]

    def test_stop(self, url: str, send: Send) -> None:
        """A feed stops also while nothing can be taken, and what it had comes again."""
        send(range(2))
        taken = Taken(fails=1_000_000)
        with running(url, taken):
            until(lambda: bool(taken.calls), "tried")
        assert {} == taken.durable
        taken.fails = 0
        with running(url, taken):
            until(lambda: len(taken.durable) == 2, "taken in the end")

    def test_broker_restarted(self, url: str, send: Send, restart: Callable[[], None]) -> None:
        """A broker that goes away and comes back loses nothing."""
        taken = Taken()
        with running(url, taken) as feed:
            send(range(3))
            until(lambda: len(taken.durable) == 3, "before")
            until(lambda: feed.counts["delivered"] == 3, "acknowledged")
            restart()
            send(range(3, 6))
            until(lambda: len(taken.durable) == 6, "after")
