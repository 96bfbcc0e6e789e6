"""The model that the story watches: how long a taxi trip takes, by ordinary least squares."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

FEATURES = ("passenger_count", "trip_distance", "fare_amount", "total_amount", "PULocationID", "DOLocationID")
TARGET = "duration_min"
PREDICTION = "prediction"
PICKUP = "lpep_pickup_datetime"
TRAINING_ROWS = 30_000


def keep(trips: pl.DataFrame) -> pl.DataFrame:
    """The trips that the model is for, with their duration in minutes as `duration_min`.

    Kept are durations of 0 to 60 minutes with 1 to 8 passengers; missing passengers are left out.
    """
    minutes = (pl.col("lpep_dropoff_datetime") - pl.col(PICKUP)).dt.total_microseconds() / 60e6
    people = pl.col("passenger_count")
    return trips.with_columns(minutes.alias(TARGET)).filter(
        pl.col(TARGET).is_between(0, 60) & people.is_between(0, 8, closed="right")
    )


@dataclass(frozen=True)
class Linear:
    """A fitted linear model: minutes = `intercept` + features · `weights`."""

    intercept: float
    weights: NDArray[np.float64]

    @classmethod
    def fit(cls, trips: pl.DataFrame) -> "Linear":
        """Least squares with an intercept, on kept trips; the same numbers as scikit-learn's `LinearRegression`.

        Features and target are centred first, which keeps the solution exact where values are as far apart as a
        usual trip and one of 200,000 miles.
        """
        features, minutes = _matrix(trips), trips[TARGET].to_numpy()
        centre, mean = features.mean(axis=0), float(minutes.mean())
        weights = np.linalg.lstsq(features - centre, minutes - mean, rcond=None)[0]
        return cls(mean - float(centre @ weights), weights)

    def answer(self, trips: pl.DataFrame) -> pl.DataFrame:
        """The trips with the predicted minutes as `prediction`."""
        return trips.with_columns(pl.Series(PREDICTION, self.intercept + _matrix(trips) @ self.weights))


def _matrix(trips: pl.DataFrame) -> NDArray[np.float64]:
    return trips.select(pl.col(FEATURES).cast(pl.Float64)).to_numpy()


def mae(trips: pl.DataFrame) -> float:
    """Mean absolute error of the predictions, in minutes.

    >>> mae(pl.DataFrame({"prediction": [10.0, 12.0], "duration_min": [11.0, 9.0]}))
    2.0
    """
    return float((trips[PREDICTION] - trips[TARGET]).abs().to_numpy().mean())
