"""River: columns of numbers in which ADWIN, with its defaults, finds a change as it reads a batch."""

import copy
from importlib.metadata import version

import pandas as pd
from batches import NUMBERS, play
from river.drift import ADWIN


def fit(reference):  # noqa: ANN001, ANN201 - a frame of its tool
    """Let a detector for each column read the reference."""
    known = {name: ADWIN() for name in NUMBERS}
    for name, detector in known.items():
        for value in reference[name]:
            detector.update(value)

    def told(rows):  # noqa: ANN001, ANN202 - as above
        found = []
        for name, detector in copy.deepcopy(known).items():
            for value in rows[name]:
                detector.update(value)
                if detector.drift_detected:
                    found.append(name)
                    break
        return found

    return told


play(pd.read_parquet, fit, f"river {version('river')}")
