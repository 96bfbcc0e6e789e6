"""Where the real files are, for the tests that need them."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def taxi_data() -> Path:
    """The folder named by DRIFTLINE_TAXI_DATA, with January and February 2022 in it."""
    named = os.environ.get("DRIFTLINE_TAXI_DATA")
    if not named:
        pytest.skip("DRIFTLINE_TAXI_DATA is not set: it names the folder with green_tripdata_2022-01/02.parquet")
    for month in ("2022-01", "2022-02"):
        if not (Path(named) / f"green_tripdata_{month}.parquet").is_file():
            pytest.skip(f"DRIFTLINE_TAXI_DATA={named} has no green_tripdata_{month}.parquet")
    return Path(named)
