# ruff: noqa: S101, SIM300 - a suite of tests: it asserts, the expected first
"""The suite that every sink passes, on a real receiver.

A sink's own test file inherits it, and says its URL and what its receiver got:

    pytest.register_assert_rewrite("driftline.testing.sinks")

    class TestMySink(SinkSuite):
        secret = "word"          # a part of the URL that no message may show; "" where there is none

        @pytest.fixture
        def url(self): ...       # of a receiver that takes notifications

        @pytest.fixture
        def received(self): ...  # a function that gives the text of each notification that arrived

        @pytest.fixture
        def break_down(self): ...  # a function after which the receiver takes nothing
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep
from typing import ClassVar

import pytest

from driftline.alerts.delivery import Delivery
from driftline.alerts.incidents import Incident, Notification
from driftline.alerts.sinks.base import open_sink
from driftline.errors import SinkError
from driftline.types import Health, Level

PATIENCE = 600.0


def sample_incident(level: Level = Level.ALERT, closed: str | None = None) -> Incident:
    """An incident of the model taxi, with text that is hard to send."""
    time = "2022-02-01T00:00:00Z"
    return Incident(
        id="0123456789abcdef", model="taxi", health=Health.DATA, level=level, metric="missing", column='fare\n"é<b>',
        segment="zone=7", headline="fare\r\nis missing ☃", reason="Because\x00 of 🚕.", since=time, earliest=time,
        latest=time, opened=time, updated=time, closed=closed,
    )  # fmt: skip


class SinkSuite:
    """What the contract in `driftline.alerts.sinks.base` promises, as tests."""

    secret: ClassVar[str] = ""
    shows: ClassVar[bool] = True

    def test_label_and_repeat(self, url: str) -> None:
        """The label names the receiver in one short line without the secret; `repeat` is None or above 0."""
        sink = open_sink(url)
        assert sink.label.isprintable()
        assert 0 < len(sink.label) <= 200
        assert not self.secret or self.secret not in sink.label
        assert sink.repeat is None or sink.repeat > 0

    def test_open_and_closed(self, url: str, received: Callable[[], list[str]]) -> None:
        """A notification of each level arrives while the incident is open, and one when it is closed."""
        sink = open_sink(url)
        for level in (Level.WARNING, Level.ALERT):
            for closed in (None, "2022-02-02T00:00:00Z"):
                sink.send(Notification(incident=sample_incident(level, closed), headline="One alert."))
        texts = received()
        assert 4 == len(texts)
        assert all("taxi" in text for text in texts)

    def test_link(self, url: str, received: Callable[[], list[str]]) -> None:
        """A link to the incident's page arrives as it stands; a sink that sends numbers alone sets `shows` to False."""
        link = "https://drift.example.org/incident?id=0123456789abcdef"
        open_sink(url).send(Notification(incident=sample_incident(), link=link))
        (text,) = received()
        assert self.shows is (link in text)

    def test_same_twice(self, url: str, received: Callable[[], list[str]]) -> None:
        """The same notification may be sent again."""
        sink, notification = open_sink(url), Notification(incident=sample_incident())
        sink.send(notification)
        sink.send(notification)
        assert 2 == len(received())

    def test_failure(self, url: str, break_down: Callable[[], None]) -> None:
        """A receiver that takes nothing is a SinkError within seconds, without the secret; no other error."""
        sink = open_sink(url)
        break_down()
        begin = monotonic()
        with pytest.raises(SinkError) as raised:
            sink.send(Notification(incident=sample_incident()))
        assert monotonic() - begin < PATIENCE
        assert str(raised.value)
        assert not self.secret or self.secret not in str(raised.value)

    def test_delivered(self, url: str, received: Callable[[], list[str]], tmp_path: Path) -> None:
        """Through a delivery each state of an incident arrives, in order."""
        with Delivery([url], tmp_path / "outbox.db") as delivery:
            delivery.notify([sample_incident()])
            delivery.notify([replace(sample_incident(), closed="2022-02-02T00:00:00Z")])
            deadline = monotonic() + PATIENCE
            while delivery.outbox.counts() != {"sent": 2}:
                assert monotonic() < deadline, delivery.troubles()
                sleep(0.01)
        assert 2 == len(received())
