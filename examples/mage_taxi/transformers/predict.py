"""The model's answers, logged beside its inputs."""

import json
from typing import Any

import pandas as pd
from mage_taxi.monitoring.driftline import FOLDER

if "transformer" not in globals():
    from mage_ai.data_preparation.decorators import transformer


@transformer
def predict(trips: pd.DataFrame, **variables: Any) -> pd.DataFrame:
    """The trips with the minutes that the model says, which are written to the log of the day."""
    model = json.loads((FOLDER / "model.json").read_text(encoding="utf-8"))
    minutes = sum(weight * trips[name].astype(float) for name, weight in model["weights"].items())
    logged = trips.assign(prediction=model["intercept"] + minutes)
    (FOLDER / "logged").mkdir(exist_ok=True)
    logged.to_parquet(FOLDER / "logged" / f"{variables['day']}.parquet", index=False)
    return logged
