"""Adjusted p-values against SciPy."""

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from driftline.stats.multiple_testing import benjamini_hochberg


@pytest.mark.parametrize("n", [1, 2, 300])
def test_agrees_with_scipy(n):
    """Without nan the adjusted p-values are SciPy's, ties and zeros included."""
    p_values = np.random.default_rng(n).random(n).round(2) ** 3
    assert false_discovery_control(p_values) == pytest.approx(benjamini_hochberg(p_values), rel=1e-12)


def test_nan_is_no_test():
    """What is nan stays nan, and the others are adjusted as if it were not there."""
    adjusted = benjamini_hochberg([np.nan, 0.01, 0.04, np.nan])
    assert [True, False, False, True] == np.isnan(adjusted).tolist()
    assert [0.02, 0.04] == pytest.approx(adjusted[1:3])


def test_nothing_to_adjust():
    """No p-values, or none but nan, come back as they are."""
    assert [] == benjamini_hochberg([]).tolist()
    assert np.isnan(benjamini_hochberg([np.nan, np.nan])).all()


def test_false_discoveries_are_held():
    """Among 50 tests of nothing, one stands out at 5% in about 5% of families."""
    families = np.random.default_rng(0).random((2000, 50))
    assert 0.035 <= np.mean([benjamini_hochberg(family).min() <= 0.05 for family in families]) <= 0.065
