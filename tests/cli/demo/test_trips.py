"""The simulated trips."""

from datetime import datetime

import numpy as np
import polars as pl
import pytest

from driftline.cli.demo.city import build, pace, rhythm
from driftline.cli.demo.model import PICKUP, TRAINING_ROWS, Linear, keep, mae
from driftline.cli.demo.trips import SCHEMA, TOGETHER, month

SEED = 3


@pytest.fixture(scope="module")
def january() -> pl.DataFrame:
    return month(2022, 1, SEED)


def test_schema_is_that_of_the_tlc(january: pl.DataFrame) -> None:
    """Names, order and types are those of the green-taxi files."""
    expected = (
        "VendorID lpep_pickup_datetime lpep_dropoff_datetime store_and_fwd_flag RatecodeID PULocationID DOLocationID "
        "passenger_count trip_distance fare_amount extra mta_tax tip_amount tolls_amount ehail_fee "
        "improvement_surcharge total_amount payment_type trip_type congestion_surcharge"
    )
    assert expected.split() == january.columns
    assert pl.Schema(SCHEMA) == january.schema


def test_same_seed_same_trips(january: pl.DataFrame) -> None:
    """A seed names its trips; another seed or month gives others."""
    assert january.equals(month(2022, 1, SEED))
    assert not january.equals(month(2022, 1, SEED + 1))
    assert month(2022, 2, SEED)[PICKUP].dt.month().mode().item() == 2


def test_rhythm_of_the_week(january: pl.DataFrame) -> None:
    """Trips by weekday and hour follow the declared rhythm, and hours vary more than chance alone makes them."""
    clock = pl.col(PICKUP)
    inside = january.filter(clock >= datetime.fromisoformat("2022-01-03"), clock < datetime.fromisoformat("2022-01-31"))
    counts = inside.group_by(clock.dt.date().alias("day"), clock.dt.hour().alias("hour")).len()
    table = np.zeros((28, 24))
    for day, hour, n in counts.iter_rows():
        table[day.day - 3, hour] = n
    expected = rhythm()[np.arange(28) % 7]
    assert np.corrcoef(table.ravel(), expected.ravel())[0, 1] > 0.95
    assert np.mean((table - expected) ** 2 / expected) > 1.3
    assert abs(table.sum() / expected.sum() - 1) < 0.05


def test_city_has_few_popular_zones_and_near_destinations(january: pl.DataFrame) -> None:
    """The busiest tenth of the zones has most pickups; trips end nearer than chance would take them."""
    city = build(SEED)
    assert np.sort(city.pickup)[-24:].sum() > 0.5
    ways = january.filter(pl.col("trip_distance").is_between(0.01, 100))["trip_distance"]
    assert float(ways.mean()) < 0.6 * city.miles.mean()  # type: ignore[arg-type]
    assert pace()[0, 17] > 1.3 * pace()[0, 3]


def test_odd_rows_are_there(january: pl.DataFrame) -> None:
    """Missing together on a tenth, negative fares, absurd distances, endless meters and one date of 2009."""
    missing = january.select(pl.col(TOGETHER).is_null()).unique()
    assert missing.height == 2
    assert january["passenger_count"].is_null().mean() == pytest.approx(0.1, abs=0.01)
    assert january["ehail_fee"].null_count() == january.height
    assert 100 < january.filter(pl.col("fare_amount") < 0).height < 400
    assert january.filter(pl.col("trip_distance") > 9_000 - 1).height == 6
    assert january.filter(pl.col(PICKUP).dt.year() == 2009).height == 1
    minutes = (pl.col("lpep_dropoff_datetime") - pl.col(PICKUP)).dt.total_minutes()
    assert january.filter(minutes > 1000).height > 100


def test_total_is_the_sum_of_its_parts(january: pl.DataFrame) -> None:
    """What is charged adds up, refunds included."""
    parts = ("fare_amount", "extra", "mta_tax", "tip_amount", "tolls_amount", "improvement_surcharge")
    paid = january.filter(pl.col("congestion_surcharge").is_not_null())
    gap = paid["total_amount"] - paid.select(pl.sum_horizontal(*parts, "congestion_surcharge")).to_series()
    assert float(gap.abs().max()) < 0.006  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_linear_model_is_decent_but_not_perfect(seed: int) -> None:
    """The mean absolute error is about four minutes, on new trips as on those learnt from."""
    kept = keep(month(2022, 1, seed))
    model = Linear.fit(kept[:TRAINING_ROWS])
    for part in (kept[:TRAINING_ROWS], kept[TRAINING_ROWS:]):
        assert 3.4 < mae(model.answer(part)) < 4.4
