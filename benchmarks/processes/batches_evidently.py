"""Evidently: columns that drifted, with its defaults for each column."""

from importlib.metadata import version

import pandas as pd
from batches import play
from evidently import Report
from evidently.metrics import ValueDrift


def fit(reference):  # noqa: ANN001, ANN201 - a frame of its tool
    """Keep the reference."""

    def told(rows):  # noqa: ANN001, ANN202 - as above
        report = Report([ValueDrift(column=name) for name in reference.columns]).run(rows, reference).dict()
        found = []
        for name, metric in zip(reference.columns, report["metrics"], strict=True):
            value, threshold = float(metric["value"]), metric["config"]["threshold"]
            is_p_value = metric["config"]["method"].endswith("p_value")
            if value < threshold if is_p_value else value >= threshold:
                found.append(name)
        return found

    return told


play(pd.read_parquet, fit, f"evidently {version('evidently')}")
