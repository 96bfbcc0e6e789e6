"""Quiet where nothing changed, loud where something did: random parts of one table, and stated shifts."""

from functools import cache

import numpy as np
import polars as pl
import pytest

from driftline.monitor import Monitor
from driftline.types import Level

REFERENCES, CHECKS, MOST = 10, 4, 0.05
SIZES = (100, 1000, 5000)


def table(n, random):
    """Twenty columns of mixed kinds, independent rows."""
    columns = {f"normal {i}": random.normal(100, 15, n) for i in range(3)}
    columns |= {f"log {i}": random.lognormal(0, 1 + i, n) for i in range(3)}
    columns |= {"cauchy": random.standard_cauchy(n), "pareto": random.pareto(1.5, n), "uniform": random.random(n)}
    columns |= {
        "count": random.poisson(3, n),
        "rare count": random.poisson(0.05, n),
        "price": random.gamma(2, 5, n).round(1),
    }
    columns |= {f"of {k}": np.char.add("c", random.zipf(1.5, n).clip(1, k).astype(str)) for k in (3, 20, 200)}
    columns |= {"zone_code": random.integers(1, 260, n), "flag": random.random(n) < 0.02}
    columns["at"] = pl.Series(random.integers(0, 80_000, n) * 1_000_000).cast(pl.Datetime("us"))
    frame = pl.DataFrame(columns)
    lacks = pl.Series(random.random(n) < 0.05)
    gone = pl.when(~lacks)
    return frame.with_columns(
        gone.then(random.normal(0, 1, n)).alias("holes"),
        gone.then(pl.col("of 20")).alias("words with holes"),
    )


def alerts(result):
    """What alerts, by column."""
    return {verdict.column or verdict.metric: verdict.metric for verdict in result if verdict.level is Level.ALERT}


@pytest.mark.slow
@pytest.mark.parametrize("n", SIZES)
def test_parts(n):
    """Of random parts of one table at most 5 % raise an alert in any of twenty columns, compared with another part."""
    loud = []
    for seed in range(REFERENCES):
        first, *others = table((1 + CHECKS) * n, np.random.default_rng([n, seed])).iter_slices(n)
        assert 20 == first.width
        monitor = Monitor.fit(first, window="none", describe=False)
        loud += [found for rows in others if (found := alerts(monitor.check(rows)))]
    assert len(loud) <= MOST * REFERENCES * CHECKS, loud


@cache
def usual(seed):
    """A monitor of 5,000 rows of a table, and the 1,000 that follow."""
    rows = table(6000, np.random.default_rng([7, seed]))
    return Monitor.fit(rows[:5000], window="none"), rows[5000:]


def half_deviation(rows):
    low, high = np.quantile(rows["normal 0"], [0.25, 0.75])
    return rows.with_columns(pl.col("normal 0") + 0.5 * (high - low) / 1.349)


def more_missing(rows):
    lacks = pl.Series(np.random.default_rng(0).random(rows.height) < 0.16)
    return rows.with_columns(pl.when(~lacks).then(pl.col("holes")).alias("holes"))


def new_category(rows):
    new = pl.Series(np.random.default_rng(0).random(rows.height) < 0.08)
    return rows.with_columns(pl.when(new).then(pl.lit("new")).otherwise(pl.col("of 20")).alias("of 20"))


def scaled(rows):
    return rows.with_columns(pl.col("log 0") * 100)


@pytest.mark.parametrize(
    ("shift", "column"),
    [(half_deviation, "normal 0"), (more_missing, "holes"), (new_category, "of 20"), (scaled, "log 0")],
    ids=["half a deviation", "missing 5 to 20 %", "a new category at 8 %", "times 100"],
)
@pytest.mark.parametrize("seed", range(3))
def test_power(shift, column, seed):
    """Each stated shift of 1,000 rows alerts, names its column and no other."""
    monitor, rows = usual(seed)
    found = monitor.check(shift(rows))
    assert [column] == list(alerts(found))
    assert column == found.findings[0].subject
