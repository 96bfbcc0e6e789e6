"""River: ADWIN on each numeric column, row by row from the reference on, by default. Prints the changes by day."""

import json
import sys

import pandas as pd
from river.drift import ADWIN

past, now = (pd.read_parquet(path) for path in sys.argv[1:])
found: dict[str, list[str]] = {str(day): [] for day in now["at"].dt.date.unique()}
for name in past.select_dtypes("number").columns:
    detector = ADWIN()
    for value in past[name].dropna():
        detector.update(value)
    held = now[["at", name]].dropna()
    for at, value in zip(held["at"], held[name], strict=True):
        detector.update(value)
        if detector.drift_detected and name not in found[str(at.date())]:
            found[str(at.date())].append(name)
print(json.dumps(found))
