"""whylogs: a profile of both sides, then its drift scores with its defaults. Prints the seconds without imports."""

import sys
import time

import pandas as pd
import whylogs
from whylogs.viz.drift.column_drift_algorithms import calculate_drift_scores

started = time.perf_counter()
reference, current = (whylogs.log(pd.read_parquet(path)).view() for path in sys.argv[1:])
reference.to_pandas()
current.to_pandas()
calculate_drift_scores(current, reference, with_thresholds=True)
print(time.perf_counter() - started)
