"""Importance weighting sees a shift of features that changes what a score means; the score alone does not."""

import numpy as np
import polars as pl
import pytest
from sklearn import metrics as sk

from driftline import registry
from driftline.errors import ConfigError
from driftline.monitor import Monitor
from driftline.profiles.fold import fold
from driftline.profiles.sketches.base_samples import draw_halves, expand_places
from driftline.profiles.sketches.outcome_sample import OutcomeSample
from driftline.stats.expected.errors import widen_for_tails
from driftline.stats.expected.weighting import Weighting, learn_weights
from driftline.testing.examples import measure
from driftline.types import ProfileKey

ROWS = 1_500


def draw(task, seed, shift=0.0, n=ROWS):
    """Rows by a model that knows `a` alone; rows with more of `b`, which shifts, are harder, at any answer alike."""
    random = np.random.default_rng(seed)
    a, b, c = random.normal(0, 1, (3, n))
    b += shift
    columns = {"a": a, "b": b, "c": c}
    if task == "regression":
        return pl.DataFrame(columns | {"y": a + np.exp(b / 2) * random.normal(size=n), "answer": a})
    right = random.random(n) < 1 / (1 + np.exp(b - 1.5))
    if task == "binary":
        score = np.where(a > 0, 0.75, 0.25) + random.uniform(-0.2, 0.2, n)
        return pl.DataFrame(columns | {"y": (score > 0.5) == right, "answer": score > 0.5, "score": score})
    answer, names = np.digitize(a, (-0.5, 0.5)), np.array(["red", "green", "blue"])
    truth = np.where(right, answer, (answer + 1) % 3)
    return pl.DataFrame(columns | {"y": names[truth], "answer": names[answer], "score": random.uniform(0.4, 0.9, n)})


TRUTH = {
    "binary": {
        "accuracy": lambda rows: sk.accuracy_score(rows["y"], rows["answer"]),
        "f1": lambda rows: sk.f1_score(rows["y"], rows["answer"]),
        "precision": lambda rows: sk.precision_score(rows["y"], rows["answer"]),
        "recall": lambda rows: sk.recall_score(rows["y"], rows["answer"]),
        "roc_auc": lambda rows: sk.roc_auc_score(rows["y"], rows["score"]),
        "log_loss": lambda rows: sk.log_loss(rows["y"], rows["score"]),
        "brier": lambda rows: sk.brier_score_loss(rows["y"], rows["score"]),
    },
    "multiclass": {
        "accuracy": lambda rows: sk.accuracy_score(rows["y"], rows["answer"]),
        "f1": lambda rows: sk.f1_score(rows["y"], rows["answer"], average="macro"),
        "precision": lambda rows: sk.precision_score(rows["y"], rows["answer"], average="macro"),
        "recall": lambda rows: sk.recall_score(rows["y"], rows["answer"], average="macro"),
    },
    "regression": {
        "mae": lambda rows: sk.mean_absolute_error(rows["y"], rows["answer"]),
        "rmse": lambda rows: sk.root_mean_squared_error(rows["y"], rows["answer"]),
    },
}


def check(task, reference, current, **settings):
    """The verdicts on performance before labels, by metric."""
    monitor = Monitor.fit(
        reference, target="y", prediction="answer", score=None if task == "regression" else "score",
        model={"task": task}, sample={"rows": ROWS}, only=["performance"], **settings,
    )  # fmt: skip
    blind = current.with_columns(pl.lit(None, dtype=current["y"].dtype).alias("y"))
    return {verdict.metric: verdict for verdict in monitor.check(blind) if verdict.family == "estimate"}


