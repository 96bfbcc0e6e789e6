"""What rows will cost, before their labels: against what the labels then show, and of every kind of target."""

import numpy as np
import polars as pl
import pytest

from driftline.config.settings import Config
from driftline.monitor import Monitor
from driftline.profiles.batch import Batch
from driftline.profiles.fitting.fit import fit
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.expected_row_costs import ExpectedRowCosts

FORMULA = "amount * 0.5 if target and not prediction else 40 if prediction and not target else 0"
ROLES = {"target": "late", "prediction": "said", "score": "score", "window": "none", "only": ["performance"]}


def loans(seed, n, shift=0.0, sure=1.0):
    """Loans of skewed amounts, whose scores are calibrated, or too sure of themselves (`sure` below 1)."""
    rng = np.random.default_rng(seed)
    odds, amount = rng.normal(shift, 2, n), rng.lognormal(4, 0.8, n)
    late, score = rng.random(n) < 1 / (1 + np.exp(-sure * odds)), 1 / (1 + np.exp(-odds))
    region = np.where(odds + rng.normal(0, 2, n) > 0, "north", "south")
    return pl.DataFrame({"late": late, "said": score >= 0.5, "score": score, "amount": amount, "region": region})


def cost(rows):
    """What each loan costs."""
    late, said, amount = (rows[name].to_numpy() for name in ("late", "said", "amount"))
    return np.where(late & ~said, amount / 2, np.where(said & ~late, 40.0, 0.0))


def found(result, name="estimated_mean_row_cost"):
    """The verdicts on it, by segment."""
    return {verdict.segment or "": verdict for verdict in result if verdict.metric == name}


def blind(rows):
    """The rows with labels still to come."""
    return rows.with_columns(late=pl.lit(None, rows["late"].dtype))


@pytest.mark.parametrize("sure", [1.0, 0.6])
def test_it_is_what_the_labels_show(sure):
    """Of rows whose scores shift, with or without a column for labels, in all and by segment; a rise is an alert."""
    monitor = Monitor.fit(loans(1, 20_000, sure=sure), row_cost=FORMULA, segments=["region"], **ROLES)
    now = loans(2, 20_000, 1.0, sure)
    verdicts = found(monitor.check(blind(now)))
    for segment, rows in {"": now, **{f"region={r}": now.filter(region=r) for r in ("north", "south")}}.items():
        verdict, real = verdicts[segment], cost(rows).mean()
        assert verdict.low <= real <= verdict.high
        assert real == pytest.approx(verdict.value, rel=0.06)
        assert rows.height == verdict.n
    assert verdicts[""].value == found(monitor.check(now.drop("late")))[""].value
    assert cost(loans(1, 20_000, sure=sure)).mean() == pytest.approx(verdicts[""].reference, rel=0.03)


def test_interval_holds_what_comes_true():
    """In about 95 % of draws, of scores that are calibrated or not, that shift or do not."""
    held = []
    for seed in range(60):
        sure, shift = (1.0, 0.6)[seed % 2], (0.0, 0.7, -0.7)[seed % 3]
        monitor = Monitor.fit(loans(seed, 2_000, sure=sure), row_cost=FORMULA, describe=False, **ROLES)
        now = loans(1_000 + seed, 1_000, shift, sure)
        verdict = found(monitor.check(blind(now)))[""]
        held.append(verdict.low <= cost(now).mean() <= verdict.high)
    assert sum(held) >= 53


def test_more_cost_is_an_alert_and_the_same_is_none():
    """It is judged where most rows have no label, and shown where they have one."""
    monitor = Monitor.fit(loans(3, 10_000), row_cost=FORMULA, **ROLES)
    dearer = loans(4, 5_000).with_columns(pl.col("amount") * 2)
    assert "alert" == found(monitor.check(blind(dearer)))[""].level
    assert "ok" == found(monitor.check(blind(loans(5, 5_000))))[""].level
    assert not found(monitor.check(dearer))[""].judged


def test_it_is_audited():
    """Once the labels are there it stands beside what came true."""
    monitor = Monitor.fit(loans(6, 10_000), row_cost=FORMULA, **ROLES)
    for rows, said in ((now := loans(7, 5_000), "within"), (now.with_columns(~pl.col("late")), "outside")):
        (table,) = [section for section in monitor.check(rows).sections if section.name == "estimates"]
        assert [said] == [row.cells[4] for row in table.rows if row.cells[0] == "Mean cost of a row"]


def test_a_cost_matrix_as_a_formula():
    """The formula of a cost matrix has the estimate of that matrix, with the same interval."""
    formula = "8 if target and not prediction else 2 if prediction and not target else 0"
    costs = {"true": {"false": 8}, "false": {"true": 2}}
    monitor = Monitor.fit(loans(8, 4_000), row_cost=formula, costs=costs, **ROLES)
    result = monitor.check(blind(loans(9, 2_000, 0.5)))
    numbers = [
        (verdict.value, verdict.low, verdict.high, verdict.reference, verdict.n)
        for name in ("estimated_mean_cost", "estimated_mean_row_cost")
        for verdict in [found(result, name)[""]]
    ]
    assert numbers[0] == pytest.approx(numbers[1], rel=1e-9)


