"""whylogs: columns whose drift score is in the category DRIFT, with its defaults."""

from importlib.metadata import version

import pandas as pd
import whylogs
from batches import play
from whylogs.viz.drift.column_drift_algorithms import calculate_drift_scores


def fit(reference):  # noqa: ANN001, ANN201 - a frame of its tool
    """Profile the reference."""
    view = whylogs.log(reference).view()

    def told(rows):  # noqa: ANN001, ANN202 - as above
        scores = calculate_drift_scores(whylogs.log(rows).view(), view, with_thresholds=True)
        return [name for name, score in scores.items() if score and score["drift_category"] == "DRIFT"]

    return told


play(pd.read_parquet, fit, f"whylogs {version('whylogs')}")
