"""Evidently: the preset of data drift of each day against the reference, with its defaults.

Prints, as JSON by day, the columns that drifted, and `half of the columns` where the preset says so of the whole.
"""

import json
import sys

import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset

past, now = (pd.read_parquet(path) for path in sys.argv[1:])
reference, found = past.drop(columns="at"), {}
for day, rows in now.groupby(now["at"].dt.date):
    told = []
    for metric in Report([DataDriftPreset()]).run(rows.drop(columns="at"), reference).dict()["metrics"]:
        config, value = metric["config"], metric["value"]
        if config["type"].endswith("DriftedColumnsCount"):
            told += ["half of the columns"] if value["share"] >= config["drift_share"] else []
        elif value < config["threshold"] if config["method"].endswith("p_value") else value >= config["threshold"]:
            told.append(config["column"])
    found[str(day)] = told
print(json.dumps(found))
