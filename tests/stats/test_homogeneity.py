"""The test of values with an order: by groups and by ranks together."""

import numpy as np
import pytest
from scipy import stats

from driftline.stats.homogeneity import homogeneity_p, ordered_homogeneity_p


def measure(random, n, draw, shift=0.0, scale=1.0):
    """p-values by groups, and together with ranks, of n rows against 1,000 in bins and groups of the latter."""
    reference, current = draw(random, 1_000), draw(random, n) * scale + shift
    edges = np.quantile(reference, np.linspace(0, 1, 129)[1:-1])
    now, was = (np.bincount(np.searchsorted(edges, side), minlength=128) for side in (current, reference))
    starts = np.arange(0, 128, 12)
    by_groups = homogeneity_p(np.add.reduceat(now, starts), np.add.reduceat(was, starts))
    return by_groups, ordered_homogeneity_p(by_groups, now, was)


def normal(random, n):
    return random.normal(size=n)


def spike(random, n):
    return np.where(random.random(n) < 0.02, random.exponential(size=n), 0.0)


@pytest.mark.parametrize("draw", [normal, spike])
@pytest.mark.parametrize("n", [30, 300])
def test_no_change(draw, n):
    """Of the p-values of no change at most 5 % and 1 % are up to that, of columns that are mostly one value as well."""
    random = np.random.default_rng([n, len(draw.__name__)])
    found = np.array([measure(random, n, draw)[1] for _ in range(1_000)])
    for level in (0.05, 0.01):
        assert np.count_nonzero(found <= level) <= stats.binom.ppf(0.999, found.size, level)


def test_a_small_shift_is_seen_sooner_and_a_scale_hardly_later():
    """Of shifts by 0.25 sd in 100 rows half as many again are seen as by groups, of scales times 1.5 nearly as many."""
    random = np.random.default_rng(5)
    shifts = np.array([measure(random, 100, normal, shift=0.25) for _ in range(300)]) <= 0.05
    scales = np.array([measure(random, 100, normal, scale=1.5) for _ in range(300)]) <= 0.05
    assert shifts[:, 1].sum() > 1.5 * shifts[:, 0].sum()
    assert scales[:, 1].sum() > 0.85 * scales[:, 0].sum()


@pytest.mark.parametrize(("now", "was"), [([0, 0], [5, 5]), ([0, 0], [0, 0]), ([30, 0], [900, 0]), ([29, 1], [900, 0])])
def test_nothing_to_rank(now, was):
    """Without rows, or with hardly any beside the most frequent value, the groups' p-value stands alone."""
    assert 0.25 == ordered_homogeneity_p(0.25, now, was)
