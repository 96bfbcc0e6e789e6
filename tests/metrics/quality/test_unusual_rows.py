"""Rows that are unusual as a whole."""

import numpy as np
import polars as pl
import pytest

from driftline import ConfigError, Monitor


def draw(random: np.random.Generator, rows: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": [f"trip {at}" for at in range(rows)],
            "far": random.lognormal(size=rows),
            "fare": random.normal(20, 5, rows),
            "zone": random.choice(["centre", "north", "harbour"], rows, p=[0.9, 0.08, 0.02]),
        }
    )


def fit(rows: pl.DataFrame) -> Monitor:
    return Monitor.fit(rows, outliers=True, id="id", derive=False)


def share(result):
    return next(verdict for verdict in result if verdict.metric == "unusual_rows")


def test_rows_like_the_reference_are_as_often_unusual():
    """Of new rows drawn alike about 1 % are unusual, and nothing is told, in 20 of 20 draws."""
    random = np.random.default_rng(0)
    monitor, shares = fit(draw(random, 5_000)), []
    for _ in range(20):
        found = share(monitor.check(draw(random, 1_000)))
        assert "ok" == found.level
        shares.append(found.value)
    assert np.mean(shares) == pytest.approx(0.01, abs=0.003)


def test_odd_rows_are_told_with_their_columns():
    """Rows with several odd values are a warning that names the columns."""
    random = np.random.default_rng(1)
    odd = draw(random, 1_000)[:60].with_columns(far=pl.lit(12.0), fare=pl.lit(38.0))
    found = share(fit(draw(random, 5_000)).check(pl.concat([draw(random, 940), odd])))
    assert "warning" == found.level
    assert found.value == pytest.approx(0.07, abs=0.01)
    assert "mostly by " in found.reason
    assert "fare" in found.reason


def test_scores_of_rows():
    """Each row has its score, and an unusual one the columns that make it so, beside its id."""
    random = np.random.default_rng(2)
    monitor = fit(draw(random, 5_000))
    rows = pl.DataFrame(
        {
            "id": ["usual", "odd", "none"],
            "far": [1.0, 1.0, None],
            "fare": [20.0, 60.0, None],
            "zone": ["centre", "new", None],
        }
    )
    scores = monitor.score_rows(rows)
    assert ["id", "score", "unusual", "why"] == scores.columns
    assert [False, True, True] == scores["unusual"].to_list()
    assert {"fare", "zone"} == set(scores["why"][1][:2])
    assert [] == scores["why"][0].to_list()
    assert (scores["score"] >= 0).all()


def test_as_good_as_a_forest():
    """Rows that are odd in many columns are ranked as well as by scikit-learn's isolation forest."""
    ensemble = pytest.importorskip("sklearn.ensemble", reason="scikit-learn is not installed: make test")
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed: make test")
    random = np.random.default_rng(3)
    names = [f"x{at}" for at in range(6)]
    reference = pl.DataFrame(random.normal(size=(4_000, 6)), names)
    strange = random.normal(size=(200, 6)) * random.choice([1.0, 2.5], (200, 6))
    current = pl.DataFrame(np.concatenate((random.normal(size=(2_000, 6)), strange)), names)
    truth = np.arange(2_200) >= 2_000
    ours = Monitor.fit(reference, outliers=True, derive=False).score_rows(current)["score"]
    forest = ensemble.IsolationForest(random_state=0, n_jobs=1).fit(reference.to_numpy())
    theirs = -forest.score_samples(current.to_numpy())
    assert metrics.roc_auc_score(truth, ours) >= metrics.roc_auc_score(truth, theirs) - 0.01


def test_not_asked_for():
    """Without the setting there is no such verdict, and scores are refused in words."""
    rows = draw(np.random.default_rng(4), 500)
    monitor = Monitor.fit(rows, id="id")
    assert not [verdict for verdict in monitor.check(rows) if verdict.metric == "unusual_rows"]
    with pytest.raises(ConfigError, match="outliers: true"):
        monitor.score_rows(rows)


def test_a_pack_keeps_it(tmp_path):
    """A pack scores rows as the monitor that it was saved from."""
    random = np.random.default_rng(5)
    monitor, rows = fit(draw(random, 2_000)), draw(random, 100)
    monitor.save(tmp_path / "m.pack")
    assert monitor.score_rows(rows).equals(Monitor.load(tmp_path / "m.pack").score_rows(rows))
