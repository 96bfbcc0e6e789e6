"""NannyML: columns whose univariate drift alerts, with its defaults, in chunks as long as a batch."""

import sys
import warnings

import nannyml
import pandas as pd
from batches import play

warnings.simplefilter("ignore")


def fit(reference):  # noqa: ANN001, ANN201 - a frame of its tool
    """Fit its thresholds on the chunks of the reference."""
    names = list(reference.columns)
    drift = nannyml.UnivariateDriftCalculator(column_names=names, chunk_size=int(sys.argv[2])).fit(reference)

    def told(rows):  # noqa: ANN001, ANN202 - as above
        outcome = drift.calculate(rows.reset_index(drop=True)).filter(period="analysis").to_df().iloc[0]
        return [name for name in names if bool(outcome[name]["jensen_shannon"]["alert"])]

    return told


play(pd.read_parquet, fit, f"nannyml {nannyml.__version__}")
