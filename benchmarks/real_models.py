"""Models of real rows, fitted on the first part of them: minutes of taxi trips, bikes hired, incomes of Adult."""

from pathlib import Path

import numpy as np
import polars as pl
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

TRIP = ("passenger_count", "trip_distance", "fare_amount", "total_amount", "PULocationID", "DOLocationID")
HOUR = (
    "season",
    "yr",
    "mnth",
    "hr",
    "holiday",
    "weekday",
    "workingday",
    "weathersit",
    "temp",
    "atemp",
    "hum",
    "windspeed",
)
Sides = tuple[pl.DataFrame, pl.DataFrame, int]


def make_sets(folder: Path) -> dict[str, Sides]:
    """Reference, current rows and the rows of a chunk, by name; `y_true` and `y_pred` are in both."""
    sides = make_adult(folder / "adult_arx.csv")
    by_age = sides[1].sort("age", maintain_order=True)
    return {
        "green taxi trips": make_trips(folder, 2022),
        **make_trips_by_distance(folder),
        "bike hire, from cold to warm": make_bikes(folder / "bike_hour.csv"),
        "Adult": (*sides, 1_000),
        "Adult, from young to old": (sides[0], by_age, 1_000),
    }


def make_trips_by_distance(folder: Path) -> dict[str, Sides]:
    """Trips of 2023, and the same in another order: half of them reference, the others from near to far."""
    reference, current, size = make_trips(folder, 2023)
    rows = pl.concat([reference, current], how="vertical_relaxed").sample(fraction=1.0, shuffle=True, seed=1)
    half = rows.height // 2
    return {
        "green taxi trips of 2023": (reference, current, size),
        "the same, from near to far": (rows[:half], rows[half:].sort("trip_distance"), size),
    }


def make_bikes(file: Path) -> Sides:
    """Bikes hired in an hour by a linear model of the first quarter; half of the others are reference."""
    hours = pl.read_csv(file).select(*HOUR, y_true=pl.col("cnt").cast(pl.Float64))
    first = hours.height // 4
    model = LinearRegression().fit(hours[:first].select(HOUR).to_numpy(), hours["y_true"][:first].to_numpy())
    hours = hours.with_columns(y_pred=pl.Series(model.predict(hours.select(HOUR).to_numpy())))
    rest = hours[first:].sample(fraction=1.0, shuffle=True, seed=2)
    half = rest.height // 2
    return rest[:half], rest[half:].sort("temp"), 500


def make_trips(folder: Path, year: int) -> Sides:
    """Minutes of trips by a linear model of the first 30,000 of January; the rest is reference, February current."""
    january, february = (
        pl.read_parquet(folder / f"green_tripdata_{year}-{month}.parquet")
        .with_columns(y_true=(pl.col("lpep_dropoff_datetime") - pl.col("lpep_pickup_datetime")).dt.total_seconds() / 60)
        .filter(pl.col("y_true").is_between(0, 60), pl.col("passenger_count").is_between(1, 8))
        for month in ("01", "02")
    )
    model = LinearRegression().fit(january[:30_000].select(TRIP).to_numpy(), january["y_true"][:30_000].to_numpy())
    reference, current = (
        rows.select(*TRIP, "y_true").with_columns(y_pred=pl.Series(model.predict(rows.select(TRIP).to_numpy())))
        for rows in (january[30_000:], february)
    )
    return reference, current, 2_500


def make_adult(file: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Whether a person earns over 50,000, by a logistic regression of a third of the rows; a third is reference."""
    rows = pl.read_csv(file, separator=";").sample(fraction=1.0, shuffle=True, seed=0)
    target = pl.Series((rows["salary-class"] == ">50K").to_numpy().astype(np.int64))
    features = rows.drop("salary-class", "age").columns
    coded = rows.select(pl.col(features), pl.col("age") // 5)
    model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression(max_iter=1_000))
    model.fit(coded[:10_000].to_numpy(), target[:10_000].to_numpy())
    score = model.predict_proba(coded.to_numpy())[:, 1]
    answers = {"y_true": target, "y_pred": (score > 0.5).astype(np.int64), "y_pred_proba": score}
    known = rows.drop("salary-class").with_columns(**{name: pl.Series(values) for name, values in answers.items()})
    return known[10_000:20_000], known[20_000:]
