"""Kruskal and Wallis' test agrees with SciPy's, ties and all."""

import numpy as np
import pytest
from scipy.stats import kruskal

from driftline.stats.ranks import kruskal_wallis


@pytest.mark.parametrize("digits", [0, 1, 8])
def test_as_scipy(digits):
    """The p-value is SciPy's to nine digits, for groups of different sizes, with many ties and with none."""
    random = np.random.default_rng(digits)
    groups = [random.normal(0.3 * k, 1, 4 + k).round(digits) for k in range(5)]
    assert kruskal(*groups).pvalue == pytest.approx(kruskal_wallis(groups), rel=1e-9)


def test_all_equal():
    """Values that are all equal differ nowhere."""
    assert 1.0 == kruskal_wallis([[2.0, 2.0], [2.0, 2.0, 2.0]])
