"""Drift of the attributions that a service logs: their sizes, their order, and what is said of them."""

import numpy as np
import polars as pl
import pytest

from driftline import ConfigError, Monitor
from driftline.stats import attributions
from driftline.testing.examples import measure

SIZES = np.array([4.0, 2.0, 1.9, 0.5])
NAMES = ("km", "rain", "hour", "zone")


def draw(random: np.random.Generator, rows: int, sizes: np.ndarray = SIZES) -> pl.DataFrame:
    """Attributions whose sizes rise together, of these mean sizes."""
    together = random.exponential(size=(rows, 1))
    sign = random.choice([-1.0, 1.0], (rows, sizes.size))
    found = sign * sizes * (0.5 * together + 0.5 * random.exponential(size=(rows, sizes.size)))
    return pl.DataFrame({f"shap_{name}": found[:, at] for at, name in enumerate(NAMES)})


def facts(frame: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    sizes = np.abs(frame.to_numpy())
    return sizes.mean(axis=0), sizes.var(axis=0, ddof=1) / len(sizes)


def test_ndcg_is_that_of_scikit_learn():
    """SageMaker's nDCG has the reference's attributions as gains: scikit-learn's with them as true relevance."""
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed: make test")
    random = np.random.default_rng(0)
    for features in (2, 3, 8, 40):
        now, was = random.exponential(size=(2, features))
        expected = metrics.ndcg_score(was[None], now[None])
        assert expected == pytest.approx(float(attributions.ndcg(now, was)), rel=1e-12)


def test_intervals_hold_the_truth():
    """Over 300 draws each interval holds the true change, and the true nDCG, in at least 93 of 100."""
    random = np.random.default_rng(1)
    now = np.array([2.0, 4.0, 1.9, 0.5])
    changed, kept = (now - SIZES) / SIZES.sum(), float(attributions.ndcg(now, SIZES))
    held = np.zeros(4)
    ordered = 0
    for _ in range(300):
        sides = *facts(draw(random, 300, now)), *facts(draw(random, 300))
        _, low, high, _ = attributions.changes(*sides)
        held += (low <= changed) & (changed <= high)
        _, least, most = attributions.ndcg_interval(*sides)
        ordered += least <= kept <= most
    assert (held >= 0.92 * 300).all()
    assert ordered >= 0.93 * 300


def test_same_attributions_are_no_finding():
    """Of rows drawn alike nothing is told, in 10 of 10 draws, also where two features are near a tie."""
    random = np.random.default_rng(2)
    monitor = Monitor.fit(draw(random, 3_000), attributions="shap_", derive=False)
    told = [v for _ in range(10) for v in monitor.check(draw(random, 500)) if v.level in {"warning", "alert"}]
    assert [] == told


def test_a_model_that_goes_by_another_feature_is_told():
    """Sizes that swap are an alert of the model, with sizes, ranks, and nDCG; columns are of the model's tier."""
    random = np.random.default_rng(3)
    monitor = Monitor.fit(draw(random, 3_000), attributions="shap_", derive=False)
    result = monitor.check(draw(random, 500, np.array([0.5, 2.0, 1.9, 4.0])))
    found = {(v.metric, v.column): v for v in result}
    order, km = found["attribution_ndcg", None], found["attribution_drift", "shap_km"]
    assert ("alert", "model") == (order.level, order.health)
    assert order.value == pytest.approx(float(attributions.ndcg(np.array([0.5, 2.0, 1.9, 4.0]), SIZES)), abs=0.03)
    assert "ranks: km 1 → 4, zone 4 → 1" in order.reason
    assert ("alert", "model") == (km.level, km.health)
    assert km.value == pytest.approx(-3.5 / 8.4, abs=0.05)
    assert "rank 1 → 4 of 4" in km.reason
    assert "ok" == found["attribution_drift", "shap_rain"].level


def test_by_segment():
    """Where one segment's attributions swap, that segment is told."""
    random = np.random.default_rng(4)

    def rows(swapped: bool) -> pl.DataFrame:
        other = np.array([0.5, 2.0, 1.9, 4.0]) if swapped else SIZES
        parts = (
            draw(random, 2_000).with_columns(town=pl.lit("a")),
            draw(random, 300, other).with_columns(town=pl.lit("b")),
        )
        return pl.concat(parts)

    result = Monitor.fit(rows(False), attributions="shap_", segments=["town"]).check(rows(True))
    levels = {v.segment: v.level for v in result if v.metric == "attribution_ndcg"}
    assert "alert" == levels["town=b"]
    assert "ok" == levels["town=a"]


def test_roles_one_by_one():
    """A role for single columns does as well; a column with another role stays what it is."""
    rows = draw(np.random.default_rng(5), 200)
    roles = {"shap_km": {"role": "attribution"}, "shap_rain": {"role": "attribution"}}
    assert "attribution" == {c.name: c.role for c in Monitor.fit(rows, columns=roles).columns}["shap_km"]
    kept = Monitor.fit(rows, attributions="shap_", columns={"shap_km": {"role": "feature"}})
    assert "feature" == {c.name: c.role for c in kept.columns}["shap_km"]


def test_bad_input():
    """A prefix that no column has is named; rows without attributions are unknown; all zeros have no share."""
    rows = draw(np.random.default_rng(6), 200)
    with pytest.raises(ConfigError, match="attributions: no column of the reference begins with 'lime_'"):
        Monitor.fit(rows, attributions="lime_")
    gone = rows.with_columns(shap_km=pl.lit(None, pl.Float64))
    levels = {v.metric: v.level for v in Monitor.fit(rows, attributions="shap_").check(gone)}
    assert "unknown" == levels["attribution_ndcg"]
    nothing = {"shap_km": [0.0] * 50, "shap_rain": [0.0] * 50}
    assert "all attributions of the reference are 0" == measure("attribution_drift", nothing, attributions="shap_").why
    assert 1.0 == measure("attribution_ndcg", nothing, attributions="shap_").value
