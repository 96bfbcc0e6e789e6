"""Alibi Detect: Kolmogorov and Smirnov's test of numbers, the chi-square test of categories, with its defaults.

Prints scores and alarms of all draws of a file. Columns with gaps are left out: it takes none.
"""

import json
import sys
import warnings

import numpy as np
from alibi_detect.cd import ChiSquareDrift, KSDrift

warnings.simplefilter("ignore")
with np.load(sys.argv[1]) as arrays:
    held = {key: arrays[key] for key in arrays.files}
effects = [effect for effect in dict.fromkeys(key.rsplit("/", 1)[0] for key in held) if "missing" not in effect]
found = {effect: {"quiet": {"drift": []}, "changed": {"drift": []}, "false": [], "found": []} for effect in effects}
for effect in effects:
    for at, reference in enumerate(held[f"{effect}/reference"]):
        kind = ChiSquareDrift if reference.dtype.kind == "i" else KSDrift
        detector = kind(reference[:, None], p_val=0.05)
        for side, told in (("quiet", "false"), ("changed", "found")):
            outcome = detector.predict(held[f"{effect}/{side}"][at][:, None])["data"]
            found[effect][side]["drift"].append(-float(np.log(max(float(outcome["p_val"][0]), 1e-300))))
            found[effect][told].append(bool(outcome["is_drift"]))
print(json.dumps({"Alibi Detect": found}))
