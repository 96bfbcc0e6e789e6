"""Inputs and predictions of the day, judged at once: no label is there yet."""

from typing import Any

import pandas as pd
from mage_taxi.monitoring.driftline import FOLDER, check

if "custom" not in globals():
    from mage_ai.data_preparation.decorators import custom


@custom
def check_data(logged: pd.DataFrame, **variables: Any) -> dict[str, Any]:  # noqa: ARG001 - read from its file
    """What was found in the log of the day."""
    return check(FOLDER / "logged" / f"{variables['day']}.parquet", "data")
