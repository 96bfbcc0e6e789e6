"""Folds a Parquet file into its profile under the plan of a pack. Prints the seconds without imports and the pack."""

import sys
import time

from driftline import Monitor
from driftline.profiles.engines.base import open_source
from driftline.registry import find

pack, path = sys.argv[1:]
monitor = Monitor.load(pack)
engine = find("engines", "local")()
started = time.perf_counter()
engine.fold(open_source(path), monitor.plan)
print(time.perf_counter() - started)
