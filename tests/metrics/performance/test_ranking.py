"""Metrics of rankings against scikit-learn, a plain loop and simulation."""

import numpy as np
import polars as pl
import pytest
from sklearn import metrics

from driftline.profiles.batch import Batch
from driftline.profiles.sketches import rankings
from driftline.stats import ranking

SAID = {"target": "y", "score": "s", "query": "q"}
NAMES = ("ndcg", "mean_average_precision", "reciprocal_rank", "hit_rate")


def lists(rng, queries, length=20, noise=2.0):
    relevance = rng.choice([0, 0, 0, 0, 1, 2, 3], (queries, length)).astype(float)
    return relevance, np.round(relevance + rng.normal(0, noise, (queries, length)), 1)


def columns(relevance, score):
    return {"q": np.repeat(np.arange(len(score)), len(score[0])), "y": np.ravel(relevance), "s": np.ravel(score)}


def test_ndcg_agrees_with_scikit_learn(folded, measure):
    """NDCG with graded relevance and tied scores is that of scikit-learn, for queries with a relevant row."""
    relevance, score = lists(np.random.default_rng(0), 400, 8)
    some = relevance.max(axis=1) > 0
    found = measure("ndcg", folded(columns(relevance, score), **SAID))
    expected = metrics.ndcg_score(relevance[some], score[some], k=10)
    assert (expected, some.sum()) == (pytest.approx(found.value, rel=1e-9), found.n)
    relevance, score = lists(np.random.default_rng(1), 400, 40)
    found = measure("ndcg", folded(columns(relevance, score), **SAID))
    assert metrics.ndcg_score(relevance, score, k=10) == pytest.approx(found.value, rel=1e-9)


def test_precisions_agree_with_scikit_learn(folded, measure):
    """Without ties, in lists of up to 10, average precision is scikit-learn's; so is MRR with one relevant row."""
    rng = np.random.default_rng(2)
    relevance, score = lists(rng, 300, 10)
    relevance[:, 0], score = 1, score + rng.random(score.shape) / 100
    found = measure("mean_average_precision", folded(columns(relevance, score), **SAID))
    expected = metrics.label_ranking_average_precision_score(relevance > 0, score)
    assert expected == pytest.approx(found.value, rel=1e-9)
    relevance[:, 1:] = 0
    found = measure("reciprocal_rank", folded(columns(relevance, score), **SAID))
    expected = metrics.label_ranking_average_precision_score(relevance > 0, score)
    assert expected == pytest.approx(found.value, rel=1e-9)


def test_agrees_with_a_plain_loop(folded, measure):
    """The first 10 of 40 rows, ties at their worst."""
    relevance, score = lists(np.random.default_rng(3), 200, 40, 5)
    outcomes = []
    for y, s in zip(relevance, score, strict=True):
        hits = (y > 0)[np.lexsort((y, -s))][:10]
        precision = np.cumsum(hits) / np.arange(1, 11)
        best = min((y > 0).sum(), 10)
        outcomes.append((precision @ hits / best, 1 / (1 + hits.argmax()) if hits.any() else 0, hits.any()))
    profile = folded(columns(relevance, score), **SAID)
    found = [measure(name, profile).value for name in NAMES[1:]]
    assert np.mean(outcomes, axis=0) == pytest.approx(found, rel=1e-9)


def test_queries_beyond_the_sample(folded, measure, monkeypatch):
    """Of more queries a uniform sample is kept, the same for any split of the rows."""
    monkeypatch.setattr(rankings, "MOST", 50)
    rows = columns(*lists(np.random.default_rng(4), 300))
    whole = folded(rows, **SAID)
    frame = pl.DataFrame(rows).sample(fraction=1, shuffle=True, seed=0)
    halves = [rankings.Rankings(whole.plan) for _ in range(2)]
    for half, part in zip(halves, (frame[:2500], frame[2500:]), strict=True):
        half.absorb(Batch(part, "parquet"))
    state, joined = whole.get(rankings.Rankings).state(), halves[1].merge(halves[0]).state()
    assert {name: part.tolist() for name, part in state.items()} == {
        name: part.tolist() for name, part in joined.items()
    }
    assert 50 == measure("ndcg", whole).n


@pytest.mark.parametrize("noise", [0.4, 2, 5])
def test_intervals_cover(noise):
    """Intervals over queries cover, also where nearly all queries are answered best."""
    rng = np.random.default_rng(5)
    relevance, score = lists(rng, 20_000, noise=noise)
    query = np.repeat(np.arange(20_000), 20)
    rows = ranking.Ranked(20_000, query, score.ravel(), relevance.ravel(), np.ones(query.size, np.int64))
    for values in (ranking.ndcg(rows), *ranking.precisions(rows, (relevance > 0).sum(axis=1))):
        known = values[np.isfinite(values)]
        for queries in (30, 100, 1000):
            limits = np.array([ranking.average(rng.choice(known, queries))[0] for _ in range(500)])
            assert 0.92 <= np.mean((limits[:, 1] <= known.mean()) & (known.mean() <= limits[:, 2]))


ODD = [float("nan"), float("inf"), 1e300, -1e300, 5e-324, -0.0, 0.0, None, 1e300, 2.0]


@pytest.mark.parametrize("q", [["a"] * 10, list("aabbccddee"), [None] * 10, list("abcdefghij")])
@pytest.mark.parametrize("y", [ODD, [0.0] * 10, [-1.0] * 10, [1.0] * 10, [0.0] * 9 + [1.0]])
@pytest.mark.parametrize("s", [ODD, ODD[::-1], [1.0] * 10])
def test_bad_rows(total, folded, q, y, s):
    """No query, one query, nothing or everything relevant, equal and odd scores: a number in its range, or none."""
    plan = folded(columns(*lists(np.random.default_rng(6), 30)), **SAID).plan
    for rows in (0, 1, 10):
        part = {"q": pl.Series(q[:rows], dtype=pl.String), "y": pl.Series(y[:rows], dtype=pl.Float64)}
        total(NAMES, part | {"s": pl.Series(s[:rows], dtype=pl.Float64)}, plan)
