"""Whatever the rows, a drift metric has an estimate with finite numbers in order, or says none: never an exception."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftline import registry
from driftline.types import Kind

NUMBERS = (
    "kuiper",
    "cramer_von_mises",
    "anderson_darling",
    "energy",
    "mann_whitney",
    "welch",
    "student",
    "epps_singleton",
)
GROUPED = ("hellinger", "total_variation", "l_infinity", "kl", "g_test", "cramers_v")
LABELS = ("proportions", "fisher")
SIDES = {
    "none": [],
    "one": [1.5],
    "null": [None] * 40,
    "constant": [3.0] * 40,
    "two": [0.0, 1.0] * 30,
    "plain": np.linspace(-2, 5, 400).tolist(),
    "huge": [-1e300, 1e300, 5e299] * 20,
    "huger": [-1.7e308, 1.7e308, 1.6e308] * 20,
    "tiny": [1e-300, -1e-300, 3e-300] * 20,
    "denormal": [5e-324, 1e-323, 0.0] * 20,
    "mixed": [1e-300, 1e300, 0.0, 1.0] * 20,
    "infinite": [math.inf, -math.inf, math.nan, 1.0] * 20,
    "integers": [2.0**53, 2.0**53 + 2, 2.0**62, -(2.0**63)] * 20,
    "offset": (1e15 + np.arange(300) / 8).tolist(),
}
WORDS = {
    "none": [],
    "one": ["a"],
    "null": [None] * 9,
    "constant": ["a"] * 9,
    "two": ["a", "b"] * 9,
    "many": list("abcdef") * 9,
}


def check(name, sides):
    metric = registry.find("metrics", name)
    found = metric(*sides)
    if found is None:
        assert name in LABELS
        return
    if found.value is None:
        assert found.p_value is None or 0 <= found.p_value <= 1
        return
    assert metric.low is None or metric.low <= found.value
    assert metric.high is None or found.value <= metric.high
    assert found.low is None or found.low <= found.value
    assert found.high is None or found.value <= found.high
    assert found.p_value is None or 0 <= found.p_value <= 1
    assert all(not isinstance(value, float) or math.isfinite(value) for value in found.detail.values())


@pytest.mark.parametrize("was", [name for name in SIDES if name not in {"none", "null"}])
@pytest.mark.parametrize("now", SIDES)
def test_numbers(now, was, pair):
    """Each kind of numbers against each other, and a side without any."""
    sides = pair(SIDES[now], SIDES[was], "numeric")
    for name in NUMBERS + GROUPED:
        check(name, sides)
        check(name, sides[::-1])


@pytest.mark.parametrize("was", [name for name in WORDS if name not in {"none", "null"}])
@pytest.mark.parametrize("now", WORDS)
def test_labels(now, was, pair):
    """Each kind of labels against each other, and a side without any."""
    sides = pair(WORDS[now], WORDS[was], "categorical")
    for name in LABELS + GROUPED:
        check(name, sides)
        check(name, sides[::-1])


def test_nothing_to_compare_has_no_value(pair):
    """Without a finite number on one side there is no value, and no p-value; with the same values there is no drift."""
    none, same = pair([], SIDES["plain"]), pair(SIDES["plain"], SIDES["plain"])
    for name in NUMBERS + GROUPED:
        metric = registry.find("metrics", name)
        assert (None, None) == (metric(*none).value, metric(*none).p_value)
        found = metric(*same)
        assert found.value == pytest.approx(0, abs=1e-9)
        assert found.p_value == pytest.approx(1)
        assert found.low == pytest.approx(0, abs=1e-6) or found.low < 0


@settings(max_examples=60)
@given(
    now=st.lists(st.floats(allow_nan=True) | st.none() | st.integers(-3, 3).map(float), max_size=30),
    was=st.lists(st.floats(allow_nan=True) | st.integers(-3, 3).map(float), min_size=1, max_size=30),
)
def test_any_numbers(now, was, pair):
    """Any doubles, with missing ones among them."""
    sides = pair(now, was, "numeric")
    for name in NUMBERS + GROUPED:
        check(name, sides)


def test_facts_fit_together():
    """Each is described only, has a threshold, is windowed, names its source, and is for columns that it can read."""
    for name in NUMBERS + GROUPED + LABELS:
        metric = registry.find("metrics", name)
        assert (False, True, "drift") == (metric.judged, metric.windowed, metric.family)
        assert metric.threshold > 0
        assert "Source:" in metric.doc
        assert ("both" if name in {"mann_whitney", "welch", "student", *LABELS} else "up") == metric.worse
        assert (name in LABELS) == (Kind.NUMERIC not in metric.kinds)
