"""Schema, quality and description never fail on odd rows, and never call a number that is none ok."""

import math
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from driftline import registry
from driftline.config.settings import Config
from driftline.profiles.batch import Batch
from driftline.profiles.fitting.fit import fit
from driftline.profiles.profile import Profile
from driftline.testing.examples import measure
from driftline.types import ProfileKey
from driftline.verdicts.measure import measure_metric

METRICS = {
    "zeros", "negatives", "skewness", "kurtosis", "column_renamed", "freshness", "scale_changed", "duplicate_rows",
    "correlation", "distribution_type",
}  # fmt: skip
N = 300
ODD = {
    "empty": [],
    "one": [1.5],
    "null": [None] * N,
    "constant": [2.5] * N,
    "two values": [1.5, 2.5] * (N // 2),
    "not finite": [math.nan, math.inf, -math.inf] * (N // 3),
    "huge": [1e300, -1e300, 1.7e308] * (N // 3),
    "tiny": [1e-300, 5e-324, -1e-300] * (N // 3),
    "beyond 2**53": [2**60 + i for i in range(N)],
    "text": ["x"] * N,
    "dates": pl.Series([i * 1000 for i in range(N)]).cast(pl.Datetime("us")),
    "lists": [[1.0, 2.0]] * N,
}
USUAL = np.random.default_rng(0).normal(size=N)


def rows(values):
    """A table with the odd values beside usual ones."""
    series = pl.Series("x", values, strict=False)
    return pl.DataFrame([series, pl.Series("y", USUAL[: series.len()]), pl.Series("z", USUAL[: series.len()] * 2)])


@pytest.mark.parametrize("now", ODD)
@pytest.mark.parametrize("was", ["usual", "constant", "two values", "huge", "tiny", "text"])
def test_odd_rows(was, now):
    """Whatever the two sides hold: no error, no warning, and a number that is finite or says why it is none."""
    before = rows(USUAL if was == "usual" else ODD[was])
    plan = fit([before], Config())
    current, reference = Profile(plan), Profile(plan)
    current.absorb(Batch(rows(ODD[now]), "parquet"))
    reference.absorb(Batch(before, "parquet"))
    for name in METRICS:
        for reading in measure_metric(registry.find("metrics", name), plan, ProfileKey(), current, reference):
            found = reading.estimate
            numbers = (found.value, found.low, found.high, found.p_value)
            assert all(number is None or math.isfinite(number) for number in numbers)
            assert found.value is not None or found.why or not found.n


@pytest.mark.parametrize("strays", [1, 9])
@pytest.mark.parametrize("year", [1970, 2150])
def test_stray_dates_of_the_current_rows_count(strays, year):
    """Dates far before or after all dates of the reference are counted, exactly where they are alone in their bin."""
    days = [datetime(2024, 1, 1) + timedelta(days=day) for day in range(1000)]  # noqa: DTZ001 - dates of files
    current = [*days, *[datetime(year, 1, 1)] * strays]  # noqa: DTZ001 - dates of files
    estimate = measure("stray_dates", {"at": current}, {"at": days})
    assert strays / len(current) == pytest.approx(estimate.value)
    assert estimate.says.startswith(f"{strays} far from the others, such as {year}-01-01")