@pytest.mark.parametrize("task", TRUTH)
def test_every_metric_where_features_shift(task):
    """Under covariate shift each interval holds what came true, and no interval of the score alone does."""
    current = draw(task, 2, shift=1.0)
    found, truth = check(task, draw(task, 1), current), {name: f(current) for name, f in TRUTH[task].items()}
    assert set(truth) == {name.removeprefix("reweighted_") for name in found if name.startswith("reweighted_")}
    held = {
        prefix: [name for name, real in truth.items() if found[prefix + name].low <= real <= found[prefix + name].high]
        for prefix in ("estimated_", "reweighted_")
    }
    assert {"estimated_": [], "reweighted_": list(truth)} == held
    for name, real in truth.items():
        plain, own = (abs(found[prefix + name].value - real) for prefix in ("estimated_", "reweighted_"))
        assert own < plain / 3, name


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_by_segment(task):
    """With a sample of each segment, the segment whose features shift is seen, and the other stays as it was."""
    parts = [("old", 0.0, 0.0), ("new", 0.0, 0.8)]
    past, current = (
        pl.concat([
            draw(task, seed + at, shifts[side]).with_columns(pl.lit(name).alias("shop"))
            for at, (name, *shifts) in enumerate(parts)
        ])
        for side, seed in enumerate((11, 21))
    )  # fmt: skip
    name = "mae" if task == "regression" else "accuracy"
    monitor = Monitor.fit(
        past, target="y", prediction="answer", score=None if task == "regression" else "score", segments=["shop"],
        model={"task": task}, sample={"rows": ROWS, "by_segment": True}, only=["performance"],
        metrics={f"{metric}": {"enabled": False} for metric in registry.names("metrics")
                 if metric.startswith("reweighted_") and metric != f"reweighted_{name}"},
    )  # fmt: skip
    blind = current.with_columns(pl.lit(None, dtype=current["y"].dtype).alias("y"))
    found = {v.segment: v for v in monitor.check(blind) if v.metric == f"reweighted_{name}"}
    assert {None, "shop=old", "shop=new"} == set(found)
    for shop, *_ in parts:
        verdict, real = found[f"shop={shop}"], TRUTH[task][name](current.filter(shop=shop))
        assert verdict.low <= real <= verdict.high
    assert "of 1,500 labelled rows" in found["shop=new"].reason
    assert found["shop=new"].detail["effective"] < 0.6 * ROWS < found["shop=old"].detail["effective"]


def test_says_what_it_needs_of_segments():
    """Settings of it in a segment are refused where no sample of the segment is kept, and a check says so."""
    rows, column = draw("binary", 1).with_columns(shop=pl.lit("a")), {"columns": ["shop"]}
    settings = {"target": "y", "prediction": "answer", "score": "score"}
    own = {"reweighted_accuracy": {"judged": True}}
    with pytest.raises(
        ConfigError, match=r"'shop': metrics: reweighted_accuracy needs a sample of each segment; set samp"
    ):
        Monitor.fit(rows, segments=[column | {"metrics": own}], sample={"rows": 100}, **settings)
    with pytest.raises(ConfigError, match="'shop': metrics: duplicate_rows is taken of all rows only"):
        Monitor.fit(rows, segments=[column | {"metrics": {"duplicate_rows": {"enabled": True}}}], **settings)
    with pytest.raises(ConfigError, match="by_segment keeps rows of each segment, but rows is 0"):
        Monitor.fit(rows, sample={"by_segment": True}, **settings)
    check = "reweighted_accuracy >= 0.5 where shop = a"
    monitor = Monitor.fit(rows, segments=["shop"], sample={"rows": 100}, checks=(check,), **settings)
    (verdict,) = (v for v in monitor.check(rows) if v.family == "expectation")
    assert "it is taken of all rows only; for segments set sample: {by_segment: true}" in verdict.reason


def test_says_how_many_rows_it_is_of():
    """Without a shift nearly all rows count; with one, so many as the weighted ones are as good as."""
    past = draw("binary", 1)
    same, moved = (check("binary", past, draw("binary", 2, shift))["reweighted_accuracy"] for shift in (0.0, 1.0))
    assert 0.85 * ROWS < same.detail["effective"] <= ROWS
    assert 100 < moved.detail["effective"] < 0.6 * ROWS
    assert f"effective sample size {moved.detail['effective']:,.0f} of 1,500 labelled rows" in moved.reason
    assert (False, 0.0) == (moved.judged, round(same.value - same.reference, 1))


def test_refuses_where_hardly_any_row_looks_like_the_current_ones():
    """There is no value where a few rows would stand for all, nor where none does; the reason says which."""
    past = draw("binary", 1)
    judged = {"metrics": {"reweighted_accuracy": {"judged": True}}}
    few, none = (
        check("binary", past, draw("binary", 2, shift), **judged)["reweighted_accuracy"] for shift in (2.5, 12.0)
    )
    assert (None, "unknown", None, "unknown") == (few.value, few.level.value, none.value, none.level.value)
    assert "weighted to look like the current ones, are as good as only" in few.reason
    assert "of the current rows look like a labelled row of the reference" in none.reason


