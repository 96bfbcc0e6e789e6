"""The duration model."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LinearRegression

from driftline.cli.demo.model import FEATURES, TRAINING_ROWS, Linear, keep, mae
from driftline.cli.demo.months import read
from driftline.cli.demo.trips import month


def test_course_figures_on_the_real_month(taxi_data: Path) -> None:
    """January 2022 leaves 55,211 trips and the course's two errors."""
    kept = keep(read(taxi_data / "green_tripdata_2022-01.parquet"))
    model = Linear.fit(kept[:TRAINING_ROWS])
    assert kept.height == 55_211
    assert mae(model.answer(kept[:TRAINING_ROWS])) == pytest.approx(3.804665, abs=1e-6)
    assert mae(model.answer(kept[TRAINING_ROWS:])) == pytest.approx(4.142064, abs=1e-6)


def test_same_answers_as_scikit_learn() -> None:
    """Predictions agree with scikit-learn's least squares."""
    kept = keep(month(2022, 1, seed=5))[:5000]
    features = kept.select(FEATURES).to_numpy()
    theirs = LinearRegression().fit(features, kept["duration_min"].to_numpy()).predict(features)
    np.testing.assert_allclose(Linear.fit(kept).answer(kept)["prediction"].to_numpy(), theirs, rtol=1e-9)


@pytest.mark.parametrize(
    ("minutes", "people", "kept"),
    [(0, 1.0, 1), (60, 8.0, 1), (-1, 1.0, 0), (61, 1.0, 0), (5, 0.0, 0), (5, 9.0, 0), (5, None, 0)],
)
def test_which_trips_are_kept(minutes: int, people: float | None, kept: int) -> None:
    """0 to 60 minutes with 1 to 8 passengers, ends included; a missing count is left out."""
    start = datetime.fromisoformat("2022-01-01")
    trip = {
        "lpep_pickup_datetime": [start],
        "lpep_dropoff_datetime": [start + timedelta(minutes=minutes)],
        "passenger_count": pl.Series([people], dtype=pl.Float64),
    }
    assert kept == keep(pl.DataFrame(trip)).height
