"""What all tests share: which cases are generated, and which worker runs which tests.

Generated cases are the same in every run. With DRIFTLINE_FUZZ=1 they are new ones, as `make fuzz` asks for. They are
not timed, for a busy machine is no defect.
"""

import gc
import linecache
import os

os.environ["OMP_NUM_THREADS"] = os.environ["POLARS_MAX_THREADS"] = "1"  # read at import: there is a worker on each core
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of commands are started: only the first compiles modules
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # it would read the entry points of 180 packages each time

from typing import Any
from zlib import crc32

import pytest
from hypothesis import settings

gc.disable()  # until all is collected: nearly all that imports make stays
collect_ignore_glob = [
    "harness/*_steps.py",
    "harness/airflow_dags/*",
]  # in environments of their own
pytest.register_assert_rewrite("driftline.testing")
settings.register_profile("fixed", deadline=None, derandomize=True, database=None)
settings.register_profile("fuzz", deadline=None, derandomize=False, database=None, max_examples=1_000, print_blob=True)
settings.load_profile("fuzz" if os.environ.get("DRIFTLINE_FUZZ") == "1" else "fixed")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than processors: tests of servers and brokers wait a good part of their time."""
    return len(os.sched_getaffinity(0)) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: Any, log: Any) -> Any:
    """One worker runs all tests of a file, so what they share is made once; the engines' files share Spark and Ray."""
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - only where tests run side by side

    class FilesTogether(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.partition("::")[0]
            return "engines" if path.startswith("tests/profiles/engines/") else path

    gc.enable()  # here nothing is collected
    config.option.loadscopereorder = False  # the slow files are first already
    return FilesTogether(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first, so that no worker is left with one at the end; the others are mixed.

    So those that wait for servers run beside those that compute.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path not in slow, crc32(item.nodeid.partition("::")[0].encode())))


def pytest_collection_finish() -> None:
    """What was imported and collected stays: the collector of cycles need not look at it again, nor that often.

    Nor need doctest look with each example whether one of the files has changed that it has read.
    """
    linecache.clearcache()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """All that the tests left has been looked through for cycles once, which is enough."""
    gc.freeze()