def test_needs_labels_of_the_reference():
    """Where the reference has no labels, or too few rows, nothing is made up."""
    rows = draw("regression", 1)
    few = measure(
        "reweighted_mae", rows[:30], rows[:15], target="y", prediction="answer", model={"task": "regression"},
        sample={"rows": 100},
    )  # fmt: skip
    assert (None, "fewer than ten rows of a side in each half") == (few.value, few.why)


def test_weights_are_the_ratio_of_densities():
    """By a classifier that is right, the weighted rows have the mean of the current ones, and Kish's effective size."""
    random = np.random.default_rng(3)
    now, was = random.normal(0.8, 1, (4000, 1)), random.normal(0, 1, (4000, 1))
    halves = random.integers(0, 2, (2, 2, 4000))
    found = learn_weights(now, was, (halves[0], halves[1]), lambda *_: lambda rows: 0.8 * rows[:, 0] - 0.32)
    assert 0.8 == pytest.approx(float(found.weights @ was[:, 0]) / found.weights.sum(), abs=0.06)
    kish = found.weights.sum() ** 2 / (found.weights**2).sum()
    assert (kish, kish) == pytest.approx((found.effective, 4000 * np.exp(-0.64)), rel=0.15)
    assert 1.0 == pytest.approx(found.covered, abs=0.05)


def test_interval_has_the_error_of_the_weights():
    """Halves that are far apart widen the interval; a measure that is the same in both keeps its own."""
    random = np.random.default_rng(4)
    halves = np.stack([np.arange(400) < 200, np.arange(400) >= 200]).astype(float)
    weighting = Weighting(np.ones(400), halves, 1.0)

    def mean_of(values):
        def measure(at, weights):
            mean = float(weights @ values[at]) / weights.sum()
            margin = 1.96 * float(np.sqrt(weights @ (values[at] - mean) ** 2)) / weights.sum()
            return mean, mean - margin, mean + margin

        return measure

    alike, apart = np.tile(random.normal(0, 1, 200), 2), np.repeat([0.0, 1.0], 200)
    value, low, high = weighting.measure(mean_of(alike))
    assert (mean_of(alike)(np.arange(400), np.ones(400))) == pytest.approx((value, low, high), abs=1e-4)
    value, low, high = weighting.measure(mean_of(apart))
    assert (0.5, 0.98, 0.98) == pytest.approx((value, value - low, high - value), abs=1e-3)


def test_upper_end_holds_what_heavy_tails_hide():
    """Where a few losses make the mean, the upper end lies farther; of losses alike it stays, and so do odd ones."""
    random = np.random.default_rng(4)
    alike, tails = random.uniform(0, 1, 500), np.exp(2 * random.normal(size=500))
    ones = np.ones(500)
    assert 1 <= widen_for_tails(alike, ones) < 1.01
    assert 1.2 < widen_for_tails(tails, ones) < 3
    assert widen_for_tails(tails, np.where(tails > 20, 4.0, 1.0)) != widen_for_tails(tails, ones)
    assert [1.0, 1.0] == [widen_for_tails(losses, ones) for losses in (0 * ones, np.inf * ones)]


def test_root_mean_squared_error_of_heavy_tails():
    """The interval reaches farther above than below, for a large error that did not come would lift it."""
    own = check("regression", draw("regression", 5, n=800), draw("regression", 6, 0.5, n=800))["reweighted_rmse"]
    assert own.high - own.value > 1.2 * (own.value - own.low)


def test_copies_of_a_row_are_halved_apart():
    """A row that came often is in both halves, the same ones each time."""
    places = expand_places(np.array([60, 40]), 1000)
    halves = draw_halves(np.array([1, 2], np.uint64), places, 2)
    assert (100, 100) == (places.size, halves.shape[1])
    assert 15 < halves[0, :60].sum() < 45
    assert (halves == draw_halves(np.array([1, 2], np.uint64), places, 2)).all()
    assert 30 < (halves[0] != halves[1]).sum() < 70


def test_any_partition():
    """The same rows in any order and any batches give the same sample, which is merged."""
    past = draw("multiclass", 1, n=600)
    monitor = Monitor.fit(past, target="y", prediction="answer", score="score", sample={"rows": 200})
    whole = fold([past], monitor.plan)[ProfileKey()].get(OutcomeSample)
    turned = past[::-1]
    parts = fold([turned[:7], turned[7:450], turned[450:]], monitor.plan)[ProfileKey()].get(OutcomeSample)
    assert (200, 3) == whole.outcomes.shape
    assert (whole.hashes == parts.hashes).all()
    assert (whole.outcomes == parts.outcomes).all()
    assert (whole.numbers == parts.numbers).all()
