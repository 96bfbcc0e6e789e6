"""Sketches that no metric of a plan needs are not folded, and nothing that is measured misses them."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import driftline
from driftline import ConfigError, Monitor, registry
from driftline.profiles.plan import Plan
from driftline.types import ProfileKey
from driftline.verdicts.measure import omit_sketches

SOURCE = Path(driftline.__file__).parent


def rows(n, seed):
    """Rows of a regression with what every sketch on demand is made for, but rankings."""
    random = np.random.default_rng(seed)
    x, y = random.normal(size=(2, n))
    at = pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2024, 1, 9), eager=True, interval="1m")
    return pl.DataFrame({
        "at": at[:n], "x": x, "y": y, "shap_x": x / 2, "shap_y": y, "guess": 9 + x + y, "low": 7 + x + y,
        "high": 11 + x + y, "true": 9 + x + y + random.normal(size=n),
    })  # fmt: skip


ROLES = {
    "target": "true", "prediction": "guess", "timestamp": "at", "lower": "low", "upper": "high",
    "attributions": "shap_", "outliers": True, "window": "none", "sample": {"rows": 200},
    "model": {"task": "regression"},
}  # fmt: skip


def on_demand():
    """The sketches that are folded only where a metric needs them."""
    return {kind.__name__ for kind in registry.every("sketches").values() if kind.ON_DEMAND}


def test_nothing_else_reads_them():
    """A sketch on demand is read by no file but those of metrics that need it, and what some of them share."""
    metrics = registry.every("metrics")
    for name in on_demand():
        readers = {
            path.stem
            for path in SOURCE.rglob("*.py")
            if path != SOURCE / "metrics" / "base_like_rows.py"
            and (f"get({name})" in (text := path.read_text("utf-8")) or f"get_or_none({name})" in text)
        }
        assert readers <= {metric.name for metric in metrics.values() if metric.needs and metric.needs.__name__ == name}
        assert any(metric.needs and metric.needs.__name__ == name for metric in metrics.values())


@pytest.mark.parametrize("only", [("quality",), ("drift",), ("performance",)])
def test_what_is_measured_stays_the_same(only, monkeypatch):
    """With and without the sketches that a plan leaves out, every verdict is the same."""
    lean = Monitor.fit(rows(1_500, 1), only=only, **ROLES)
    monkeypatch.setattr("driftline.monitor.omit_sketches", lambda plan: plan)
    full = Monitor.fit(rows(1_500, 1), only=only, **ROLES)
    assert lean.plan.omitted
    assert set(lean.plan.omitted) < on_demand()
    assert () == full.plan.omitted
    now = rows(700, 2)
    told = [{(v.metric, v.column): (v.value, v.low, v.high, v.level) for v in each.check(now)} for each in (lean, full)]
    assert told[1] == told[0]
    assert not set(lean.plan.omitted) & set(lean.reference.profiles[ProfileKey()].states)


def test_all_is_folded_by_default():
    """A plan that leaves no metric out leaves no sketch out, and keeps its fingerprint."""
    plan = Monitor.fit(rows(500, 1), **ROLES).plan
    assert () == plan.omitted
    assert "omitted" not in plan.state()


def test_a_disabled_metric_needs_nothing():
    """What is left out is kept in the pack, so that current rows fold alike."""
    monitor = Monitor.fit(rows(500, 1), metrics={"duplicate_rows": {"enabled": False}}, **ROLES)
    assert ("Repeats",) == monitor.plan.omitted
    loaded = Plan.from_state(monitor.plan.state())
    assert all(getattr(loaded, f.name) is not None for f in fields(loaded) if f.name == "omitted")
    assert monitor.plan.fingerprint == loaded.fingerprint != replace(loaded, omitted=()).fingerprint


def test_a_segment_that_enables_it_needs_it():
    """A metric that is disabled but in one segment is still measured there."""
    segments = [{"name": "high", "where": "x > 0", "metrics": {"attribution_drift": {"enabled": True}}}]
    off = {name: {"enabled": False} for name in ("attribution_drift", "attribution_ndcg", "duplicate_rows")}
    monitor = Monitor.fit(rows(500, 1), segments=segments, metrics=off, **ROLES)
    assert ("Repeats",) == monitor.plan.omitted


def test_checks_and_detectors_need_theirs():
    """A check, or a detector of a metric's windows, has what it needs whatever `only` says."""
    more = {
        "checks": ["duplicate_rows <= 1%"], "detectors": [{"detector": "cusum", "windows": "unusual_rows"}],
    }  # fmt: skip
    monitor = Monitor.fit(rows(500, 1), only=["performance"], **more, **ROLES)
    assert not {"Repeats", "UnusualRows"} & set(monitor.plan.omitted)
    assert "Comoments" in monitor.plan.omitted
    verdict = next(v for v in monitor.check(rows(500, 2)) if v.metric == "duplicate_rows")
    assert verdict.value == 0


def test_a_check_that_comes_too_late_is_told():
    """A limit that is added after the fit, on what was not folded, is refused with what to do."""
    monitor = Monitor.fit(rows(500, 1), only=["performance"], **ROLES)
    with pytest.raises(ConfigError, match="'duplicate_rows' was left out when the reference was fitted"):
        monitor.expect("duplicate_rows <= 1%")


def test_it_is_the_plan_itself_where_all_is_measured():
    """Without `only` and disabled metrics nothing is looked for, for that would load all metrics."""
    plan = Monitor.fit(rows(500, 1), **ROLES).plan
    assert omit_sketches(plan) is plan
