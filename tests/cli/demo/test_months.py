"""The two months of the story, and what is wrong with a folder that has none."""

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from driftline.cli.demo.months import Month, real, simulated
from driftline.cli.demo.trips import month
from driftline.errors import InputError


def test_days_part_the_month() -> None:
    """Each trip of the month is in one day; the stray ones are counted and in none."""
    _, february = simulated(seed=1)
    days = dict(february.days())
    assert [datetime.fromisoformat(f"2022-02-{day:02d}") for day in range(1, 29)] == list(days)
    assert february.stray == 1
    assert february.trips.height == february.stray + sum(trips.height for trips in days.values())


def test_end_of_the_year() -> None:
    """December ends where January begins."""
    assert datetime.fromisoformat("2023-01-01") == Month(datetime.fromisoformat("2022-12-01"), pl.DataFrame()).end


def test_first_consecutive_pair_is_taken(tmp_path: Path) -> None:
    """Of December, and February and March, the latter two follow each other."""
    trips = month(2022, 2, seed=1)[:20]
    for name in ("2021-12", "2022-02", "2022-03"):
        trips.write_parquet(tmp_path / f"green_tripdata_{name}.parquet")
    expected = ["2022-02", "2022-03"]
    assert expected == [found.label for found in real(tmp_path)]


def test_folder_without_files(tmp_path: Path) -> None:
    """The message names the folder and what is expected in it."""
    with pytest.raises(InputError, match="green_tripdata_YYYY-MM") as caught:
        real(tmp_path)
    assert str(tmp_path) in str(caught.value)
    with pytest.raises(InputError, match="no such folder"):
        real(tmp_path / "absent")


@pytest.mark.parametrize(
    ("trips", "told"),
    [
        (None, "not a readable Parquet file"),
        (month(2022, 1, 1)[:5].drop("fare_amount", "tip_amount"), "lacks the columns fare_amount, tip_amount"),
        (month(2022, 1, 1)[:5].cast({"trip_distance": pl.String}), "trip_distance is String"),
        (month(2022, 1, 1)[:0], "no rows"),
    ],
)
def test_damaged_file(tmp_path: Path, trips: pl.DataFrame | None, told: str) -> None:
    """A file that is damaged or of other columns is named, with what is wrong."""
    path = tmp_path / "green_tripdata_2022-01.parquet"
    good = tmp_path / "green_tripdata_2022-02.parquet"
    month(2022, 2, 1)[:5].write_parquet(good)
    if trips is None:
        path.write_bytes(good.read_bytes()[:-100])
    else:
        trips.write_parquet(path)
    with pytest.raises(InputError, match=told) as caught:
        real(tmp_path)
    assert str(path) in str(caught.value)
