"""Pictures: bars of both sides over the same values, which sum to all rows."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from driftline.monitor import Monitor

RANDOM = np.random.default_rng(4)
COLUMNS = {
    "normal": RANDOM.normal(5, 2, 2000), "heavy": RANDOM.standard_cauchy(2000), "few": RANDOM.integers(0, 5, 2000),
    "constant": [7.0] * 2000, "many": RANDOM.choice([f"c{i}" for i in range(50)], 2000),
    "flag": RANDOM.random(2000) < 0.1, "holes": [None, 1.5] * 1000, "odd": [np.nan, np.inf, -np.inf, 1.0] * 500,
    "empty": pl.Series([None] * 2000, dtype=pl.Float64),
    "at": pl.Series(RANDOM.integers(0, 10**14, 2000)).cast(pl.Datetime("us")),
}  # fmt: skip


@pytest.fixture(scope="module")
def drawn():
    """Bars by column."""
    frame = pl.DataFrame(COLUMNS)
    current = frame[:500].with_columns(pl.col("normal") * 3, pl.lit("new").alias("many"))
    return {each.column.name: each.bars for each in Monitor.fit(frame).check(current).distributions}


@pytest.mark.parametrize("name", COLUMNS)
def test_bars_are_all_rows(drawn, name):
    """The bars of each side sum to its rows, none is negative, and they are few."""
    bars = drawn[name]
    assert 2 <= len(bars) <= 30 or name in {"constant", "empty"}
    for side in ("reference", "current"):
        shares = [getattr(bar, side) for bar in bars]
        assert min(shares) >= 0
        assert pytest.approx(1, abs=1e-9) == sum(shares)


def test_special(drawn):
    """Missing, NaN, infinite and new values are bars of their own."""
    special = {
        name: {bar.label: (bar.reference, bar.current) for bar in bars if bar.special} for name, bars in drawn.items()
    }
    assert {"missing": (0.5, 0.5)} == special["holes"]
    assert {"NaN": (0.25, 0.25), "infinite": (0.5, 0.5)} == special["odd"]
    assert {"new values": (0.0, 1.0)} == special["many"]
    assert {} == special["normal"]


def test_bounds(drawn):
    """Numeric bars are in order, without gaps; the labels of dates are dates."""
    bars = drawn["normal"]
    for left, right in pairwise(bars):
        assert left.high == right.low
    assert all("197" in bar.label for bar in drawn["at"])


def test_shares_of_a_few_values(drawn):
    """Where values are few, each is a bar with its exact share."""
    counts = np.bincount(COLUMNS["few"]) / 2000
    assert counts.tolist() == [bar.reference for bar in drawn["few"]]
