"""deepchecks: columns beyond the limit of its check of feature drift, with its defaults."""

import warnings
from importlib.metadata import version

import pandas as pd
from batches import LABELS, play
from deepchecks.tabular import Dataset
from deepchecks.tabular.checks import FeatureDrift

warnings.simplefilter("ignore")
LIMIT = 0.2  # the default of its condition, for numbers and categories


def fit(reference):  # noqa: ANN001, ANN201 - a frame of its tool
    """Make its data set of the reference."""
    known = Dataset(reference, cat_features=list(LABELS))

    def told(rows):  # noqa: ANN001, ANN202 - as above
        outcome = FeatureDrift().run(known, Dataset(rows, cat_features=list(LABELS)))
        return [name for name, found in outcome.value.items() if (found["Drift score"] or 0) >= LIMIT]

    return told


play(pd.read_parquet, fit, f"deepchecks {version('deepchecks')}")
