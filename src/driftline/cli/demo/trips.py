"""A simulator of taxi trips in the shape of the New York TLC's green-taxi files; no row is copied from them."""

from calendar import monthrange
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from driftline.cli.demo.city import City, build, pace, rhythm

SCHEMA: dict[str, pl.DataType] = {
    "VendorID": pl.Int64(),
    "lpep_pickup_datetime": pl.Datetime("us"),
    "lpep_dropoff_datetime": pl.Datetime("us"),
    "store_and_fwd_flag": pl.String(),
    "RatecodeID": pl.Float64(),
    "PULocationID": pl.Int64(),
    "DOLocationID": pl.Int64(),
    "passenger_count": pl.Float64(),
    "trip_distance": pl.Float64(),
    "fare_amount": pl.Float64(),
    "extra": pl.Float64(),
    "mta_tax": pl.Float64(),
    "tip_amount": pl.Float64(),
    "tolls_amount": pl.Float64(),
    "ehail_fee": pl.Null(),
    "improvement_surcharge": pl.Float64(),
    "total_amount": pl.Float64(),
    "payment_type": pl.Float64(),
    "trip_type": pl.Float64(),
    "congestion_surcharge": pl.Float64(),
}
TOGETHER = (
    "store_and_fwd_flag", "RatecodeID", "passenger_count", "payment_type", "trip_type", "congestion_surcharge",
)  # fmt: skip
"""Columns that are missing together, on about one trip in ten."""
MISSING = 0.10
PASSENGERS = (0.004, 0.868, 0.075, 0.013, 0.004, 0.02, 0.0155, 0.0003, 0.0002)
"""Shares of trips with 0, 1, … 8 passengers."""

Floats = NDArray[np.float64]
Clock = NDArray[np.datetime64]
Columns = dict[str, NDArray[Any]]


def month(year: int, number: int, seed: int) -> pl.DataFrame:
    """All trips of one calendar month, in order of pickup, about 2,200 a day.

    The same seed, year and month give the same rows; months of one seed share a city. About ten rows in a thousand
    are odd as in real files: refunds with negative fares, meters left running, absurd distances, one date in the past.

    >>> january = month(2022, 1, seed=7)
    >>> january.equals(month(2022, 1, seed=7)), january.width
    (True, 20)
    """
    rng = np.random.default_rng([seed, year, number])
    city = build(seed)
    pickup = _pickups(year, number, rng)
    n = pickup.size
    start = rng.choice(city.ids.size, n, p=city.pickup)
    end = city.dropoff(start, rng)
    miles = np.round(city.miles[start, end] * rng.lognormal(0, 0.25, n), 2)
    minutes = _minutes(city, pickup, start, miles, rng)
    columns: Columns = {
        "lpep_pickup_datetime": pickup,
        "PULocationID": city.ids[start],
        "DOLocationID": city.ids[end],
        "trip_distance": miles,
        "minutes": minutes,
    }
    columns |= _people(n, rng)
    columns |= _money(columns, city.downtown[end], rng)
    _oddities(columns, rng)
    duration = np.round(60 * columns.pop("minutes")).astype("m8[s]")
    columns["lpep_dropoff_datetime"] = columns["lpep_pickup_datetime"] + duration
    frame = pl.DataFrame(columns).with_columns(ehail_fee=None)
    return _forget(frame.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items()), rng)


def _pickups(year: int, number: int, rng: np.random.Generator) -> Clock:
    """Pickup times: a Poisson count an hour, whose mean varies by day and hour beyond the weekly rhythm."""
    first, days = monthrange(year, number)
    expected = rhythm()[(first + np.arange(days)) % 7]
    day = rng.gamma(400.0, 1 / 400.0, (days, 1))
    hour = rng.gamma(160.0, 1 / 160.0, (days, 24))
    counts = rng.poisson(expected * day * hour).ravel()
    hours = np.datetime64(f"{year:04d}-{number:02d}-01T00", "s") + np.arange(days * 24).astype("m8[h]")
    seconds = rng.integers(0, 3600, counts.sum()).astype("m8[s]")
    return np.sort(np.repeat(hours, counts) + seconds).astype("M8[us]")


