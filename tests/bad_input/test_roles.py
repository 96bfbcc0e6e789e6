"""Roles, kinds and settings that do not fit the rows: told by key and column, with the nearest name."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from driftline import Monitor
from driftline.types import Level, Task

from .conftest import ROWS, rows

RANDOM = np.random.default_rng(5)
TRUTH = RANDOM.random(ROWS) < 0.4
SCORE = np.clip(0.3 + 0.4 * TRUTH + RANDOM.normal(0, 0.15, ROWS), 0, 1)


def scored() -> pl.DataFrame:
    """Rows with a binary target as 0 and 1, a score and a prediction, and a column of NaN alone."""
    return rows().with_columns(
        y=pl.Series(TRUTH).cast(pl.Int64),
        s=pl.Series(SCORE),
        p=pl.Series(SCORE > 0.5).cast(pl.Int64),
        none=pl.lit(np.nan),
    )


REFUSED = {
    "unknown target": (["--target", "yy"], "target: the reference has no column 'yy'; did you mean 'y'?"),
    "unknown segment": (["--segment", "kk"], "segments: the reference has no column 'kk'; did you mean 'k'?"),
    "unknown column": (["--kind", "xx=numeric"], "columns: the reference has no column 'xx'; did you mean 'x'?"),
    "misspelt kind": (["--kind", "x=numerc"], "--kind x=numerc: expected COLUMN=KIND"),
    "kind without a column": (["--kind", "numeric"], "--kind numeric: expected COLUMN=KIND"),
    "two roles": (["--target", "y", "--prediction", "y"], "'y' is the target already"),
    "words as a score": (["--target", "y", "--score", "k"], "score: column 'k' holds String of the form 'a'"),
    "words as a time": (["--timestamp", "k"], "timestamp: column 'k' holds String of the form 'a'"),
    "nothing as a time": (["--timestamp", "none"], "timestamp: column 'none' holds Float64 without a value; expected"),
    "numbers as a time": (["--timestamp", "x"], "expected dates and times"),
    "words as numbers": (["--kind", "k=numeric"], "columns.k.kind: column 'k' holds String of the form 'a'"),
    "score as a prediction": (["--target", "y", "--prediction", "s"], "is it a score?"),
    "no such settings": (["--config", "none.yaml"], "none.yaml: there is no such file"),
    "no such store": (["--store", "oracle://db"], "no store of this kind"),
    "store in no folder": (["--store", "sqlite:///no/such/d.db"], "there is no folder 'no/such'"),
    "store that is a table": (["--store", "sqlite:///scored.parquet"], "not an SQLite database"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(check, name):
    """What contradicts the rows is told by key and column, before anything is judged."""
    arguments, words = REFUSED[name]
    scored().write_parquet("scored.parquet")
    outcome = check("scored.parquet", "scored.parquet", *arguments)
    assert outcome.code == 2
    assert words in outcome


SETTINGS = {
    "targt: y\n": "s.yaml:1: unknown key 'targt'; did you mean 'target'?",
    "target: y\njudge:\n  min_row: 5\n": "s.yaml:3: unknown key 'min_row' under judge; did you mean 'min_rows'?",
    "window: 1q\n": "s.yaml:1: window: expected",
    "metrics:\n  psy: {enabled: false}\n": "no metric is called 'psy'; did you mean 'psi'?",
    "columns:\n  x: {kind: numerc}\n": "s.yaml:2: columns.x.kind: expected one of",
    "target: [\n": "s.yaml:2: not valid YAML",
    "target: \xff\n": "s.yaml:1: not UTF-8 text",
    "target: yy\n": "did you mean 'y'?",
}


@pytest.mark.parametrize("text", SETTINGS)
def test_settings(check, text):
    """A mistake in the settings is told by line and key, with the nearest that is known."""
    scored().write_parquet("scored.parquet")
    Path("s.yaml").write_bytes(text.encode("latin-1"))
    outcome = check("scored.parquet", "scored.parquet", "--config", "s.yaml")
    assert outcome.code == 2
    assert SETTINGS[text] in outcome


def test_settings_in_python():
    """The same mistakes in Python are errors of the same kind."""
    from driftline.errors import ConfigError  # noqa: PLC0415 - beside its only use

    with pytest.raises(ConfigError, match="did you mean 'target'"):
        Monitor.fit(rows(), targt="x")
    with pytest.raises(ConfigError, match="did you mean 'x'"):
        Monitor.fit(rows(), target="xx")


ALIKE = {
    "integers": pl.Series(TRUTH).cast(pl.Int64),
    "floats": pl.Series(TRUTH).cast(pl.Float64),
    "booleans": pl.Series(TRUTH),
    "words": pl.Series(["True" if true else "False" for true in TRUTH]),
    "digits": pl.Series(["1" if true else "0" for true in TRUTH]),
}


@pytest.mark.parametrize("now", ALIKE)
@pytest.mark.parametrize("was", ALIKE)
def test_binary_targets(was, now):
    """A binary target is the same model's truth however it is written, on either side."""
    frame = scored()
    monitor = Monitor.fit(frame.with_columns(y=ALIKE[was]), target="y", score="s", prediction="p")
    result = monitor.check(frame.with_columns(y=ALIKE[now]))
    assert Task.BINARY is result.task
    assert Level.OK is result.level
    values = {verdict.metric: verdict.value for verdict in result if verdict.family == "performance"}
    assert float(np.mean((SCORE > 0.5) == TRUTH)) == pytest.approx(values["accuracy"])
    assert values["roc_auc"] > 0.9


