"""Edges are searched as NumPy searches them, whatever they are."""

import numpy as np
import pytest

from driftline.profiles.columns.edges import Edges

LAWS = {
    "even": lambda random, n: random.random(n),
    "normal": lambda random, n: random.normal(size=n),
    "scores": lambda random, n: 1 / (1 + np.exp(-3 * random.normal(size=n))),
    "heavy tails": lambda random, n: random.pareto(1, n),
    "whole numbers": lambda random, n: np.floor(random.exponential(30, n)),
    "all sizes": lambda random, n: np.ldexp(random.normal(size=n), random.integers(-900, 1000, n)),
    "ends far out": lambda random, n: np.concatenate((random.normal(size=n - 4), [-1e9, -1e6, 1e7, 1e300])),
    "two values": lambda random, n: random.integers(0, 2, n).astype(float),
    "six values": lambda random, n: random.integers(0, 6, n) / 7,
}
ODD = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e308, -1e308, 5e-324]


@pytest.mark.parametrize("law", LAWS)
def test_places(law):
    """Of each number, at an edge, beside one, or odd, as many edges are below as NumPy finds."""
    random = np.random.default_rng(0)
    edges = np.unique(np.quantile(LAWS[law](random, 5_000), np.linspace(0, 1, 256), method="nearest"))
    beside = [edges, np.nextafter(edges, -np.inf), np.nextafter(edges, np.inf)]
    numbers = np.concatenate((LAWS[law](random, 3_000), *beside, ODD))
    searched = Edges(edges)
    assert np.array_equal(searched.find(numbers), np.searchsorted(edges, numbers))
    assert np.array_equal(searched.find(numbers[:10]), np.searchsorted(edges, numbers[:10]))


def test_no_edges():
    """Without an edge none is below."""
    assert not Edges(np.empty(0)).find(np.arange(3_000.0)).any()
