"""Rows that are unusual as a whole."""

import numpy as np
import polars as pl
import pytest

from driftline import ConfigError, Monitor
from driftline.config.load import load_config
from driftline.config.settings import Config


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


def test_a_forest_is_as_good_as_scikit_learns():
    """With `outliers: forest` rows are ranked as by scikit-learn's isolation forest.

    Of rows odd in size, and in what goes together, the area under the ROC curve is within 0.03, and the ranks of all
    rows agree to 0.9.
    """
    ensemble = pytest.importorskip("sklearn.ensemble", reason="scikit-learn is not installed: make test")
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed: make test")
    random = np.random.default_rng(6)

    def rows(n: int) -> np.ndarray:
        table = random.normal(size=(n, 6))
        table[:, 1] = 2 * table[:, 0] + random.normal(size=n) / 3
        return table

    names = [f"x{at}" for at in range(6)]
    reference, truth = rows(4_000), np.arange(2_200) >= 2_000
    ours = Monitor.fit(pl.DataFrame(reference, names), outliers="forest", derive=False)
    theirs = ensemble.IsolationForest(random_state=0, n_jobs=1).fit(reference)
    far, apart = rows(200), rows(200)
    far[np.arange(200), random.integers(0, 6, 200)] += random.choice([-5, 5], 200)
    apart[:, 1] *= -1
    for odd in (far, apart):
        current = np.concatenate((rows(2_000), odd))
        scores = ours.score_rows(pl.DataFrame(current, names))["score"].to_numpy(), -theirs.score_samples(current)
        assert metrics.roc_auc_score(truth, scores[0]) == pytest.approx(
            metrics.roc_auc_score(truth, scores[1]), abs=0.03
        )
        ranks = [score.argsort().argsort() for score in scores]
        assert np.corrcoef(*ranks)[0, 1] > 0.9


def test_a_forest_is_part_of_the_plan(tmp_path):
    """Rows like the reference are as often unusual; odd ones are told and kept with why; a pack scores alike."""
    random = np.random.default_rng(7)
    reference = draw(random, 5_000)
    monitor = Monitor.fit(reference, outliers="forest", id="id", derive=False, sample={"worst": 3}, segments=["zone"])
    shares = [share(monitor.check(draw(random, 1_000))) for _ in range(10)]
    assert {"ok"} == {str(found.level) for found in shares}
    assert np.mean([found.value for found in shares]) == pytest.approx(0.01, abs=0.005)
    odd = draw(random, 60).with_columns(far=pl.lit(12.0), fare=pl.lit(38.0), id=pl.lit("odd"))
    result = monitor.check(pl.concat([draw(random, 940), odd]))
    assert "warning" == share(result).level
    assert {"zone=centre", "zone=north", "zone=harbour"} <= {v.segment for v in result if v.metric == "unusual_rows"}
    worst = next(section for section in result.sections if section.name == "worst-rows")
    assert ["odd", "odd", "odd"] == [row.cells[0] for row in worst.rows]
    assert "by fare" in str(worst.rows[0].cells[2])
    monitor.save(tmp_path / "m.pack")
    loaded = Monitor.load(tmp_path / "m.pack")
    assert monitor.score_rows(odd).equals(loaded.score_rows(odd))
    assert monitor.plan.fingerprint == loaded.plan.fingerprint


def test_a_forest_takes_any_value():
    """Missing and infinite numbers and new labels are scored too, alone and in any batch alike."""
    monitor = Monitor.fit(draw(np.random.default_rng(8), 1_000), outliers="forest", id="id", derive=False)
    rows = pl.DataFrame(
        {
            "id": ["none", "far", "new"],
            "far": [None, float("inf"), 1.0],
            "fare": [float("nan"), -float("inf"), 20.0],
            "zone": [None, "centre", "moon"],
        }
    )
    scores = monitor.score_rows(rows)
    assert [False, True] == scores["unusual"].to_list()[:1] + scores["unusual"].to_list()[1:2]
    assert np.isfinite(scores["score"].to_numpy()).all()
    assert scores["score"].to_list() == [monitor.score_rows(rows[at : at + 1])["score"].item() for at in range(3)]


@pytest.mark.parametrize(("said", "meant"), [(True, "tails"), ("true", "tails"), (False, "none"), ("forest", "forest")])
def test_words_of_the_setting(said, meant):
    """True and false stand for tails and none, also as text of the environment."""
    assert meant == Config(outliers=said).outliers


def test_an_unknown_word_is_refused():
    """The message says which words there are."""
    with pytest.raises(ConfigError, match="outliers: expected one of none, tails, forest, got 'trees'"):
        load_config(None, {}, {"outliers": "trees"})


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
