"""NannyML: univariate drift and its summaries of all columns, with its defaults. Prints the seconds without imports."""

import sys
import time

import nannyml as nml
import pandas as pd

started = time.perf_counter()
reference, current = (pd.read_parquet(path) for path in sys.argv[1:])
names = list(reference.columns)
numbers = list(reference.select_dtypes("number").columns)
calculators = [
    nml.UnivariateDriftCalculator(column_names=names),
    nml.MissingValuesCalculator(column_names=names),
    nml.SummaryStatsAvgCalculator(column_names=numbers),
    nml.SummaryStatsStdCalculator(column_names=numbers),
    nml.SummaryStatsMedianCalculator(column_names=numbers),
]
for calculator in calculators:
    calculator.fit(reference)
    calculator.calculate(current).to_df()
print(time.perf_counter() - started)
