"""Names that no other test uses."""

import itertools
import os

import pytest

pytest.register_assert_rewrite("driftline.testing.feeds")

NUMBERS = itertools.count()


@pytest.fixture
def name():
    """A name of a stream, queue or table that no other test uses."""
    return f"t{os.getpid()}x{next(NUMBERS)}"
