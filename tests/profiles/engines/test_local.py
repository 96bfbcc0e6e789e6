"""The engine of one process: the suite of all engines."""

import pytest

pytest.register_assert_rewrite("driftline.testing.engines")

from driftline.config.settings import Config  # noqa: E402 - after the line above
from driftline.profiles.engines.local import Local  # noqa: E402 - after the line above
from driftline.testing.engines import Batches, EngineSuite, sample_rows  # noqa: E402 - after the line above
from driftline.types import ProfileKey  # noqa: E402 - after the line above


class TestLocal(EngineSuite):
    """The suite of all engines."""

    @pytest.fixture
    def engine(self):
        """The engine."""
        return Local()

    def test_no_batches(self, engine):
        """A source that gives no batch at all has no rows."""
        plan = engine.fit(Batches([sample_rows()]), Config())
        assert [(ProfileKey(), 0)] == [(cell, profile.rows) for cell, profile in engine.fold(Batches([]), plan).items()]
