"""What the answers of a classification cost."""

import numpy as np
import polars as pl
import pytest

from driftline import ConfigError, Monitor
from driftline.config.load import load_config

COSTS = {"late": {"on time": 20.0}, "on time": {"late": 3.0}}


def orders(rows: int, wrong: float, seed: int = 0) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    late = random.random(rows) < 0.2
    said = late ^ (random.random(rows) < wrong)
    names = np.array(["on time", "late"])
    return pl.DataFrame({"came": names[late.astype(int)], "said": names[said.astype(int)]})


def cost(result):
    return next(verdict for verdict in result if verdict.metric == "mean_cost")


def test_mean_with_its_interval_and_verdict():
    """It is the mean of each row's cost, with its t-interval; answers that cost more than before are an alert."""
    reference, worse = orders(4_000, 0.05), orders(4_000, 0.15, seed=1)
    monitor = Monitor.fit(reference, target="came", prediction="said", costs=COSTS)
    found = cost(monitor.check(worse))
    each = [COSTS.get(row["came"], {}).get(row["said"], 0.0) for row in worse.iter_rows(named=True)]
    assert found.value == pytest.approx(np.mean(each))
    assert found.high - found.value == pytest.approx(1.96 * np.std(each, ddof=1) / np.sqrt(4_000), rel=0.01)
    assert "alert" == found.level
    assert "ok" == cost(monitor.check(orders(4_000, 0.05, seed=2))).level


def test_a_limit():
    """A limit of one's own may be set on it."""
    monitor = Monitor.fit(
        orders(2_000, 0.05), target="came", prediction="said", costs=COSTS, checks=["mean_cost <= 0.1"]
    )
    limit = next(verdict for verdict in monitor.check(orders(2_000, 0.05, seed=3)) if verdict.family == "expectation")
    assert "alert" == limit.level


def test_truth_values_and_numbers_are_classes(tmp_path):
    """YAML reads yes, true and 1 as no text; they are classes all the same."""
    path = tmp_path / "driftline.yaml"
    path.write_text("costs: {true: {false: 5}, 1: {0: 2}}\n")
    assert {"true": {"false": 5.0}, "1": {"0": 2.0}} == load_config(path, {}, {}).costs


def test_without_costs_there_is_none():
    """Nobody asked: there is no such verdict."""
    result = Monitor.fit(orders(500, 0.1), target="came", prediction="said").check(orders(500, 0.1))
    assert not [verdict for verdict in result if verdict.metric == "mean_cost"]


@pytest.mark.parametrize(
    ("costs", "said"),
    [
        ({"lat": {"on time": 1.0}}, "no class 'lat'; did you mean 'late'"),
        ({"late": {"never": 1.0}}, "no class 'never'"),
    ],
)
def test_strange_class(costs, said):
    """A class that the target does not have is named."""
    with pytest.raises(ConfigError, match=said):
        Monitor.fit(orders(500, 0.1), target="came", prediction="said", costs=costs)


def test_regression_has_no_classes():
    """Costs of classes are refused where the target is a number."""
    rows = pl.DataFrame({"y": np.arange(500.0), "p": np.arange(500.0)})
    with pytest.raises(ConfigError, match="the task of this model is regression"):
        Monitor.fit(rows, target="y", prediction="p", costs=COSTS)
