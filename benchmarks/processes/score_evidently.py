"""Evidently: its drift of each column with its defaults, and the share of missing values, which its summary counts.

Prints both scores of all draws of a file, and the alarms of the drift: the share has a test only where one asks for it.
"""

import json
import sys

import numpy as np
import pandas as pd
from evidently import Report
from evidently.metrics import MissingValueCount, ValueDrift

with np.load(sys.argv[1]) as arrays:
    held = {key: arrays[key] for key in arrays.files}
effects = list(dict.fromkeys(key.rsplit("/", 1)[0] for key in held))
found = {
    effect: {"quiet": {"drift": [], "missing": []}, "changed": {"drift": [], "missing": []}, "false": [], "found": []}
    for effect in effects
}
measures = [measure(column=effect) for measure in (ValueDrift, MissingValueCount) for effect in effects]


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
        metrics = Report(measures).run(table(side, at), reference).dict()["metrics"]
        for effect, metric, lacks in zip(effects, metrics, metrics[len(effects) :], strict=False):
            p_value, value = metric["config"]["method"].endswith("p_value"), float(metric["value"])
            threshold, past = metric["config"]["threshold"], float(reference[effect].isna().mean())
            found[effect][side]["drift"].append(-float(np.log(max(value, 1e-300))) if p_value else value)
            found[effect][side]["missing"].append(abs(float(lacks["value"]["share"]) - past))
            found[effect][told].append(bool(value < threshold if p_value else value >= threshold))
print(json.dumps({"Evidently": found}))
