"""What is done to the broken days."""

from datetime import datetime

import polars as pl
import pytest

from driftline.cli.demo.faults import INCIDENTS, NEW_ZONE, on
from driftline.cli.demo.model import PICKUP, Linear, keep
from driftline.cli.demo.months import simulated


@pytest.fixture(scope="module")
def days() -> dict[int, pl.DataFrame]:
    """The days of the judged month, answered by a model of the first."""
    january, february = simulated(seed=4)
    model = Linear.fit(keep(january.trips))
    return {date.day: model.answer(keep(trips)) for date, trips in february.days()}


def change(days: dict[int, pl.DataFrame], day: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    date = datetime.fromisoformat(f"2022-02-{day:02d}")
    incident = on(date)
    assert incident is not None
    return days[day], incident.change(days[day], date)


def test_days_are_declared_once() -> None:
    """No day has two incidents, all are in every month, and other days have none."""
    declared = [day for incident in INCIDENTS for day in incident.days]
    assert sorted(set(declared)) == sorted(declared)
    assert max(declared) <= 28
    assert on(datetime.fromisoformat("2022-02-01")) is None


def test_narrower_ids_keep_their_values(days: dict[int, pl.DataFrame]) -> None:
    """Only the type of the zone ids differs."""
    before, after = change(days, 4)
    assert (pl.Int32, pl.Int32) == (after.schema["PULocationID"], after.schema["DOLocationID"])
    assert before.equals(after.cast({"PULocationID": pl.Int64, "DOLocationID": pl.Int64}))


def test_distances_become_text(days: dict[int, pl.DataFrame]) -> None:
    """No distance can be read as a number any more; nothing else differs."""
    before, after = change(days, 8)
    assert pl.String == after.schema["trip_distance"]
    assert after.height == after["trip_distance"].cast(pl.Float64, strict=False).null_count()
    assert before.drop("trip_distance").equals(after.drop("trip_distance"))


def test_outage_takes_the_day_hours(days: dict[int, pl.DataFrame]) -> None:
    """Nothing from 09:00 to 19:00, all else as it was."""
    before, after = change(days, 10)
    hour = pl.col(PICKUP).dt.hour()
    assert before.filter((hour < 9) | (hour >= 19)).equals(after)
    assert 0.3 < after.height / before.height < 0.6


def test_fares_rise_from_eight_on_the_first_day(days: dict[int, pl.DataFrame]) -> None:
    """35 % more, in fare and total alike, from the declared moment on."""
    before, after = change(days, 14)
    early = pl.col(PICKUP) < datetime.fromisoformat("2022-02-14T08:00")
    assert before.filter(early).equals(after.filter(early))
    late = before.filter(~early)
    more = after.filter(~early)["fare_amount"] - late["fare_amount"]
    assert float((more - 0.35 * late["fare_amount"]).abs().max()) < 0.006  # type: ignore[arg-type]
    assert before["fare_amount"].mean() < change(days, 16)[1]["fare_amount"].mean()  # type: ignore[operator]


def test_new_zone_takes_its_share(days: dict[int, pl.DataFrame]) -> None:
    """8 % of the pickups come from a zone that was never there."""
    before, after = change(days, 22)
    assert not (before["PULocationID"] == NEW_ZONE).any()
    assert (after["PULocationID"] == NEW_ZONE).mean() == pytest.approx(0.08, abs=0.002)


def test_stale_answers_are_the_same_answers_elsewhere(days: dict[int, pl.DataFrame]) -> None:
    """The predictions as a whole are the same, each one a row late; the inputs are untouched."""
    before, after = change(days, 24)
    assert before["prediction"].sort().equals(after["prediction"].sort())
    assert before["prediction"][:-1].equals(after["prediction"][1:])
    assert before.drop("prediction").equals(after.drop("prediction"))