@pytest.mark.parametrize("positive", ["1", "true", "True"])
def test_positive_class(positive):
    """The positive class of a truth value may be named in any of its spellings."""
    plan = Monitor.fit(scored(), target="y", score="s", positive=positive).plan
    assert plan.positive == "true"


def test_positive_class_that_is_none(check):
    """A positive class that the target does not have is refused, with those that it has."""
    scored().write_parquet("scored.parquet")
    Path("s.yaml").write_text("target: y\nscore: s\npositive: maybe\n", encoding="utf-8")
    outcome = check("scored.parquet", "scored.parquet", "--config", "s.yaml")
    assert outcome.code == 2
    assert "positive: 'maybe' is no value of 'y'" in outcome


def test_prediction_without_target(check):
    """A prediction without a target is judged for drift, and told why its performance is not."""
    scored().write_parquet("scored.parquet")
    outcome = check("scored.parquet", "scored.parquet", "--prediction", "p")
    assert outcome.code == 0
    assert "There is a prediction but no target" in outcome


def test_target_still_to_come(check):
    """A target that the current rows lack, or have without values, is told, and the rest is judged."""
    scored().write_parquet("scored.parquet")
    roles = ("--target", "y", "--score", "s")
    scored().with_columns(y=pl.lit(None, dtype=pl.Int64)).write_parquet("null.parquet")
    scored().drop("y").write_parquet("gone.parquet")
    for name in ("null.parquet", "gone.parquet"):
        outcome = check("scored.parquet", name, *roles)
        assert "The target 'y' has no values yet: performance cannot be judged." in outcome
        assert "Traceback" not in outcome


@pytest.mark.parametrize("side", ["reference", "current", "both"])
def test_one_class(check, side):
    """A target with one class on a side gives no ranking and no error."""
    scored().write_parquet("all.parquet")
    scored().with_columns(y=pl.lit(1)).write_parquet("ones.parquet")
    names = {"reference": ("ones", "all"), "current": ("all", "ones"), "both": ("ones", "ones")}[side]
    outcome = check(*(f"{name}.parquet" for name in names), "--target", "y", "--score", "s", "--prediction", "p")
    assert outcome.code in {0, 1}
    assert ("one class only in the reference" in outcome) == (side != "current")


def test_scores_outside_zero_to_one(check):
    """A reference's percentages or counts are refused as a score; current ones are told not to count."""
    scored().with_columns(pl.col("s") * 100).write_parquet("percent.parquet")
    scored().write_parquet("scored.parquet")
    outcome = check("percent.parquet", "percent.parquet", "--target", "y", "--score", "s")
    assert outcome.code == 2
    assert "expected the probability of the positive class, 0 to 1" in outcome
    assert "now: rows outside 0 to 1" in check("scored.parquet", "percent.parquet", "--target", "y", "--score", "s")


def test_constant_target(check):
    """A regression whose target does not vary has errors and no R²."""
    frame = rows().with_columns(y=pl.lit(5.5), p=pl.col("x") + 5.5)
    frame.write_parquet("flat.parquet")
    assert check("flat.parquet", "flat.parquet", "--target", "y", "--prediction", "p").code == 0


def test_words_in_a_numeric_prediction(check):
    """A prediction of which some values are no numbers: unreadable ones are found, the others judged."""
    frame = rows().with_columns(y=pl.col("x") + 1, p=pl.col("x") + 1.1)
    frame.write_parquet("ref.parquet")
    broken = pl.when(pl.int_range(pl.len()) % 4 == 0).then(pl.lit("error")).otherwise(pl.col("p").cast(pl.String))
    frame.with_columns(p=broken).write_parquet("cur.parquet")
    outcome = check("ref.parquet", "cur.parquet", "--target", "y", "--prediction", "p")
    assert outcome.code == 1
    assert "75 of 300 values can not be read as numeric" in outcome


@pytest.mark.parametrize("count", [0, 1, 2, 29])
def test_few_rows(check, count):
    """Too few current rows are not enough data; too few in the reference are refused, with the number needed."""
    rows().head(count).write_parquet("few.parquet")
    outcome = check("good.parquet", "few.parquet")
    assert outcome.code == 3
    assert "Not enough data to judge" in outcome
    outcome = check("few.parquet", "good.parquet")
    assert outcome.code == 2
    assert "few.parquet: the reference has" in outcome
    assert "at least 30 (judge.min_rows)" in outcome


def test_segment_named_twice():
    """A segment column that is named twice counts once."""
    once = Monitor.fit(rows(), segments=("k",)).reference.profiles
    twice = Monitor.fit(rows(), segments=("k", "k")).reference.profiles
    assert {cell: profile.rows for cell, profile in once.items()} == {
        cell: profile.rows for cell, profile in twice.items()
    }
