"""The two months of the story: simulated, or read from the taxi commission's own files."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from driftline.cli.demo import trips
from driftline.cli.demo.model import FEATURES, PICKUP
from driftline.errors import InputError

NAMED = re.compile(r"green_tripdata_(\d{4})-(0[1-9]|1[0-2])\.parquet")
FILE = "a green-taxi month as the New York TLC publishes it"
EXPECTED = "two consecutive months of green_tripdata_YYYY-MM.parquet, as the New York TLC publishes them"


@dataclass(frozen=True)
class Month:
    """A calendar month and the trips of its file, some of which may be dated outside it."""

    first: datetime
    trips: pl.DataFrame

    @property
    def label(self) -> str:
        """Such as `2022-01`."""
        return f"{self.first:%Y-%m}"

    @property
    def end(self) -> datetime:
        """The first moment after the month."""
        return (self.first + timedelta(days=31)).replace(day=1)

    @property
    def stray(self) -> int:
        """How many trips have a pickup outside the month, or none: they are in no day."""
        inside = pl.col(PICKUP).is_between(self.first, self.end, closed="left")
        return self.trips.height - self.trips.filter(inside).height

    def days(self) -> Iterator[tuple[datetime, pl.DataFrame]]:
        """Each day of the month with the trips picked up on it."""
        day = self.first
        while day < self.end:
            after = day + timedelta(days=1)
            yield day, self.trips.filter(pl.col(PICKUP).is_between(day, after, closed="left"))
            day = after


def simulated(seed: int) -> tuple[Month, Month]:
    """January and February 2022 in the simulated city of that seed."""
    january, february = (Month(_first(2022, n), trips.month(2022, n, seed)) for n in (1, 2))
    return january, february


def real(folder: Path) -> tuple[Month, Month]:
    """The first two consecutive months among the folder's files.

    Raises:
        InputError: when there are no two, or a file cannot be read or lacks columns; it names the folder or file.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; expected a folder with {EXPECTED}")
    found = {}
    for path in sorted(folder.iterdir()):
        if match := NAMED.fullmatch(path.name):
            found[_first(int(match[1]), int(match[2]))] = path
    for first, path in sorted(found.items()):
        after = (first + timedelta(days=31)).replace(day=1)
        if after in found:
            return Month(first, read(path)), Month(after, read(found[after]))
    seen = ", ".join(path.name for path in found.values()) or "none"
    raise InputError(f"{folder}: expected {EXPECTED}; such files there: {seen}")


def read(path: Path) -> pl.DataFrame:
    """The trips of one file.

    Raises:
        InputError: when it is no readable Parquet file, has no rows, or its columns or their types are not as expected.
    """
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{path}: not a readable Parquet file ({_first_line(error)}); expected {FILE}") from error
    if missing := sorted(set(trips.SCHEMA) - {"ehail_fee"} - set(frame.columns)):
        raise InputError(f"{path}: lacks the columns {', '.join(missing)}; expected {FILE}")
    texts = [name for name in FEATURES if not frame.schema[name].is_numeric()]
    times = [name for name in (PICKUP, "lpep_dropoff_datetime") if frame.schema[name].base_type() is not pl.Datetime]
    if wrong := texts + times:
        kinds = ", ".join(f"{name} is {frame.schema[name]}" for name in wrong)
        raise InputError(f"{path}: {kinds}; expected numbers in the features and date-times for pickup and drop-off")
    if frame.is_empty():
        raise InputError(f"{path}: has no rows; expected {FILE}")
    return frame


def _first(year: int, number: int) -> datetime:
    return datetime(year, number, 1)  # noqa: DTZ001 - the files hold New York wall-clock times without a zone


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
