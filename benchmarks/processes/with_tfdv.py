"""TensorFlow Data Validation: statistics of both sides, a schema, and drift by it. Prints the seconds without imports.

It judges drift only where a column has a threshold: here each one, at 0.1.
"""

import sys
import time

import pandas as pd
import tensorflow_data_validation as tfdv

started = time.perf_counter()
reference, current = (tfdv.generate_statistics_from_dataframe(pd.read_parquet(path)) for path in sys.argv[1:])
schema = tfdv.infer_schema(reference)
for feature in schema.feature:
    comparator = feature.drift_comparator
    if feature.type == 1:  # bytes
        comparator.infinity_norm.threshold = 0.1
    else:
        comparator.jensen_shannon_divergence.threshold = 0.1
tfdv.validate_statistics(current, schema, previous_statistics=reference)
print(time.perf_counter() - started)
