"""How long the trips took, which is known later."""

from typing import Any

import pandas as pd
from mage_taxi.monitoring.driftline import FOLDER

if "transformer" not in globals():
    from mage_ai.data_preparation.decorators import transformer


@transformer
def join_actuals(checked: dict[str, Any], **variables: Any) -> pd.DataFrame:  # noqa: ARG001 - read from the log
    """The logged rows with their durations, by id; a trip without one keeps none."""
    name = f"{variables['day']}.parquet"
    actuals = pd.read_csv(FOLDER / "labels" / f"{variables['day']}.csv").drop_duplicates("id", keep="last")
    joined = pd.read_parquet(FOLDER / "logged" / name).merge(actuals, on="id", how="left", validate="one_to_one")
    (FOLDER / "labelled").mkdir(exist_ok=True)
    joined.to_parquet(FOLDER / "labelled" / name, index=False)
    return joined
