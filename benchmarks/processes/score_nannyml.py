"""NannyML: univariate drift, and of columns with gaps missing values, with its defaults; chunks as long as the rows.

Prints scores and alarms of all draws of a file. A reference of one chunk gives no threshold: then no alarms are told.
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
gaps = [effect for effect in effects if effect.startswith("missing")]
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
    size = held[f"{effects[0]}/quiet"].shape[1]
    drift = UnivariateDriftCalculator(column_names=[e for e in effects if e not in gaps], chunk_size=size)
    missing = MissingValuesCalculator(column_names=gaps, chunk_size=size)
    drift.fit(reference)
    missing.fit(reference)
    for side, told in (("quiet", "false"), ("changed", "found")):
        current = table(side, at)
        outcome = drift.calculate(current).filter(period="analysis").to_df().iloc[0]
        lacks = missing.calculate(current).filter(period="analysis").to_df().iloc[0]
        for effect in effects:
            own = lacks[effect] if effect in gaps else outcome[effect]["jensen_shannon"]
            past = float(np.isnan(held[f"{effect}/reference"][at]).mean()) if effect in gaps else 0.0
            found[effect][side].append(abs(float(own["value"]) - past))
            found[effect][told].append(bool(own["alert"]) if len(reference) > size else None)
print(json.dumps({"NannyML": found}))