def test_rows_that_lack_a_value():
    """Rows count as the class for which their cost is a number, and not at all without a score: as they then do."""
    monitor = Monitor.fit(loans(10, 20_000), row_cost=FORMULA, **ROLES)
    now, draw = loans(11, 20_000, 0.5), np.random.default_rng(12).random((2, 20_000))
    now = now.with_columns(
        amount=pl.when(pl.Series(draw[0] < 0.5)).then("amount"), score=pl.when(pl.Series(draw[1] < 0.8)).then("score")
    )
    verdict, real = found(monitor.check(blind(now)))[""], found(monitor.check(now), "mean_row_cost")[""]
    assert verdict.low <= real.value <= verdict.high
    assert real.n * 0.8 == pytest.approx(verdict.n, rel=0.02)
    whole = found(monitor.check(blind(now.drop_nulls("amount"))))[""]
    assert verdict.value != pytest.approx(whole.value, rel=0.1)


@pytest.mark.parametrize(
    ("names", "condition"),
    [
        ([False, True], "target"),
        ([0, 1], "target == 1"),
        ([0.0, 1.0], "target == 1"),
        ([1, 2], "target > 1"),
        ([-1, 1], "target == 1"),
        (["on time", "late"], "target == 'late'"),
        (["no", "yes"], "target in ['yes', 'maybe']"),
    ],
)
def test_every_type_of_target(names, condition):
    """Truth values, numbers and texts name the classes."""
    formula = f"(amount if {condition} and score < 0.5 else 9 if not {condition} and score >= 0.5 else 0) + 1"
    values = {}
    for kind, labels, said in (("plain", [False, True], "target"), ("own", names, condition)):
        reference, now = (
            rows.with_columns(late=pl.Series([labels[late] for late in rows["late"].to_list()])).drop("said")
            for rows in (loans(13, 3_000), loans(14, 500))
        )
        plan = fit([reference], Config(
            target="late", score="score", positive=str(names[1]) if kind == "own" and 0 not in names else None,
            row_cost=formula.replace(condition, said),
        ))  # fmt: skip
        profile = Profile(plan)
        profile.absorb(Batch(now.drop("late"), "memory"))
        values[kind] = profile.get(ExpectedRowCosts)
    assert values["plain"].n.tolist() == values["own"].n.tolist()
    assert np.array_equal(values["plain"].mean, values["own"].mean)
    costs = np.where(now["score"] >= 0.5, 10.0, 1.0).sum(), np.where(now["score"] < 0.5, now["amount"] + 1, 1.0).sum()
    assert costs == pytest.approx((values["own"].n * values["own"].mean).sum(axis=1))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (loans(15, 500), {"row_cost": "amount * 0.5"}),
        (loans(15, 500), {}),
        (loans(15, 500), {"row_cost": "amount if target else 0", "privacy": {"show_values": "none"}}),
        (loans(15, 500).with_columns(late=pl.Series(["a", "b", "c", "a", "b"] * 100)), {
            "row_cost": "amount if target == 'a' else 0", "positive": "a", "prediction": None,
        }),
        (loans(15, 500).with_columns(late="amount", said="amount").drop("score"), {
            "row_cost": "abs(target - prediction)", "score": None,
        }),
    ],
)  # fmt: skip
def test_where_there_is_none(rows, said):
    """Not without a formula that reads the target, of classes without names or more than two, nor of a regression."""
    result = Monitor.fit(rows, **ROLES | said).check(rows)
    assert {} == found(result)


def test_what_is_kept_of_few_rows():
    """Parts of the rows add up to all of them; what is kept of few rows of a score is rounded, and none is shown."""
    plan = fit([loans(16, 3_000)], Config(target="late", prediction="said", score="score", row_cost=FORMULA))
    rows = loans(17, 1_000)
    parts = [Profile(plan) for _ in range(3)]
    for part, own in zip(parts, (rows[:10], rows[10:400], rows[400:]), strict=True):
        part.absorb(Batch(own, "memory"))
    whole = parts[0].merge(parts[1]).merge(parts[2])
    at_once = Profile(plan)
    at_once.absorb(Batch(rows, "memory"))
    exact, kept = at_once.get(ExpectedRowCosts), Profile.load(plan, whole.private(final=True).dump())
    sketch = kept.get(ExpectedRowCosts)
    few = (exact.n > 0) & (exact.n < 10)
    assert few.any()
    assert exact.n.tolist() == sketch.n.tolist()
    assert [float(f"{mean:.3g}") for mean in exact.mean[few]] == pytest.approx(sketch.mean[few].tolist())
    assert exact.mean[~few] == pytest.approx(sketch.mean[~few])
    assert (exact.n * exact.mean).sum() == pytest.approx((sketch.n * sketch.mean).sum(), rel=1e-3)
