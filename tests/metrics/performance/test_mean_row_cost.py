"""What a row costs by a formula of one's own: the mean is NumPy's, and what does not suit is told."""

import numpy as np
import polars as pl
import pytest

from driftline import ConfigError, Monitor
from driftline.config.load import load_config
from driftline.config.segments.expression import parse_formula
from driftline.profiles.batch import Batch
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.row_costs import RowCosts

FORMULA = "2 * abs(target - prediction) + amount * 0.1"
REGRESSION = {"target": "minutes", "prediction": "said", "model": {"task": "regression"}, "window": "none"}


def trips(n, seed=0, error=1.0):
    """Trips whose minutes are said with an error, some without their minutes, of two cities."""
    random = np.random.default_rng(seed)
    said, amount = random.uniform(5, 30, n), random.uniform(1, 50, n)
    minutes = np.where(random.random(n) < 0.1, np.nan, said + random.normal(0, error, n))
    return pl.DataFrame({
        "minutes": minutes, "said": said, "amount": amount, "city": np.where(amount > 30, "Bonn", "Ulm"),
        "at": pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2024, 1, 5), eager=True, interval="1m")[:n],
    }).with_columns(pl.col("minutes").fill_nan(None))  # fmt: skip


def costs(rows):
    """What each row with a label costs."""
    known = rows.drop_nulls("minutes")
    return (2 * (known["minutes"] - known["said"]).abs() + known["amount"] * 0.1).to_numpy()


def found(result):
    """The verdicts on it, by segment."""
    return {v.segment or "": v for v in result if v.metric == "mean_row_cost"}


def test_mean_with_its_interval_by_segment():
    """It is the mean of each row's cost with its t-interval, of all rows and each segment; a rise is an alert."""
    monitor = Monitor.fit(trips(4_000), row_cost=FORMULA, segments=["city"], **REGRESSION)
    rows = trips(3_000, 1, error=4.0)
    verdicts = found(monitor.check(rows))
    for segment, part in {"": rows, **{f"city={c}": rows.filter(city=c) for c in ("Bonn", "Ulm")}}.items():
        each, verdict = costs(part), verdicts[segment]
        assert (each.mean(), each.size) == pytest.approx((verdict.value, verdict.n))
        assert verdict.high - verdict.value == pytest.approx(1.961 * np.std(each, ddof=1) / each.size**0.5, rel=0.01)
    assert {"alert"} == {verdict.level.value for verdict in verdicts.values()}
    assert {"ok"} == {verdict.level.value for verdict in found(monitor.check(trips(3_000, 2))).values()}


def test_parts_merge():
    """Profiles of parts of the rows add up to that of all, and come back from bytes."""
    monitor, rows = Monitor.fit(trips(2_000), row_cost=FORMULA, **REGRESSION), trips(1_000, 3)
    parts = [Profile(monitor.plan) for _ in range(3)]
    for part, own in zip(parts, (rows[:10], rows[10:400], rows[400:]), strict=True):
        part.absorb(Batch(own, "memory"))
    whole = Profile.load(monitor.plan, parts[0].merge(parts[1]).merge(parts[2]).dump()).get(RowCosts)
    each = costs(rows)
    assert (each.mean(), each.size, each.var()) == pytest.approx((whole.mean, whole.n, whole.m2 / whole.n))


def test_conditions_on_classes():
    """A cost may hang on true and predicted class and another column; rows without a number are told."""
    random = np.random.default_rng(4)
    late, said = random.random((2, 2_000)) < 0.3
    names, size = np.array(["on time", "late"]), random.integers(0, 4, 2_000)
    rows = pl.DataFrame({"came": names[late.astype(int)], "said": names[said.astype(int)], "size": size})
    formula = "max(20 / size, 6) if target == 'late' and prediction != 'late' else min(size, 2) ** 2"
    monitor = Monitor.fit(rows, target="came", prediction="said", row_cost=formula, window="none")
    (verdict,) = found(monitor.check(rows)).values()
    with np.errstate(divide="ignore"):
        each = np.where(late & ~said, np.maximum(20 / size, 6), np.minimum(size, 2) ** 2)
    assert each[np.isfinite(each)].mean() == pytest.approx(verdict.value)
    assert f"{np.isinf(each).sum()} rows without a number left out" in verdict.reason


def test_a_limit(tmp_path):
    """It is read from a file, shown as it is read, and a limit may be set on it; without it there is no such metric."""
    path = tmp_path / "driftline.yaml"
    path.write_text("row_cost: 2*abs(target-prediction)\n")
    assert parse_formula("2 * abs(target - prediction)").text == load_config(path, {}, {}).row_cost
    monitor = Monitor.fit(trips(2_000), row_cost=FORMULA, checks=["mean_row_cost <= 1"], **REGRESSION)
    assert "alert" in {v.level.value for v in monitor.check(trips(2_000, 5)) if v.family == "expectation"}
    assert {} == found(Monitor.fit(trips(500), **REGRESSION).check(trips(500)))


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("2 * abs(target - predicted)", "the reference has no column 'predicted'; did you mean 'prediction'?"),
        ("target > prediction", "'target > prediction' is true or false; expected a number"),
        ("city", "column 'city' is a text; expected a number"),
        ("1 if city else 2", "column 'city' is a text; expected a comparison"),
        ("2 * abs(target -", "not a formula; expected a number such as"),
        ("exec('1') + target", "no function is called 'exec'"),
        ("max(target)", "max takes two arguments or more"),
        ("3 + 4", "names no column; expected a number such as"),
    ],
)
def test_what_does_not_suit(formula, said):
    """A formula that is none, or is of no such columns, is refused with where and why; nothing of it runs."""
    with pytest.raises(ConfigError) as raised:
        Monitor.fit(trips(300), row_cost=formula, **REGRESSION)
    assert said in str(raised.value)
    assert "row_cost" in str(raised.value)