def _hour_and_weekday(pickup: Clock) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    hours = pickup.astype("M8[h]").astype(np.int64)
    return hours % 24, (hours // 24 + 3) % 7  # 1970-01-01 was a Thursday


def _minutes(city: City, pickup: Clock, start: NDArray[np.int64], miles: Floats, rng: np.random.Generator) -> Floats:
    """How long trips take: by distance (long ones are faster), hour, pickup zone and luck."""
    hour, weekday = _hour_and_weekday(pickup)
    usual = pace()[weekday, hour] * (miles + 0.75) ** 0.94
    return usual * city.slow[start] * rng.lognormal(0, 0.38, miles.size)


def _people(n: int, rng: np.random.Generator) -> Columns:
    """Who drives and rides, and how they pay."""
    flat = rng.random(n) < 0.045
    return {
        "VendorID": np.where(rng.random(n) < 0.16, 1, 2),
        "store_and_fwd_flag": np.where(rng.random(n) < 0.01, "Y", "N"),
        "RatecodeID": np.where(flat, 5.0, rng.choice([1.0, 2.0, 3.0, 4.0], n, p=(0.9955, 0.0025, 0.0008, 0.0012))),
        "passenger_count": rng.choice(np.arange(9.0), n, p=PASSENGERS),
        "payment_type": rng.choice([1.0, 2.0, 3.0, 4.0], n, p=(0.61, 0.382, 0.006, 0.002)),
        "trip_type": np.where(flat & (rng.random(n) < 0.9), 2.0, 1.0),
    }


def _money(trips: Columns, downtown: NDArray[np.bool_], rng: np.random.Generator) -> Columns:
    """The meter, its surcharges, tolls and the tip, in dollars."""
    miles, n = trips["trip_distance"], downtown.size
    hour, weekday = _hour_and_weekday(trips["lpep_pickup_datetime"])
    flat = trips["RatecodeID"] == 5
    meter = 2.5 + 0.5 * np.round(2 * (1.9 * miles + 0.36 * trips["minutes"]) * rng.lognormal(0, 0.1, n))
    fare = np.where(flat, np.round(rng.gamma(4.0, 6.0, n), 2), meter)
    rush = (hour >= 16) & (hour < 20) & (weekday < 5)
    extra = np.where(flat, 0.0, np.where(rush, 1.0, np.where((hour >= 20) | (hour < 6), 0.5, 0.0)))
    tax = np.where(flat, 0.0, 0.5)
    tolls = np.where(rng.random(n) < np.clip((miles - 3) / 40, 0, 0.4), 6.55, 0.0)
    congestion = np.where(downtown, 2.75, 0.0)
    tips = (trips["payment_type"] == 1) & (rng.random(n) < 0.86)
    tip = np.where(tips, np.round(fare * rng.gamma(9.0, 0.024, n), 2), 0.0)
    return {
        "fare_amount": fare,
        "extra": extra,
        "mta_tax": tax,
        "tip_amount": tip,
        "tolls_amount": tolls,
        "improvement_surcharge": np.full(n, 0.3),
        "total_amount": np.round(fare + extra + tax + tip + tolls + congestion + 0.3, 2),
        "congestion_surcharge": congestion,
    }


def _oddities(trips: Columns, rng: np.random.Generator) -> None:
    """Write the odd rows of real files into the columns, in place."""
    n = trips["minutes"].size
    luck = rng.random(n)
    stopped, left_on, refund = luck < 0.015, (luck > 0.02) & (luck < 0.0235), (luck > 0.03) & (luck < 0.0335)
    trips["trip_distance"][stopped | (luck > 0.96)] = 0.0
    trips["minutes"][stopped] = rng.uniform(0, 0.5, stopped.sum())
    trips["minutes"][left_on] = rng.uniform(1380, 1440, left_on.sum())
    for name in ("fare_amount", "extra", "mta_tax", "improvement_surcharge"):
        trips[name][refund] *= -1
    for name in ("tip_amount", "tolls_amount", "congestion_surcharge"):
        trips[name][refund] = 0.0
    trips["payment_type"][refund] = rng.choice([3.0, 4.0], refund.sum())
    charged = (trips["fare_amount"], trips["extra"], trips["mta_tax"], trips["improvement_surcharge"])
    trips["total_amount"][refund] = np.sum(charged, axis=0)[refund]
    absurd = (
        (np.arange(6) + rng.random(6)) * n // 6
    )  # one in each sixth of the month: what is learnt from has seen some
    trips["trip_distance"][absurd.astype(np.int64)] = np.round(rng.uniform(9_000, 200_000, absurd.size), 2)
    trips["lpep_pickup_datetime"][rng.integers(n)] = np.datetime64("2009-01-01T00:34:01", "us")


def _forget(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Blank the columns that are missing together."""
    lost = pl.Series(rng.random(frame.height) < MISSING)
    return frame.with_columns(pl.when(~lost).then(pl.col(name)).alias(name) for name in TOGETHER)
