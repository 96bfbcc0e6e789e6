"""The same day again, now with its labels: how right was the model?"""

from typing import Any

import pandas as pd
from mage_taxi.monitoring.driftline import FOLDER, check

if "custom" not in globals():
    from mage_ai.data_preparation.decorators import custom


@custom
def check_model(joined: pd.DataFrame, **variables: Any) -> dict[str, Any]:  # noqa: ARG001 - read from its file
    """What was found in the labelled rows of the day; the result takes the place of the one before."""
    return check(FOLDER / "labelled" / f"{variables['day']}.parquet", "model")
