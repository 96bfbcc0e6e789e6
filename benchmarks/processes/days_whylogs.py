"""whylogs: the drift scores of each day's profile against the reference's, with its defaults. Prints what drifts."""

import json
import sys

import pandas as pd
import whylogs
from whylogs.viz.drift.column_drift_algorithms import calculate_drift_scores

past, now = (pd.read_parquet(path) for path in sys.argv[1:])
reference, found = whylogs.log(past.drop(columns="at")).view(), {}
for day, rows in now.groupby(now["at"].dt.date):
    current = whylogs.log(rows.drop(columns="at")).view()
    scores = calculate_drift_scores(current, reference, with_thresholds=True)
    found[str(day)] = [name for name, score in scores.items() if score and score["drift_category"] == "DRIFT"]
print(json.dumps(found))
