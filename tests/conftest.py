"""What all tests share: generated cases are not timed, for a busy machine is no defect; and who runs which of many."""

from typing import Any

import pytest
from hypothesis import settings

pytest.register_assert_rewrite("driftline.testing")
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: Any, log: Any) -> Any:
    """Engines are tested by one worker, so that Spark and Ray are started once; it begins with them."""
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - only where tests run side by side

    class EnginesTogether(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "engines" if nodeid.startswith("tests/profiles/engines/") else nodeid

    return EnginesTogether(config, log)
