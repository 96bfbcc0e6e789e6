"""Metrics against the definitions that Evidently publishes, written out here, on values that are all edges of the plan.

Where Driftline defines a metric otherwise, the test holds the exact step from the one to the other.
"""

import numpy as np
import polars as pl
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from driftline.profiles.batch import Batch
from driftline.profiles.profile import Profile
from driftline.stats import divergence, proportions
from driftline.stats.homogeneity import homogeneity_p

from .conftest import ALL

NAMES = [*"abcdefgh"]


def close(expected):
    return pytest.approx(expected, rel=1e-9, abs=1e-15)


def replaced(share):
    """Shares of 0 stand in as 0.0001, or as a millionth of the smallest where that is no more than 0.0001."""
    least = share[share > 0].min()
    return np.where(share == 0, least / 1e6 if least <= 1e-4 else 1e-4, share)


DEFINITIONS = {
    "psi": lambda now, was: np.sum((was - now) * np.log(was / now)),
    "kl": lambda now, was: np.sum(was * np.log(was / now)),
    "jensen_shannon": lambda now, was: jensenshannon(was, now),
    "hellinger": lambda now, was: np.sqrt(1 - np.sum(np.sqrt(was * now))),
    "total_variation": lambda now, was: np.sum(np.abs(was - now)) / 2,
}


def counted(names, now, was, numbers):
    """Counts of the same values on both sides, as the profiles of a check have them, without the empty groups."""
    reference, current = ({"x": np.repeat(names, side)} for side in (was, now))
    plan = numbers(reference, current).monitor.plan
    sides = [Profile(plan), Profile(plan)]
    for profile, rows in zip(sides, (current, reference), strict=True):
        profile.absorb(Batch(pl.DataFrame(rows)))
    ours, theirs = (profile.columns["x"].grouped for profile in sides)
    return ours[ours + theirs > 0], theirs[ours + theirs > 0]


@pytest.mark.parametrize("values", [NAMES, np.arange(8) * 2.5])
def test_distances_of_discrete_values(values, numbers):
    """Of discrete values the groups are the values; what is estimated is the definition.

    With so many rows that sampling adds nothing the estimate is the definition's value: of Jensen-Shannon's distance in
    bits, of Kullback-Leibler's divergence with the sides the other way round.
    """
    random = np.random.default_rng(0)
    was, now = random.integers(200, 400, 8), random.integers(50, 300, 8)
    ours, theirs = counted(values, now, was, numbers)
    assert sorted(zip(now, was, strict=True)) == sorted(zip(ours, theirs, strict=True))
    expected = {name: of(now / now.sum(), was / was.sum()) for name, of in DEFINITIONS.items()}
    many, past = ours * 1e13, theirs * 1e13
    assert close(expected["psi"]) == divergence.psi(many, past)[0]
    assert close(expected["kl"]) == divergence.kullback_leibler(past, many)[0]
    assert close(expected["jensen_shannon"]) == divergence.jensen_shannon(many, past)[0] * np.sqrt(np.log(2))
    assert close(expected["hellinger"]) == divergence.hellinger(many, past)[0]
    assert close(expected["total_variation"]) == proportions.total_variation(many, past)[0]


def test_sampling_is_taken_off(numbers):
    """Of 700 rows the value is the definition with half a row added to each group, less what sampling adds to it.

    The last is the definition at the pooled shares, with the same half rows, and its curvature there times the variance
    of the shares.
    """
    was, now = np.array([300, 250, 200, 150, 100]), np.array([160, 150, 170, 120, 100])
    found = numbers({"x": np.repeat(NAMES[:5], was)}, {"x": np.repeat(NAMES[:5], now)})
    n, m, k = now.sum(), was.sum(), was.size
    pooled = (now + was) / (n + m)
    p, q = (pooled * n + 0.5) / (n + k / 2), (pooled * m + 0.5) / (m + k / 2)
    noise = (n / (n + k / 2) ** 2 + m / (m + k / 2) ** 2) * np.sum(2 * pooled * (1 - pooled) / (p + q))
    for name, curvature in {"psi": 1, "kl": 1 / 2}.items():

        def of(one, two, define=DEFINITIONS[name]):
            return define(two, one) if define is DEFINITIONS["kl"] else define(one, two)

        plain = of((now + 0.5) / (n + k / 2), (was + 0.5) / (m + k / 2))
        assert close(plain - of(p, q) - curvature * noise) == found(name, "x").value


def test_empty_groups(numbers):
    """With shares of 0 replaced the plain index is the same; here half a row stands in for none, which gives less."""
    was, now = np.array([400, 300, 300, 0]), np.array([200, 150, 0, 50])
    p, q = replaced(now / 400), replaced(was / 1000)
    expected = DEFINITIONS["psi"](p, q)
    assert close(expected) == divergence.jeffreys_divergence(p, q)
    assert close(DEFINITIONS["kl"](p, q)) == divergence.relative_entropy(q, p)
    found = numbers({"x": np.repeat(NAMES[:4], was)}, {"x": np.repeat(NAMES[:4], now)})("psi", "x")
    assert found.low < found.value < expected


