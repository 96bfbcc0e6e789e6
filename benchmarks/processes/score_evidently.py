"""Evidently: its drift of each column with its defaults. Prints scores and alarms of all draws of a file."""

import json
import sys

import numpy as np
import pandas as pd
from evidently import Report
from evidently.metrics import ValueDrift

with np.load(sys.argv[1]) as arrays:
    held = {key: arrays[key] for key in arrays.files}
effects = list(dict.fromkeys(key.rsplit("/", 1)[0] for key in held))
found = {effect: {"quiet": [], "changed": [], "false": [], "found": []} for effect in effects}


def table(side: str, at: int) -> pd.DataFrame:
    """Make a frame of all columns of a draw; categories are text."""
    columns = {effect: held[f"{effect}/{side}"][at] for effect in effects}
    return pd.DataFrame(
        {
            effect: [f"c{code}" for code in values] if values.dtype.kind == "i" else values.astype(float)
            for effect, values in columns.items()
        }
    )


for at in range(len(held[f"{effects[0]}/quiet"])):
    reference = table("reference", at)
    for side, told in (("quiet", "false"), ("changed", "found")):
        report = Report([ValueDrift(column=effect) for effect in effects]).run(table(side, at), reference).dict()
        for effect, metric in zip(effects, report["metrics"], strict=True):
            p_value, value = metric["config"]["method"].endswith("p_value"), float(metric["value"])
            threshold = metric["config"]["threshold"]
            found[effect][side].append(-float(np.log(max(value, 1e-300))) if p_value else value)
            found[effect][told].append(bool(value < threshold if p_value else value >= threshold))
print(json.dumps({"Evidently": found}))
