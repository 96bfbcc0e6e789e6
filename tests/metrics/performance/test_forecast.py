"""Prediction intervals and the scaled error of forecasts."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from driftline import registry

SAID = {"target": "y", "prediction": "p", "timestamp": "t", "lower": "low", "upper": "high"}
START = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


def series(rng, n):
    y = np.cumsum(rng.normal(0, 1, n))
    p = y + rng.normal(0, 0.8, n)
    t = pl.Series([START + dt.timedelta(hours=i) for i in range(n)])
    return {"t": t, "y": y, "p": p, "low": p - 1.2, "high": p + 1.2}


def test_interval_coverage_and_width(folded, measure):
    """The share inside, ends included, how many lie on each side, and the mean width."""
    rows = {"y": [1.0, 2.0, 3.0, 4.0, 5.0, None], "p": [1.0] * 6, "low": [1.0, 3.0, 0.0, 0.0, 9.0, 0.0]}
    rows["high"] = [1.0, 4.0, 2.0, float("inf"), 1.0, 1.0]
    profile = folded(rows, **{name: column for name, column in SAID.items() if name != "timestamp"})
    found = measure("interval_coverage", profile)
    assert (0.4, 5, "1 target below, 1 above, 1 interval upside down") == (found.value, found.n, found.says)
    assert (0.75, 4) == (measure("interval_width", profile).value, measure("interval_width", profile).n)


def test_intervals_cover(coverage):
    """Wilson's interval of the coverage and the t-interval of the width cover."""
    rng = np.random.default_rng(0)

    def draw(n):
        y, spread = rng.normal(0, 1, n), rng.exponential(1, n)
        return {"y": y, "p": np.zeros(n), "low": -spread, "high": spread}

    said = {name: column for name, column in SAID.items() if name != "timestamp"}
    found = coverage(("interval_coverage", "interval_width"), draw, 100, 300, **said)
    assert {} == {name: held for name, held in found.items() if held < 0.91}


def test_scaled_error(folded):
    """The mean absolute error over the mean absolute step of the reference, in whatever order its rows come."""
    rng = np.random.default_rng(1)
    rows, now = series(rng, 3000), series(rng, 500)
    shuffled = pl.DataFrame(rows).sample(fraction=1, shuffle=True, seed=0)
    reference = folded({name: shuffled[name] for name in shuffled.columns}, **SAID)
    found = registry.find("metrics", "mase")(folded(now, reference.plan), reference)
    naive = np.abs(np.diff(rows["y"])).mean()
    assert np.abs(now["y"] - now["p"]).mean() / naive == pytest.approx(found.value, rel=1e-9)
    assert np.abs(rows["y"] - rows["p"]).mean() / naive == pytest.approx(found.reference.value, rel=1e-9)
    assert found.low < found.value < found.high


ODD = [float("nan"), float("inf"), -float("inf"), 1.7e308, -1.7e308, 1e-300, 0.0, None]


@pytest.mark.parametrize("y", [ODD, [1.0] * 8, [0.0] * 8, [None] * 8])
@pytest.mark.parametrize(
    ("low", "high"), [(ODD, ODD[::-1]), (ODD[::-1], ODD), ([2.0] * 8, [1.0] * 8), ([None] * 8, ODD)]
)
def test_bad_rows(total, folded, y, low, high):
    """Odd targets and ends give a number in its range, or none."""
    reference = folded(series(np.random.default_rng(2), 50), **SAID)
    for rows in (0, 1, 8):
        values = {"y": y, "p": low, "low": low, "high": high}
        columns = {name: pl.Series(part[:rows], dtype=pl.Float64) for name, part in values.items()}
        columns["t"] = pl.Series([START] * rows, dtype=pl.Datetime("us", "UTC"))
        total(("interval_coverage", "interval_width"), columns, reference.plan)
        odd = folded(columns, reference.plan)
        for now, was in ((odd, reference), (reference, odd), (odd, odd)):
            found = registry.find("metrics", "mase")(now, was)
            assert found.value is None or found.low is None or found.low <= found.value
            assert found.value is None or found.high is None or found.value <= found.high
