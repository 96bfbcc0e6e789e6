"""Evidently: the preset of data drift of each day against the reference, with its defaults.

Prints, as JSON by day, the columns that drifted, and `half of the columns` where the preset says so of the whole. A day
takes a second or more, so where names are given it stops with the first day on which one of them drifted, or after
`LONGEST` days.
"""

import json
import sys

import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset

LONGEST = 20
past, now = (pd.read_parquet(path) for path in sys.argv[1:3])
broken = set(sys.argv[3:])
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
    if broken and (broken & set(told) or len(found) == LONGEST):
        break
print(json.dumps(found))
