"""Rows and embeddings as a whole: against scikit-learn, SciPy and naive loops, where nothing and where much changed."""

from functools import cache

import numpy as np
import polars as pl
import pytest
from scipy.stats import mannwhitneyu
from sklearn.metrics import roc_auc_score

from driftline import registry
from driftline.cli.commands.metrics import needs
from driftline.monitor import Monitor
from driftline.stats import multivariate

SAMPLE = {"sample": {"rows": 1000}}
EMBEDDINGS = ("embedding_domain_classifier", "mmd", "pca_reconstruction_error")


def table(n, seed, turn=1):
    """Two columns that hang together, a gamma, labels, and vectors; turned, each column alone looks as before."""
    random = np.random.default_rng(seed)
    x, more = random.normal(size=n), random.normal(size=n)
    vectors = random.normal(size=(n, 16)) + np.where(np.arange(16) < 4, 0.4 * (1 - turn), 0)
    return pl.DataFrame(
        {"x": x, "y": turn * x + 0.3 * more, "z": random.gamma(2, 3, n), "k": random.choice(["a", "b"], n)}
    ).with_columns(v=pl.Series(vectors.tolist()))


def test_area_against_scikit_learn():
    """The area is scikit-learn's, the p-value SciPy's, with ties."""
    random = np.random.default_rng(0)
    one, two = np.round(random.normal(0.3, 1, 80), 1), np.round(random.normal(0, 1, 130), 1)
    value, low, high, p_value = multivariate.rank_auc(one, two)
    assert roc_auc_score([1] * 80 + [0] * 130, [*one, *two]) == pytest.approx(value)
    told = mannwhitneyu(one, two, alternative="greater", method="asymptotic", use_continuity=False)
    assert told.pvalue == pytest.approx(p_value)
    assert low < value < high


def test_mmd_against_loops():
    """The squared discrepancy is that of the plain double sums."""
    random = np.random.default_rng(1)
    one, two = random.normal(size=(15, 3)), random.normal(0.5, 1, (22, 3))
    rows = np.concatenate((one, two))
    gaps = [float(((a - b) ** 2).sum()) for i, a in enumerate(rows) for b in rows[:i]]

    def kernel(a, b):
        return np.exp(-((a - b) ** 2).sum() / (2 * np.median(gaps)))

    same = [sum(kernel(a, b) for i, a in enumerate(s) for j, b in enumerate(s) if i != j) for s in (one, two)]
    across = sum(kernel(a, b) for a in one for b in two)
    expected = same[0] / (15 * 14) + same[1] / (22 * 21) - 2 * across / (15 * 22)
    assert expected == pytest.approx(multivariate.mmd(one, two, 0)[0])


@pytest.mark.parametrize("what", ["told_apart", "left_over", "mmd"])
def test_false_alarms(what):
    """Where nothing changed p-values are below 5 % in about 5 of 100, heavy tails or not."""
    random, small = np.random.default_rng(2), []
    for at in range(200):
        one, two = random.standard_t(3 if at % 2 else 30, (60, 5)), random.standard_t(3 if at % 2 else 30, (90, 5))
        halves = random.integers(0, 2, 60), random.integers(0, 2, 90)
        if what == "told_apart":
            p_value = multivariate.classifier_auc(multivariate.cross_fit(one, two, halves, multivariate.discriminant))[
                3
            ]
        elif what == "left_over":
            p_value = multivariate.reconstruction_auc(one, two, halves[1])[0][3]
        else:
            p_value = multivariate.mmd(one, two, at)[1]
        small.append(p_value < 0.05)
    assert np.mean(small) <= 0.09


def test_rows_as_a_whole(numbers):
    """A dependence that turned, which no column shows alone, is found, and its columns are named."""
    check = numbers(table(1000, 0), table(800, 1, -1), **SAMPLE, metrics={"domain_classifier": {"judged": True}})
    verdict = check("domain_classifier")
    assert ("alert", 800) == (verdict.level.value, verdict.n)
    assert verdict.low > 0.8
    assert {"x", "y"} == {one["column"] for one in verdict.detail["columns"][:2]}
    assert "mostly by" in verdict.reason
    for form in ("html", "markdown", "terminal"):
        assert "told apart by a classifier" in str(check.result.render(form))


def test_rows_that_stay(numbers):
    """Rows of the same make-up cannot be told apart, and nothing is said to carry it."""
    verdict = numbers(table(1000, 0), table(1000, 1), **SAMPLE, metrics={"domain_classifier": {"judged": True}})(
        "domain_classifier"
    )
    assert "ok" == verdict.level.value
    assert verdict.low < 0.5 < verdict.high
    assert () == tuple(verdict.detail["columns"])


@cache
def usual():
    """A monitor of rows with embeddings."""
    return Monitor.fit(table(600, 0), **SAMPLE)


@cache
def of_embeddings(turn):
    """What a check says of later embeddings, by metric; turned, their mean has moved."""
    return {each.metric: each for each in usual().check(table(600, 1, turn)) if each.column == "v" and not each.segment}


@pytest.mark.parametrize("name", EMBEDDINGS)
def test_embeddings(name):
    """Embeddings are compared by each of the metrics; the classifier and the kernel see a moved mean."""
    stays, moved = (of_embeddings(turn)[name] for turn in (1, -1))
    assert 600 == stays.n
    assert stays.p_value > 0.01
    assert name == "pca_reconstruction_error" or moved.p_value < 0.01


def test_wider_cloud(numbers):
    """Vectors that are further out are rebuilt worse, and told apart."""
    now = table(600, 1).with_columns(v=pl.Series(np.random.default_rng(3).normal(0, 1.3, (600, 16)).tolist()))
    check = numbers(table(600, 0), now, **SAMPLE)
    assert check("pca_reconstruction_error", "v").low > 0.6
    assert check("embedding_domain_classifier", "v").low > 0.6


def test_order_and_pack(tmp_path):
    """Any order of rows and a saved pack give the same numbers."""
    monitor, rows = usual(), table(400, 1)
    again = Monitor.load(monitor.save(tmp_path / "a.pack"))
    shuffled = rows.sample(fraction=1, shuffle=True, seed=3)
    names = {*EMBEDDINGS, "domain_classifier"}
    one, other = (
        {(v.metric, v.column): (v.value, v.p_value) for v in each if v.metric in names}
        for each in (monitor.check(rows), again.check(shuffled))
    )
    assert one == other
    assert 4 == len(one)


def test_only_with_a_sample(numbers):
    """Without a sample of rows these metrics do not apply, and say what they need."""
    result = numbers(table(100, 0), table(100, 1)).result
    assert not {verdict.metric for verdict in result} & {*EMBEDDINGS, "domain_classifier"}
    said = needs(registry.find("metrics", "domain_classifier"))
    assert "table, tables of which a sample of rows is kept (setting `sample: rows`), the extra learn" == said


def test_without_the_extra(numbers, monkeypatch):
    """Without scikit-learn the metric of trees does not apply; the others do."""
    monkeypatch.setattr("driftline.metrics.base.is_installed", lambda _: False)
    found = {verdict.metric for verdict in numbers(table(100, 0), table(100, 1), **SAMPLE).result}
    assert {*EMBEDDINGS} == found & {*EMBEDDINGS, "domain_classifier"}
