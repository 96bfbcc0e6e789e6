"""Of few rows every number is kept: distances are those of the rows themselves."""

import numpy as np
import polars as pl
import pytest
from scipy import stats

from driftline import Monitor, registry
from driftline.config.settings import Config
from driftline.data.sources.frames import frames
from driftline.profiles.engines.local import Local
from driftline.types import ProfileKey

NAMES = (
    "ks",
    "wasserstein",
    "energy",
    "anderson_darling",
    "cramer_von_mises",
    "mann_whitney",
    "epps_singleton",
    "median",
)


def sides(reference, current, **said):
    """The column's profiles of both sides."""
    engine, config = Local(), Config(**said)
    sources = [frames(pl.DataFrame({"x": values})) for values in (reference, current)]
    plan = engine.fit(sources[0], config)
    return [engine.fold(source, plan)[ProfileKey()].columns["x"] for source in reversed(sources)]


@pytest.fixture(params=[(40, 30), (1000, 1000)], ids=str)
def rows(request):
    """Continuous rows of two sides, more of them than there are edges, or fewer."""
    random = np.random.default_rng(1)
    n, m = request.param
    return random.lognormal(size=n), random.lognormal(0.3, 1.2, m)


def found(name, pair):
    """The value of a metric on both sides, or on the current one."""
    metric = registry.find("metrics", name)
    return metric(*pair).value


def test_agrees_with_scipy(rows):
    """Every distance is that of SciPy to 1e-9, though no edge of the plan is a current value."""
    reference, current = rows
    pair = sides(reference, current)
    scale = pair[1].plan.scale
    n, m = current.size, reference.size
    expected = {
        "ks": stats.ks_2samp(current, reference).statistic,
        "wasserstein": stats.wasserstein_distance(current, reference),
        "energy": stats.energy_distance(current, reference) / np.sqrt(scale),
        "cramer_von_mises": _cramer(current, reference),
        "mann_whitney": 2 * stats.mannwhitneyu(current, reference).statistic / (n * m) - 1,
        "median": np.median(current),
        "quantile_95": np.quantile(current, 0.95),
        "quantile_5": np.quantile(current, 0.05),
    }
    assert {name: pytest.approx(value, rel=1e-9) for name, value in expected.items()} == {
        name: found(name, pair) for name in expected
    }


def _cramer(current, reference):
    both = np.concatenate((current, reference))
    gap = stats.ecdf(current).cdf.evaluate(both) - stats.ecdf(reference).cdf.evaluate(both)
    return np.sqrt(np.mean(gap**2))


def test_no_bin_error_in_the_interval():
    """The interval of a distance is narrower than from bins, for nothing is hidden between two edges."""
    random = np.random.default_rng(4)
    reference, current = random.normal(size=1000), random.normal(0.3, 1, 1000)
    exact, binned = sides(reference, current), sides(reference, current, exact=0)
    widths = [(metric := registry.find("metrics", "mann_whitney")(*pair)).high - metric.low for pair in (exact, binned)]
    assert widths[0] < widths[1]


def test_beyond_the_limit_bins_serve():
    """One row too many on either side, and the bins are what is read; the other way round nothing is lost."""
    random = np.random.default_rng(2)
    reference, current = random.normal(size=300), random.normal(0.5, 1, 301)
    kept, without = sides(reference, current, exact=300), sides(reference, current, exact=0)
    assert kept[0].get_or_none(registry.find("sketches", "numbers")).whole is False
    assert [found(name, without) for name in NAMES] == [found(name, kept) for name in NAMES]


def test_pack_gives_the_same(tmp_path):
    """A pack of a small reference gives the numbers that its rows give; with `exact: 0` it holds none of them."""
    random = np.random.default_rng(3)
    reference, current = (pl.DataFrame({"x": random.normal(size=n)}) for n in (500, 400))
    monitor = Monitor.fit(reference)
    pack = monitor.save(tmp_path / "pack")
    values = [
        {v.metric: v.value for v in checked.check(current) if v.column == "x"}
        for checked in (monitor, Monitor.load(pack))
    ]
    assert values[0] == values[1]
