"""A trouble of the server itself is an incident that sinks are told of, once, until it is over; also over a restart."""

import json

import pytest

from driftline.alerts.delivery import Delivery
from driftline.server.health import Trouble, TroubleKind
from driftline.server.self_watch import SelfWatch
from driftline.types import Level

STOPPED = Trouble(TroubleKind.STOPPED, "model taxi", "model taxi: the disk is full", since=1e9)
DEAD = Trouble(TroubleKind.DEAD_LETTERS, "model taxi", "model taxi: 1 batches …", "taxi", 1e9)


@pytest.fixture
def watch():
    """A watch without sinks."""
    return SelfWatch()


def test_lasting_trouble_is_one_incident(watch):
    """It opens once the trouble has lasted a minute, says since when, and is over a minute after the trouble."""
    assert [] == watch.look([STOPPED], 1000) + watch.look([STOPPED], 1059)
    (opened,) = watch.look([STOPPED], 1060)
    assert (True, Level.ALERT, "2001-09-09T01:46:40") == (opened.is_open, opened.level, opened.since)
    assert STOPPED.text == opened.headline
    assert [] == watch.look([STOPPED], 1065) + watch.look([], 1070) + watch.look([STOPPED], 1080)
    assert [] == watch.look([], 1139)
    (closed,) = watch.look([], 1140)
    assert (False, opened.id) == (closed.is_open, closed.id)
    assert [] == watch.look([], 1145)


def test_flapping_is_one_trouble(watch):
    """A worker that tries again now and then has not recovered."""
    changed = [watch.look([STOPPED] if at % 3 else [], 1000 + 5 * at) for at in range(1, 40)]
    assert 1 == sum(map(len, changed))


def test_dead_letters_are_told_at_once(watch):
    """There is nothing to wait for."""
    assert 1 == len(watch.look([DEAD], 1000))


def test_sinks_are_told_and_a_restart_goes_on(tmp_path, capfd):
    """The incident goes to every sink; after a restart it is neither told again nor forgotten."""
    outbox = tmp_path / "outbox.db"
    with Delivery(["stdout:"], outbox) as delivery:
        SelfWatch(delivery).look([DEAD], 1000)
        while delivery.waiting(delivery.statuses()[0].label):
            pass
    with Delivery(["stdout:"], outbox) as delivery:
        watch = SelfWatch(delivery)
        assert [] == watch.look([DEAD], 2000)
        (closed,) = [*watch.look([], 2030), *watch.look([], 2061)]
        while delivery.waiting(delivery.statuses()[0].label):
            pass
    said = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [("open", closed.id), ("closed", closed.id)] == [(each["state"], each["incident"]["id"]) for each in said]
