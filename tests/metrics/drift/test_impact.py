"""What the drift of one column would do to the model's errors."""

import numpy as np
import polars as pl
import pytest

from driftline import Monitor
from driftline.stats.expected.impact import change_of_mean

COLUMNS = ("a", "b", "c")


def draw(random: np.random.Generator, rows: int, shift: float = 0.0, task: str = "regression") -> pl.DataFrame:
    """Three columns that move alike; the model is wrong as `a` goes, and only as it does."""
    columns = {name: random.normal(shift, 1, rows) for name in COLUMNS}
    if task == "regression":
        target = columns["a"] + columns["b"]
        answers = target + random.normal(0, 1, rows) * np.exp(columns["a"] / 2)
        return pl.DataFrame(columns | {"target": target, "answer": answers})
    target = random.random(rows) < 0.5
    wrong = random.random(rows) < 1 / (1 + np.exp(2 - columns["a"]))
    return pl.DataFrame(columns | {"target": target, "answer": target ^ wrong})


def fit(rows: pl.DataFrame) -> Monitor:
    return Monitor.fit(rows, target="target", prediction="answer", derive=False)


def impacts(result, metric: str) -> dict:
    return {verdict.column: verdict for verdict in result if verdict.metric == metric}


@pytest.mark.parametrize("task", ["regression", "classes"])
def test_the_cause_is_told_first(task):
    """Of three columns that drift by the same amount, the one that the errors go with leads in 9 of 10 draws."""
    random = np.random.default_rng(7)
    first = []
    for _ in range(10):
        result = fit(draw(random, 2_000, task=task)).check(draw(random, 1_000, 0.7, task).drop("target"))
        own = [finding for finding in result.findings if finding.lead.column in COLUMNS]
        assert len(COLUMNS) == len(own)
        first.append(own[0].lead.column)
    assert first.count("a") >= 9


def test_it_is_what_comes_true():
    """Where one column alone drifts, the estimate is the change of the error that its labels show later."""
    random = np.random.default_rng(3)
    reference, current = draw(random, 50_000), draw(random, 50_000)
    current = current.with_columns(a=pl.col("a") + 0.5)
    current = current.with_columns(
        answer=pl.col("target") + pl.Series(random.normal(0, 1, 50_000)) * (pl.col("a") / 2).exp()
    )
    estimate = impacts(fit(reference).check(current), "mae_impact")["a"]
    error = [float((rows["answer"] - rows["target"]).abs().mean()) for rows in (reference, current)]
    assert estimate.value == pytest.approx(error[1] - error[0], rel=0.15)
    assert not estimate.judged


def test_words():
    """The finding says what the drift would do, in the unit of the error, or that it does hardly anything."""
    random = np.random.default_rng(5)
    result = fit(draw(random, 4_000, task="classes")).check(draw(random, 4_000, 0.7, "classes").drop("target"))
    told = {finding.lead.column: finding.change for finding in result.findings}
    assert "; if the values are right, this alone would lower the accuracy by " in told["a"]
    assert "; if the values are right, this alone changes the accuracy by " in told["b"]
    assert told["b"].endswith(" at most")


def test_labels_say_it_themselves():
    """Where the performance is measured nothing is said of what it would be."""
    random = np.random.default_rng(5)
    result = fit(draw(random, 2_000)).check(draw(random, 2_000, 0.7))
    assert impacts(result, "mae_impact")
    assert not any("this alone" in finding.change for finding in result.findings)


@pytest.mark.parametrize("rows", [100, 150])
def test_too_few_labels_say_nothing(rows):
    """With fewer than 200 labelled rows there is no estimate, and no sentence about one."""
    random = np.random.default_rng(5)
    reference = draw(random, 400).with_row_index().with_columns(target=pl.when(pl.col("index") < rows).then("target"))
    result = fit(reference.drop("index")).check(draw(random, 400, 2.0).drop("target"))
    assert not impacts(result, "mae_impact")
    assert not any("this alone" in finding.change for finding in result.findings)


def test_without_labels_nothing_is_said():
    """A reference without a target has no such metric."""
    random = np.random.default_rng(5)
    result = Monitor.fit(draw(random, 400).drop("target"), prediction="answer").check(draw(random, 400, 1.0))
    assert not impacts(result, "mae_impact")


def test_new_and_missing_values_count_as_average():
    """Values that the reference has no rows of are taken to be as hard as all rows are together."""
    rows = pl.DataFrame(
        {"x": ["u", "v"] * 200, "target": range(400), "answer": [at + 2 * (at % 2) for at in range(400)]}
    )
    now = pl.DataFrame({"x": [None] * 300 + ["w"] * 300})
    estimate = impacts(fit(rows).check(now), "mae_impact")["x"]
    assert estimate.value == pytest.approx(0.0, abs=0.01)


def test_interval_holds_the_truth():
    """In 2,000 draws with means and shares that are known, 95 % of the intervals hold the change (within 2 points)."""
    random = np.random.default_rng(11)
    p, q = np.array([0.2, 0.3, 0.5]), np.array([0.5, 0.3, 0.2])
    means, spread, held = np.array([1.0, 2.0, 4.0]), np.array([1.0, 1.0, 2.0]), 0
    for _ in range(2_000):
        rows = random.multinomial(800, q)
        found = means + random.normal(0, 1, 3) * spread / np.sqrt(rows)
        _, low, high = change_of_mean(random.multinomial(500, p), rows, found, spread**2 / rows)
        held += low <= (p - q) @ means <= high
    assert 0.93 <= held / 2_000 <= 0.97
