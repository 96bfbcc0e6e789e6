"""Workers start again after a failure, and their pause begins anew once they have worked."""

from threading import Event

import polars as pl
import pytest

from driftline.backoff import Backoff
from driftline.errors import StoreError
from driftline.server.workers import Workers
from harness.patience import PATIENCE, until


def pauses(monkeypatch, seconds_until_failure):
    """How long a worker waits that fails after so many seconds each time, in units of the first pause."""
    clock, left, done, waits = [0.0], iter(seconds_until_failure), Event(), []
    next_wait = Backoff.next_wait

    def note_wait(backoff):
        waits.append(next_wait(backoff))
        return 0.0

    def work(_stop):
        try:
            clock[0] += next(left)
        except StopIteration:
            done.set()
            return
        raise StoreError("the disk is full")

    monkeypatch.setattr("driftline.server.workers.monotonic", lambda: clock[0])
    monkeypatch.setattr(Backoff, "next_wait", note_wait)
    with Workers({"model taxi": work}, first_wait=0.5) as workers:
        assert done.wait(PATIENCE)
        assert [] == workers.troubles()
    return [wait / 0.5 for wait in waits]


def test_pause_grows_with_failures_in_a_row(monkeypatch):
    """Failures in a row have longer and longer pauses."""
    assert [1, 2, 4] == pauses(monkeypatch, [0, 0, 0])


def test_pause_begins_anew_after_work(monkeypatch):
    """A worker that has worked well for a while begins with the first pause again."""
    assert [1, 2, 4, 8, 1] == pauses(monkeypatch, [0, 0, 0, 0, 10])


def test_trouble_is_told_while_it_lasts():
    """A worker's failure is among the troubles while it waits."""
    failed = Event()

    def work(_stop):
        failed.set()
        raise StoreError("the disk is full")

    with Workers({"model taxi": work}, first_wait=PATIENCE) as workers:
        assert failed.wait(PATIENCE)
        assert ["model taxi: the disk is full"] == until(workers.troubles, "its trouble")


@pytest.mark.parametrize("bug", [TypeError("x"), SystemExit(), pl.exceptions.PanicException("x")])
def test_bug_does_not_end_a_worker(bug):
    """A worker that raises what it should not is started again, and that is counted and told."""
    calls, again = [], Event()

    def work(stop):
        calls.append(1)
        if len(calls) < 3:
            raise bug
        again.set()
        stop.wait(PATIENCE)

    with Workers({"model taxi": work}, first_wait=0.01) as workers:
        assert again.wait(PATIENCE)
        (status,) = workers.statuses()
        assert (2, 2, True, []) == (status.failures, status.bugs, status.stopped is not None, workers.dead())
        assert "" == status.trouble
