"""The chance of values beyond the extremes of a reference is that of the authority, and of ranks drawn by lot."""

import numpy as np
import pytest
from scipy import stats

from driftline.stats.ranks import beyond_ends_p


@pytest.mark.parametrize(("n", "m"), [(1, 2), (30, 1_000), (1_000, 1_000), (1_000, 10_000), (100_000, 30)])
@pytest.mark.parametrize("ends", [1, 2])
def test_authority(n, m, ends):
    """It is the tail of the beta-binomial distribution of what the extremes leave outside (SciPy, to ten digits)."""
    counts = sorted({0, 1, 2, 7, n // 3, n} & set(range(n + 1)))
    expected = [float(stats.betabinom.sf(k - 1, n, ends, m + 1 - ends)) for k in counts]
    assert expected == pytest.approx([beyond_ends_p(k, n, m, ends) for k in counts], rel=1e-6, abs=1e-10)


def test_no_distribution_alerts_more_often():
    """Of samples of one distribution, no more have a p-value up to 2 % than that, and with ties fewer."""
    random = np.random.default_rng(2)
    told = {"normal": 0, "counts": 0}
    for _ in range(4_000):
        for name, draw in (("normal", random.normal), ("counts", lambda size: random.poisson(3, size))):
            was, now = draw(size=300), draw(size=100)
            beyond = int(((now < was.min()) | (now > was.max())).sum())
            told[name] += beyond_ends_p(beyond, 100, 300, 2) <= 0.02
    assert told["counts"] < told["normal"] <= 102  # of 80 at most; more come in 1 % of cases


def test_too_few_to_have_extremes():
    """A reference that has no two extremes says nothing, and no value beyond is no evidence."""
    assert [1.0, 1.0] == [beyond_ends_p(5, 10, 1, 2), beyond_ends_p(0, 10, 100, 2)]
