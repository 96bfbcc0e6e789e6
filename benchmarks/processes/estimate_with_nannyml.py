"""NannyML: performance estimated by chunk with its defaults (CBPE, DLE), beside the realized one, on a data set.

Arguments: a name of a data set of its own, or a folder with `reference.parquet` and `current.parquet`; a folder for the
rows; the rows of a chunk. Prints JSON: wall and processor seconds of fit and estimate, and of each metric the estimated
and realized values by chunk.
"""

import json
import sys
import time
from pathlib import Path

import nannyml as nml
import pandas as pd

NAME, FOLDER, SIZE = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
BUNDLED = {
    "car_loan": (nml.load_synthetic_car_loan_dataset, "id", "repaid", "binary"),
    "classes": (nml.load_synthetic_multiclass_classification_dataset, "id", "y_true", "multiclass"),
    "car_price": (nml.load_synthetic_car_price_dataset, "id", "y_true", "regression"),
}
if NAME in BUNDLED:
    load, key, target, task = BUNDLED[NAME]
    reference, current, labels = load()
    current = current.merge(labels, on=key)
else:
    reference, current = (pd.read_parquet(FOLDER / f"{side}.parquet") for side in ("reference", "current"))
    target, task = "y_true", "regression" if reference["y_true"].nunique() > 2 else "binary"
reference, current = (side.rename(columns={target: "y_true"}) for side in (reference, current))
probabilities = [name for name in reference if name.startswith("y_pred_proba")]
FOLDER.mkdir(parents=True, exist_ok=True)
for side, rows in (("reference", reference), ("current", current)):
    confidence = {"y_pred_proba": rows[probabilities].max(axis=1)} if len(probabilities) > 1 else {}
    kept = rows.drop(columns=probabilities if confidence else []).assign(**confidence)
    kept.to_parquet(FOLDER / f"{side}.parquet")  # Driftline reads the probability of the predicted class

if task == "regression":
    features = [name for name in reference if name not in {"y_true", "y_pred", "id", "timestamp"}]
    metrics = ["mae", "rmse"]
    estimator = nml.DLE(
        feature_column_names=features, y_pred="y_pred", y_true="y_true", metrics=metrics, chunk_size=SIZE
    )
    calculator = nml.PerformanceCalculator(
        y_true="y_true", y_pred="y_pred", metrics=metrics, problem_type=task, chunk_size=SIZE
    )
else:
    binary = task == "binary"
    metrics = ["accuracy", "f1", "roc_auc"] if binary else ["accuracy", "f1"]
    scores = "y_pred_proba" if binary else {name.removeprefix("y_pred_proba_"): name for name in probabilities}
    said = {
        "y_true": "y_true", "y_pred": "y_pred", "y_pred_proba": scores, "metrics": metrics,
        "problem_type": f"classification_{task}", "chunk_size": SIZE,
    }  # fmt: skip
    estimator, calculator = nml.CBPE(**said), nml.PerformanceCalculator(**said)
started, used = time.perf_counter(), time.process_time()
estimated = estimator.fit(reference).estimate(current.drop(columns="y_true"))
seconds, processor = time.perf_counter() - started, time.process_time() - used
realized = calculator.fit(reference).calculate(current)
found = {
    metric: [
        result.filter(period="analysis").to_df()[metric]["value"].tolist() for result in (estimated, realized)
    ]
    for metric in metrics
}  # fmt: skip
print(json.dumps({"task": task, "seconds": seconds, "processor": processor, "metrics": found}))
