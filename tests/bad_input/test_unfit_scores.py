"""Scores and labels that cannot be what they are said to be: one clear finding each, and the rest goes on."""

import numpy as np
import polars as pl
import pytest

from driftline import Monitor
from driftline.types import Level


def rows(seed, n=3_000):
    """Rows of a calibrated score."""
    random = np.random.default_rng(seed)
    score = 1 / (1 + np.exp(-random.normal(0, 2, n)))
    truth = (random.random(n) < score).astype(int)
    noise = random.random(n)
    return pl.DataFrame({"x": random.normal(size=n), "y": truth, "p": (score > 0.5) * 1, "s": score, "noise": noise})


SCORES = {
    "it ranks the wrong way round (ROC AUC 0.1": 1 - pl.col("s"),
    "it ranks like chance (ROC AUC 0.": pl.col("noise"),
    "it is 0.4 in all rows of the reference": pl.lit(0.4),
    "it is 0 to 2 in the reference: what is outside 0 to 1": (pl.col("s") * 2.5).floor(),
    "it is -0.0": pl.col("s") - 0.01,
}


def fit(frame, **settings):
    """A monitor of the score `s`."""
    return Monitor.fit(frame.drop("noise"), target="y", score="s", prediction="p", **settings)


@pytest.mark.parametrize("said", SCORES)
@pytest.mark.parametrize("blind", [False, True], ids=["labels", "no labels"])
def test_a_score_that_does_not_fit(said, blind):
    """It is the one finding of rows like those of the reference, with its reason, before and after labels come."""
    past, now = (rows(seed).with_columns(s=SCORES[said]) for seed in (1, 2))
    now = now.with_columns(y=pl.lit(None, pl.Int64)) if blind else now
    result = fit(past).check(now.drop("noise"))
    (finding,) = result.findings
    assert ("s", Level.WARNING, "unfit_score") == (finding.subject, finding.level, finding.lead.metric)
    assert said in finding.lead.reason
    assert len([verdict for verdict in result if verdict.family == "estimate" and verdict.value is not None]) >= 5


def test_a_score_that_fits_is_none():
    """A good score, and one that is weak but better than chance, are no finding; few rows say nothing."""
    weak = (0.2 * pl.col("s") + 0.8 * pl.col("noise")).alias("s")
    for frame in (rows(1), rows(1).with_columns(weak), rows(1)[:100].with_columns(s=1 - pl.col("s"))):
        assert () == fit(frame).check(frame.drop("noise")).findings


def test_stating_the_positive_class_mends_a_reversed_score():
    """With the other class as the positive one the same score fits."""
    frame = rows(1).with_columns(s=1 - pl.col("s"))
    verdicts = {v.metric: v for v in fit(frame, positive="0").check(frame.drop("noise"))}
    assert (0.0, Level.OK) == (verdicts["unfit_score"].value, verdicts["unfit_score"].level)


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_labels_that_are_all_alike(task):
    """One class, or one number, as all labels is the one finding; nothing is estimated, and the rest goes on."""
    past, now = (rows(seed).drop("noise").with_columns(y=pl.lit(1), p=pl.lit(1)) for seed in (1, 2))
    settings = {"score": "s"} if task == "binary" else {}
    monitor = Monitor.fit(past, target="y", prediction="p", model={"task": task}, **settings)
    result = monitor.check(now)
    assert ["y"] == [finding.subject for finding in result.findings]
    assert "labels are all the same" in result.findings[0].lead.reason
    assert (Level.WARNING, "constant_labels") == (result.findings[0].level, result.findings[0].lead.metric)
    assert not any("can be ignored" in verdict.reason for verdict in result if verdict.column in {"y", "s"})


def test_one_class_in_the_reference_makes_no_performance_finding():
    """A precision of 100 % where nothing could be wrong is no measure: labels of both classes now are found in y."""
    past, now = rows(1).drop("noise").with_columns(y=pl.lit(1)), rows(2).drop("noise")
    result = Monitor.fit(past, target="y", prediction="p", score="s", model={"task": "binary"}).check(now)
    assert {"y"} == {finding.subject for finding in result.findings}
    assert {"new_values", "constant_labels"} & {v.metric for v in result.findings[0].verdicts}
    assert not any(verdict.judged for verdict in result if verdict.family == "performance")
    assert next(verdict.value for verdict in result if verdict.metric == "precision") < 0.9


@pytest.mark.parametrize(
    ("group", "said"),
    [
        (pl.when(pl.int_range(3_000) == 0).then(pl.lit("x")).otherwise("g"), "1 row of 3,000 whose value is missing"),
        (pl.lit(None, pl.String), "3,000 rows of 3,000 whose value is missing"),
        (
            pl.when(pl.int_range(3_000) < 12).then(pl.lit("b")).otherwise(pl.lit("a")),
            "groups of fewer than 30 rows: b (12 rows)",
        ),
        (pl.col("g"), ""),
    ],
    ids=["of one", "missing", "small", "fine"],
)
def test_groups_that_are_too_small_are_named(group, said):
    """What fairness leaves out is said once, by attribute, in a note of the report; the rest goes on."""
    past, now = (rows(seed).drop("noise").with_columns(g=pl.Series(["a", "b"] * 1_500)) for seed in (1, 2))
    result = fit_fair(past).check(now.with_columns(g=group))
    notes = [note for note in result.notes if note.startswith("Fairness by g leaves out")]
    assert [said in note for note in notes] == ([True] if said else [])
    assert any(verdict.metric == "accuracy" and verdict.value for verdict in result)


def fit_fair(frame):
    """A monitor that compares the groups of `g`."""
    return Monitor.fit(frame, target="y", score="s", prediction="p", fairness={"attributes": ["g"]})
