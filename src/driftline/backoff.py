"""Exponential back-off: how long to wait before the next attempt at something that failed."""

import random


class Backoff:
    """Waits in seconds that double from `first` up to `longest`, and begin again after a success.

    Args:
        first: the wait after the first failure.
        longest: no wait is longer.
        jitter: share of a wait that is drawn at random, 0 to 1, so that many clients do not come back at once.

    >>> backoff = Backoff(0.5, 30.0)
    >>> [backoff.next_wait() for _ in range(3)], backoff.failures
    ([0.5, 1.0, 2.0], 3)
    >>> backoff.reset()
    >>> backoff.next_wait()
    0.5
    """

    def __init__(self, first: float, longest: float, jitter: float = 0.0) -> None:
        self.first, self.longest, self.jitter = first, longest, jitter
        self.failures = 0

    def next_wait(self) -> float:
        """Count one more failure; gives the seconds to wait after it."""
        self.failures += 1
        return wait_after(self.failures, self.first, self.longest, self.jitter)

    def reset(self) -> None:
        """Begin again with `first`: an attempt succeeded."""
        self.failures = 0


def wait_after(failures: int, first: float, longest: float, jitter: float = 0.0) -> float:
    """Seconds to wait after so many failures in a row (at least 1); for those whose count is kept elsewhere.

    >>> [wait_after(failures, 1.0, 60.0) for failures in (1, 2, 100)]
    [1.0, 2.0, 60.0]
    """
    wait = min(longest, first * 2.0 ** min(failures - 1, 64))
    return wait * (1.0 - jitter * random.random()) if jitter else wait  # noqa: S311 - no secret
