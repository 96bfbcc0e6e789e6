"""Changes of correlation: found, rarely false, and the same from any split of the rows."""

import numpy as np
import polars as pl
import pytest

from driftline.config.settings import Config
from driftline.metrics.correlation import correlation
from driftline.profiles.batch import Batch
from driftline.profiles.fitting.fit import fit
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.comoments import Comoments
from driftline.stats import correlations
from driftline.types import Level


def pair(n, rho, heavy=False, seed=0):
    """Three columns that all correlate alike; with `heavy`, tails of Student's t with 3 degrees of freedom."""
    random = np.random.default_rng(seed)
    rows = random.multivariate_normal([0, 0, 0], np.full((3, 3), rho) + (1 - rho) * np.eye(3), n)
    if heavy:
        rows /= np.sqrt(random.chisquare(3, n) / 3)[:, None]
    return pl.DataFrame(rows, schema=["a", "b", "c"], orient="row")


def absorbed(plan, *frames):
    profile = Profile(plan)
    for frame in frames:
        profile.absorb(Batch(frame, "parquet"))
    return profile


def test_agrees_with_numpy():
    """With values near the middle the correlation is Pearson's, also where values are missing in one column."""
    rows = pair(3000, 0.6).with_columns(pl.when(pl.int_range(3000) % 7 > 0).then(pl.col("b")).alias("b"))
    plan = fit([rows], Config())
    found = correlations.pearson(absorbed(plan, rows).get(Comoments).total()[:4])
    there = rows.drop_nulls()
    assert pytest.approx(np.corrcoef(there["a"], there["b"])[0, 1], abs=0.003) == found[0, 1]
    assert pytest.approx(np.corrcoef(rows["a"], rows["c"])[0, 1], abs=0.003) == found[0, 2]


def test_change_is_told(numbers):
    """A pair that no longer hangs together is named, with both correlations; it is a warning."""
    now = pair(2000, 0.8, seed=1).with_columns(pl.col("c").shuffle(seed=1))
    verdict = numbers(pair(2000, 0.8), now)("correlation")
    assert Level.WARNING == verdict.level
    assert {"a and c", "b and c"} == {name for name, _, _ in verdict.detail["pairs"]}


@pytest.mark.parametrize("heavy", [False, True])
def test_rarely_false(heavy):
    """Where nothing changed, intervals leave 0 out in at most 10 %, and hardly any change is over the threshold."""
    told, over = 0, 0
    for i in range(100):
        was, now = pair(1000, 0.4, heavy, 2 * i), pair(500, 0.4, heavy, 2 * i + 1)
        plan = fit([was], Config())
        found = correlation(absorbed(plan, now), absorbed(plan, was))
        told, over = told + (found.low > 0), over + (found.low > 0 and found.value > 0.2)
    assert told <= 10
    assert over <= 2


def test_sample_of_many_rows():
    """Of many rows a sample is summed: the same sums whatever the split, and the same correlation within its error."""
    rows = pair(120_000, 0.5)
    plan = fit([rows], Config())
    whole = absorbed(plan, rows).get(Comoments)
    parts = absorbed(plan, rows[:7], rows[7:50_000], rows[50_000:]).get(Comoments)
    assert np.array_equal(whole.total(), parts.total())
    assert 8192 <= whole.total()[0, 0, 0] < 40_000
    assert 120_000 == whole.rows.sum()
    assert abs(correlations.pearson(whole.total()[:4])[0, 1] - 0.5) < 0.03


def test_too_few_pairs(numbers):
    """Under 200 pairs of values nothing is said."""
    assert "correlation" not in {verdict.metric for verdict in numbers(pair(500, 0.5), pair(150, 0.5, seed=1)).result}
