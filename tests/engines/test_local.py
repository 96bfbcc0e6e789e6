"""The engine of one process: the suite of all engines."""

import pytest

pytest.register_assert_rewrite("driftline.testing.engines")

from driftline.engines.local import Local  # noqa: E402 - after the line above
from driftline.testing.engines import EngineSuite  # noqa: E402 - after the line above


class TestLocal(EngineSuite):
    """The suite of all engines."""

    @pytest.fixture
    def engine(self):
        """The engine."""
        return Local()
