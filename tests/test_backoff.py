"""Waits between attempts double up to a bound, and begin again after a success."""

from driftline.backoff import Backoff, wait_after


def test_waits_double_up_to_the_longest():
    """Waits double from the first to the longest."""
    backoff = Backoff(1.0, 5.0)
    assert [1.0, 2.0, 4.0, 5.0, 5.0] == [backoff.next_wait() for _ in range(5)]


def test_reset_begins_again():
    """After a reset the next wait is the first one."""
    backoff = Backoff(1.0, 60.0)
    for _ in range(7):
        backoff.next_wait()
    backoff.reset()
    assert (1.0, 1) == (backoff.next_wait(), backoff.failures)


def test_jitter_only_shortens():
    """A wait with jitter lies between its share and the whole."""
    waits = [wait_after(3, 1.0, 60.0, jitter=0.5) for _ in range(200)]
    assert 2.0 <= min(waits) < max(waits) <= 4.0


def test_many_failures_do_not_overflow():
    """The wait after a great many failures is the longest."""
    assert 60.0 == wait_after(10_000, 1.0, 60.0)
