"""Workers start again after a failure, and their pause begins anew once they have worked."""

import time
from itertools import pairwise
from threading import Event

import polars as pl
import pytest

from driftline.errors import StoreError
from driftline.server.workers import Workers


def pauses(seconds_until_failure):
    """The times between starts of a worker that fails after so many seconds each time, in units of the first pause."""
    starts, done = [], Event()

    def work(stop):
        starts.append(time.monotonic())
        if len(starts) > len(seconds_until_failure):
            done.set()
            return
        stop.wait(seconds_until_failure[len(starts) - 1])
        raise StoreError("the disk is full")

    with Workers({"model taxi": work}, first_wait=0.02) as workers:
        assert done.wait(20)
        assert [] == workers.troubles()
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    return [(gap - before) / 0.02 for gap, before in zip(gaps, seconds_until_failure, strict=True)]


def test_pause_grows_with_failures_in_a_row():
    """Failures in a row have longer and longer pauses."""
    assert [1, 2, 4] == pytest.approx(pauses([0, 0, 0]), abs=0.95)


def test_pause_begins_anew_after_work():
    """A worker that has worked well for a while begins with the first pause again."""
    *_, last = pauses([0, 0, 0, 0, 0.25])
    assert last < 8


def test_trouble_is_told_while_it_lasts():
    """A worker's failure is among the troubles while it waits."""
    failed = Event()

    def work(_stop):
        failed.set()
        raise StoreError("the disk is full")

    with Workers({"model taxi": work}, first_wait=60) as workers:
        assert failed.wait(10)
        end = time.monotonic() + 10
        while not workers.troubles() and time.monotonic() < end:
            time.sleep(0.01)
        assert ["model taxi: the disk is full"] == workers.troubles()


@pytest.mark.parametrize("bug", [TypeError("x"), SystemExit(), pl.exceptions.PanicException("x")])
def test_bug_does_not_end_a_worker(bug):
    """A worker that raises what it should not is started again, and that is counted and told."""
    calls, again = [], Event()

    def work(stop):
        calls.append(1)
        if len(calls) < 3:
            raise bug
        again.set()
        stop.wait(60)

    with Workers({"model taxi": work}, first_wait=0.01) as workers:
        assert again.wait(20)
        (status,) = workers.statuses()
        assert (2, 2, True, []) == (status.failures, status.bugs, status.stopped is not None, workers.dead())
        assert "" == status.trouble
