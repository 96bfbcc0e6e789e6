"""Alibi Detect: Kolmogorov and Smirnov's test of the numbers, the chi-square test of the categories, with its defaults.

Both correct for the number of their columns.
"""

import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd
from alibi_detect.cd import ChiSquareDrift, KSDrift
from batches import LABELS, NUMBERS, play

warnings.simplefilter("ignore")


def fit(reference):  # noqa: ANN001, ANN201 - a frame of its tool
    """Make its detectors."""
    parts = [(kind(reference[list(names)].to_numpy(), p_val=0.05), names)
             for kind, names in ((KSDrift, NUMBERS), (ChiSquareDrift, LABELS))]  # fmt: skip

    def told(rows):  # noqa: ANN001, ANN202 - as above
        found = []
        for detector, names in parts:
            outcome = detector.predict(rows[list(names)].to_numpy())["data"]
            limit = outcome["threshold"]
            found += [name for name, p in zip(names, np.atleast_1d(outcome["p_val"]), strict=True) if p < limit]
        return found

    return told


play(pd.read_parquet, fit, f"alibi-detect {version('alibi-detect')}")
