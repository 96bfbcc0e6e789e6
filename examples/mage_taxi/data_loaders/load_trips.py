"""The trips of a day, as the service was asked about them."""

from typing import Any

import pandas as pd
from mage_taxi.monitoring.driftline import FOLDER

if "data_loader" not in globals():
    from mage_ai.data_preparation.decorators import data_loader


@data_loader
def load_trips(**variables: Any) -> pd.DataFrame:
    """The trips of the runtime variable `day`, such as 2022-02-08."""
    return pd.read_parquet(FOLDER / "trips" / f"{variables['day']}.parquet")
