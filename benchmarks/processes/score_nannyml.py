"""NannyML: univariate drift and missing values of each column, with its defaults; chunks as long as the rows.

Prints both scores and the alarms of all draws of a file. A reference of one chunk gives no threshold: then no alarms
are told.
"""

import json
import sys
import warnings

import numpy as np
import pandas as pd
from nannyml import MissingValuesCalculator, UnivariateDriftCalculator

warnings.simplefilter("ignore")
with np.load(sys.argv[1]) as arrays:
    held = {key: arrays[key] for key in arrays.files}
effects = list(dict.fromkeys(key.rsplit("/", 1)[0] for key in held))
found = {
    effect: {"quiet": {"drift": [], "missing": []}, "changed": {"drift": [], "missing": []}, "false": [], "found": []}
    for effect in effects
}


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
    size = held[f"{effects[0]}/quiet"].shape[1]
    drift = UnivariateDriftCalculator(column_names=effects, chunk_size=size)
    missing = MissingValuesCalculator(column_names=effects, chunk_size=size)
    drift.fit(reference)
    missing.fit(reference)
    for side, told in (("quiet", "false"), ("changed", "found")):
        current = table(side, at)
        outcome = drift.calculate(current).filter(period="analysis").to_df().iloc[0]
        lacks = missing.calculate(current).filter(period="analysis").to_df().iloc[0]
        for effect in effects:
            moved = outcome[effect]["jensen_shannon"]
            past = float(reference[effect].isna().mean())
            found[effect][side]["drift"].append(abs(float(moved["value"])))
            found[effect][side]["missing"].append(abs(float(lacks[effect]["value"]) - past))
            alarm = bool(moved["alert"]) or bool(lacks[effect]["alert"])
            found[effect][told].append(alarm if len(reference) > size else None)
print(json.dumps({"NannyML": found}))
