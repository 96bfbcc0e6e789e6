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
