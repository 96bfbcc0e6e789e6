"""NannyML: drift, missing values and the number of rows of each day, with its defaults. Prints what alerts by day."""

import json
import sys
import warnings

import nannyml as nml
import pandas as pd

warnings.simplefilter("ignore")
past, now = (pd.read_parquet(path) for path in sys.argv[1:])
names = [name for name in past.columns if name != "at"]
days = {"timestamp_column_name": "at", "chunk_period": "D"}
found: dict[str, list[str]] = {}


def tell(chunks: pd.DataFrame, column: str, alerts: pd.Series) -> None:
    """Add the days on which a column alerts."""
    starts = next(chunks[name] for name in chunks.columns if name[-1] == "start_date")  # two levels of names, or three
    for start, alert in zip(starts, alerts, strict=True):
        found.setdefault(str(start.date()), []).extend([column] if alert else [])


drift = nml.UnivariateDriftCalculator(column_names=names, **days).fit(past)
chunks = drift.calculate(now).filter(period="analysis").to_df()
for name in names:
    tell(chunks, name, chunks[name]["jensen_shannon"]["alert"])
missing = nml.MissingValuesCalculator(column_names=names, **days).fit(past)
chunks = missing.calculate(now).filter(period="analysis").to_df()
for name in names:
    tell(chunks, name, chunks[name]["alert"])
count = nml.SummaryStatsRowCountCalculator(**days).fit(past)
chunks = count.calculate(now).filter(period="analysis").to_df()
tell(chunks, "volume", chunks["rows_count"]["alert"])
print(json.dumps(found))