def on_edges(seed):
    random = np.random.default_rng(seed)
    was = np.round(random.gamma(4, 2, 1500), 1)
    return was, random.choice(was[was > 2], 400)


@pytest.mark.parametrize("seed", range(3))
def test_distances_of_numbers(numbers, seed):
    """Wasserstein's over the classic standard deviation, energy's in the column's own unit."""
    was, now = on_edges(seed)
    found = numbers({"x": was}, {"x": now}, privacy=ALL)
    scale = found.monitor.plan.by_name["x"].scale
    expected = stats.wasserstein_distance(was, now) / max(was.std(), 0.001)
    assert close(expected) == found("wasserstein", "x").value / was.std()
    assert close(expected * was.std() / scale) == found("wasserstein_scaled", "x").value
    assert close(stats.energy_distance(was, now)) == found("energy", "x").value * np.sqrt(scale)


@pytest.mark.parametrize("seed", range(3))
def test_tests_of_numbers(numbers, seed):
    """p-values: Student's the same, Mann and Whitney's of both tails, Epps and Singleton's near.

    Cramér and von Mises' is that of shuffled sides, for it allows for ties; without that it is too small.
    """
    was, now = on_edges(seed)
    found = numbers({"x": was}, {"x": now}, privacy=ALL)
    p = {verdict.metric: verdict.p_value for verdict in found.result if verdict.column == "x"}
    assert close(stats.ttest_ind(was, now).pvalue) == p["student"]
    less = stats.mannwhitneyu(was, now, alternative="less").pvalue
    greater = stats.mannwhitneyu(was, now, alternative="greater").pvalue
    assert close(2 * min(less, greater)) == p["mann_whitney"]
    assert close(stats.ks_2samp(was, now).statistic) == found("ks", "x").value
    assert pytest.approx(stats.epps_singleton_2samp(was, now).pvalue, rel=0.5, abs=1e-4) == p["epps_singleton"]
    both = np.concatenate((now, was))
    order = np.argsort(both, kind="stable")
    ends = np.searchsorted(both[order], both[order], "right") - 1

    def squares(side):
        """Mean squared gap of the cumulative shares over all rows; `side` (rows,) is true where a row is current."""
        shares_now, shares_was = (np.cumsum(one[order]) / one.sum() for one in (side, ~side))
        return np.mean((shares_now - shares_was)[ends] ** 2)

    side = np.arange(both.size) < now.size
    shuffled = np.array([squares(np.random.default_rng(i).permutation(side)) for i in range(1500)])
    assert np.mean(shuffled >= squares(side)) == pytest.approx(p["cramer_von_mises"], abs=0.04)
    assert stats.cramervonmises_2samp(was, now).pvalue < p["cramer_von_mises"]


def test_tests_of_labels(numbers):
    """The z-test and Fisher's of two values are the same; of more, chi-square and G where the reference is the truth.

    There the reference's shares are taken for the truth, here both sides are samples: the same of a reference without
    end.
    """
    was, now = np.array([300, 100]), np.array([250, 150])
    found = numbers({"x": np.repeat(["no", "yes"], was)}, {"x": np.repeat(["no", "yes"], now)})
    share = (now[1] + was[1]) / 800
    z = (now[1] / 400 - was[1] / 400) / np.sqrt(share * (1 - share) * (1 / 400 + 1 / 400))
    assert close(2 * stats.norm.sf(abs(z))) == found("proportions", "x").p_value
    assert close(stats.fisher_exact([now, was]).pvalue) == found("fisher", "x").p_value
    was, now = np.array([300, 200, 500]), np.array([33, 28, 39])
    expected = stats.chisquare(now, was / 10).pvalue
    assert close(expected) == homogeneity_p(now, was * 10**12)
    assert expected < homogeneity_p(now, was)


def test_errors_and_missing_values(numbers):
    """Errors of a regression, in percent there; null, NaN and infinite values are all missing there."""
    random = np.random.default_rng(4)
    y = random.gamma(4, 2, 500)
    rows = {
        "y": y,
        "p": y * random.lognormal(0, 0.2, 500),
        "x": np.arange(500.0),
    }
    broken = rows | {"x": [None] * 5 + [np.nan] * 4 + [np.inf] * 3 + [-np.inf] * 2 + [1.0, 2.0] * 243}
    found = numbers(rows, broken, target="y", prediction="p")
    error = rows["p"] - y
    assert close(100 * np.mean(np.abs(error) / y)) == 100 * found("mape").value
    assert close((np.mean(error), np.mean(np.abs(error)))) == (found("mean_error").value, found("mae").value)
    assert close(14 / 500) == sum(found(name, "x").value for name in ("missing", "nan", "infinite"))
