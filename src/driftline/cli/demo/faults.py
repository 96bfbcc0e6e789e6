"""The days that are broken on purpose: what was done to them, and what a watcher must name."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from driftline.cli.demo.model import PICKUP, PREDICTION

NEW_ZONE = 266
"""One above the highest zone id that the taxi commission has."""


@dataclass(frozen=True, kw_only=True)
class Incident:
    """Something done to some days of the judged month.

    `days` are days of the month. `change` gets the day's trips and the day's first moment. `upstream` says that it
    happens before the model sees the trips; otherwise it happens to what was logged. A watcher must raise an alert
    that names one of `named` (columns, titles of metrics such as "gap in time", or "model performance"); none means
    that it must stay quiet.
    """

    name: str
    days: tuple[int, ...]
    done: str
    named: tuple[str, ...]
    upstream: bool
    change: Callable[[pl.DataFrame, datetime], pl.DataFrame]


def narrow_ids(trips: pl.DataFrame, day: datetime) -> pl.DataFrame:  # noqa: ARG001 - all changes take the day
    """Zone ids as 32-bit integers: another type, the same values."""
    return trips.with_columns(pl.col("PULocationID", "DOLocationID").cast(pl.Int32))


def decimal_comma(trips: pl.DataFrame, day: datetime) -> pl.DataFrame:  # noqa: ARG001 - all changes take the day
    """Distances as text with a unit and a decimal comma, such as `2,87 mi`."""
    text = pl.col("trip_distance").cast(pl.String).str.replace(".", ",", literal=True) + " mi"
    return trips.with_columns(text.alias("trip_distance"))


def outage(trips: pl.DataFrame, day: datetime) -> pl.DataFrame:
    """No trips from 09:00 to 19:00."""
    lost = pl.col(PICKUP).is_between(day + timedelta(hours=9), day + timedelta(hours=19), closed="left")
    return trips.filter(~lost)


def dearer(trips: pl.DataFrame, day: datetime) -> pl.DataFrame:
    """Fares 35 % up from 08:00 on the first day of it, and all day after that."""
    first = day.replace(day=FARE_DAYS[0], hour=8)
    more = pl.when(pl.col(PICKUP) >= first).then(0.35 * pl.col("fare_amount")).otherwise(0.0).round(2)
    return trips.with_columns(pl.col("fare_amount") + more, pl.col("total_amount") + more)


def new_zone(trips: pl.DataFrame, day: datetime) -> pl.DataFrame:  # noqa: ARG001 - all changes take the day
    """Every twelfth pickup or so (8 %) comes from a zone that no trip came from before."""
    moved = pl.int_range(pl.len()) % 25 < 2
    zone = pl.when(moved).then(pl.lit(NEW_ZONE)).otherwise(pl.col("PULocationID")).cast(trips.schema["PULocationID"])
    return trips.with_columns(zone.alias("PULocationID"))


def stale(trips: pl.DataFrame, day: datetime) -> pl.DataFrame:  # noqa: ARG001 - all changes take the day
    """Every trip is answered with the prediction of the trip before it; as a whole the predictions stay the same."""
    late = pl.col(PREDICTION).shift(1).fill_null(pl.col(PREDICTION).last())
    return trips.with_columns(late.alias(PREDICTION))


FARE_DAYS = (14, 15, 16)

INCIDENTS = (
    Incident(
        name="narrower ids", days=(4,), done="zone ids arrive as Int32 (harmless: every value survives)",
        named=(), upstream=False, change=narrow_ids,
    ),
    Incident(
        name="schema change", days=(8,), done="trip_distance arrives as text such as '2,87 mi'",
        named=("trip_distance",), upstream=False, change=decimal_comma,
    ),
    Incident(
        name="outage", days=(10,), done="no trips from 09:00 to 19:00",
        named=("gap in time", "volume", PICKUP), upstream=True, change=outage,
    ),
    Incident(
        name="shifted fare", days=FARE_DAYS, done="fares 35 % up from 08:00 on the first of these days",
        named=("fare_amount",), upstream=True, change=dearer,
    ),
    Incident(
        name="new zone", days=(22,), done=f"8 % of the pickups come from zone {NEW_ZONE}, never seen before",
        named=("PULocationID",), upstream=True, change=new_zone,
    ),
    Incident(
        name="worse model", days=(24, 25), done="each trip gets the prediction of the trip before it, inputs as ever",
        named=("model performance",), upstream=False, change=stale,
    ),
)  # fmt: skip


def on(day: datetime) -> Incident | None:
    """What was done to that day, if anything.

    >>> on(datetime(2022, 2, 10)).name, on(datetime(2022, 2, 11))
    ('outage', None)
    """
    return next((incident for incident in INCIDENTS if day.day in incident.days), None)
