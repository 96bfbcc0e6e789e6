"""Stories of real rows: taxi trips, shared bikes and electricity, from a folder of these public data sets."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from stories.story import Chapter, NoRowsError, Rows, Story

FOLDER = "DRIFTLINE_TAXI_DATA"
"""Environment variable that names the folder."""
_HALF_HOURS = datetime(1996, 5, 7)  # noqa: DTZ001 - times of Sydney; the first row of the file
_PRICES = datetime(1997, 4, 8)  # noqa: DTZ001 - as above
_RIDES = datetime(2012, 1, 1)  # noqa: DTZ001 - times of Washington


_MIDNIGHT = 5 / 24
"""Of New York, in days of UTC."""
_MORNINGS = {2022: 11 / 24, 2023: 10 / 24}
"""Up to when of the holiday its hours show nothing but fewer rows.

In 2022 the trips from 7 to 9 and from 9 to 11 o'clock begin where those of other Mondays do (chi-square test of the
zones against five of them: p = 0.70 and 0.66); from 11 to 13 and 13 to 16 they do not (0.001, 0.004).
"""


@dataclass(frozen=True, kw_only=True)
class Real(Story):
    """A story of rows that are read; `read` gives those of a folder, without the reference cut off."""

    read: Callable[[Callable[[str], Path]], Rows]
    watched: int | None = None

    def draw(self, seed: int, rows: int = 1200) -> tuple[Rows, Rows]:  # noqa: ARG002 - they are as they are
        """Read them: the reference before `start`, and what is watched for `watched` days, or to the end."""
        table = self.read(_find)
        past, now = table.filter(pl.col("at") < self.start), table.filter(pl.col("at") >= self.start)
        return past, now if self.watched is None else now.filter(pl.col("at") < self.start + timedelta(self.watched))


def _find(name: str) -> Path:
    folder = os.environ.get(FOLDER)
    if not folder:
        raise NoRowsError(f"{FOLDER} is not set; it names the folder with {name}")
    path = Path(folder) / name
    if not path.is_file():
        raise NoRowsError(f"{FOLDER}={folder} has no {name}")
    return path


def _read_trips(year: int) -> Callable[[Callable[[str], Path]], Rows]:
    def read(find: Callable[[str], Path]) -> Rows:
        months = [pl.read_parquet(find(f"green_tripdata_{year}-{month}.parquet")) for month in ("01", "02")]
        return pl.concat(months, how="vertical_relaxed").rename({"lpep_pickup_datetime": "at"})

    return read


def _read_rides(find: Callable[[str], Path]) -> Rows:
    day = pl.col("dteday").str.to_datetime("%m/%d/%y")
    rows = pl.read_csv(find("bike_hour.csv")).with_columns(at=day + pl.duration(hours=pl.col("hr")))
    return rows.drop("dteday", "instant", "yr", "mnth", "season")  # these are the date once more


def _read_prices(find: Callable[[str], Path]) -> Rows:
    rows = pl.read_csv(find("elec2_skmultiflow.csv")).with_row_index()
    at = pl.lit(_HALF_HOURS) + pl.duration(minutes=30 * pl.col("index"))
    return rows.with_columns(at=at).drop("index")


def _tell_trips(year: int, holiday: float, *others: Chapter) -> Real:
    """A February of trips; on its holiday, the third Monday, people do not commute, which hours can show."""
    midnight = holiday + _MIDNIGHT
    return Real(
        name=f"taxi trips, February {year}", start=datetime(year, 2, 1), watched=28,  # noqa: DTZ001 - as above
        read=_read_trips(year), settings={"timezone": "America/New_York"},
        chapters=(
            *others,
            Chapter(("extra", "PULocationID", "DOLocationID", "volume"), midnight, midnight + 1, midnight + 3,
                slow=_MORNINGS[year], widths=("1h",)),
        ),
        limits={"1w": "four weeks teach no weeks"},
    )  # fmt: skip


_CASH_NIGHT = Chapter(("payment_type",), 6 + _MIDNIGHT, 6 + _MIDNIGHT + 4 / 24, 6 + _MIDNIGHT + 2, widths=("1h",))
"""The night to 7 February 2022: 100 of 131 trips from 0 to 4 o'clock paid in cash, in other nights about 45 %."""
_COLD = Chapter(
    ("store_and_fwd_flag", "RatecodeID", "passenger_count", "payment_type", "trip_type", "congestion_surcharge"),
    2 + _MIDNIGHT + 15 / 24, 4 + _MIDNIGHT, 4 + _MIDNIGHT + 2, widths=("1h",),
)  # fmt: skip
"""The frost of 3 and 4 February 2023: from the afternoon on more trips lack what a meter gives than a day before."""

STORIES = (
    _tell_trips(2022, 20, _CASH_NIGHT),
    _tell_trips(2023, 19, _COLD),
    Real(
        name="electricity, April to August 1997", start=_PRICES, watched=140, read=_read_prices, noted="nswprice",
        chapters=(
            Chapter(("vicprice", "vicdemand", "transfer"), 27, widths=("1d", "1w")),
            Chapter(("nswprice",), 59, 65, 75, widths=("1d",)),
            Chapter(("nswprice",), 46, slow=40, widths=("1d", "1w")),
            Chapter(("nswdemand",), 69, slow=14, widths=("1w",)),
        ),
        limits={"1h": "2 rows an hour, 30 are needed"},
    ),
    Real(
        name="shared bikes, 2012", start=_RIDES, read=_read_rides,
        chapters=(
            Chapter(("cnt", "registered", "casual"), 71, slow=14, widths=("1w",)),
            Chapter(("gap in time",), 302, 304, 330, widths=("1w",)),
        ),
        limits={"1h": "one row an hour, 30 are needed", "1d": "24 rows a day, 30 are needed"},
    ),
)  # fmt: skip
