"""Spark's workers, forked from a process that has imported what they need: a worker's start costs next to nothing."""

import sys

sys.path[:] = [path for path in sys.path if not path.endswith(".zip")]  # Spark's own copy, compiled at each start

import importlib  # noqa: E402 - after the line above

from pyspark import daemon  # noqa: E402 - after the line above

from driftline import registry  # noqa: E402 - after the line above
from driftline.registry import PACKAGES  # noqa: E402 - after the line above

_MODULES = ["driftline.profiles.jobs", "pandas", "pyarrow", "pyspark.worker"]
_GROUPS = ("sketches", "transforms")


def main() -> None:
    """Import what a worker needs, and fork one whenever Spark asks for it."""
    parts = [f"driftline.{PACKAGES[group]}.{name}" for group in _GROUPS for name in registry.names(group)]
    for name in [*_MODULES, *parts]:
        importlib.import_module(name)
    daemon.manager()


if __name__ == "__main__":
    main()
