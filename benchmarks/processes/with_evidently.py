"""Evidently: the presets of data drift and of a summary, with their defaults. Prints the seconds without imports."""

import sys
import time

import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset, DataSummaryPreset

started = time.perf_counter()
reference, current = (pd.read_parquet(path) for path in sys.argv[1:])
Report([DataDriftPreset(), DataSummaryPreset()]).run(current, reference).dict()
print(time.perf_counter() - started)
