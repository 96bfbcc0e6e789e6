"""How long a test waits: far longer than a slow and busy machine needs, so that only what never comes is missed."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 600.0
"""Seconds after which a test no longer waits."""


def until(found: Callable[[], T], what: Callable[[], object] | str = "", pause: float = 0.02) -> T:
    """What is found once it is true; it is asked for again after each pause, of seconds.

    Raises:
        AssertionError: that says what did not come.
    """
    end = time.monotonic() + PATIENCE
    while not (value := found()):
        assert time.monotonic() < end, f"waited {PATIENCE:g} s: {what if isinstance(what, str) else what()}"
        time.sleep(pause)
    return value
