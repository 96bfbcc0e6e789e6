"""The sample of rows: uniform, of different rows with their counts, the same in any order."""

import numpy as np
import polars as pl
import pytest

from driftline.config.settings import Config
from driftline.profiles import codec
from driftline.profiles.batch import Batch
from driftline.profiles.fitting.fit import fit
from driftline.profiles.sketches.row_sample import LONGEST, RowSample


def sampled(frame, rows, parts=1, reference=None):
    """The sample of a frame, folded in parts."""
    plan = fit([frame if reference is None else reference], Config(sample={"rows": rows}))
    sketch = RowSample(plan)
    for part in np.array_split(np.arange(frame.height), parts):
        sketch.absorb(Batch(frame[part.tolist()], "parquet"))
    return sketch


def table(n, seed=0):
    random = np.random.default_rng(seed)
    return pl.DataFrame({"x": random.normal(size=n), "k": random.choice(["a", "b"], n), "n": np.arange(n) % 7})


def test_uniform():
    """Means of the sampled numbers are those of a random sample: within four standard errors in 50 tables."""
    gaps = []
    for seed in range(50):
        frame = table(3000, seed)
        held = sampled(frame, 300).table()
        gaps.append(held[:, 0].mean() - sampled(frame, 3000).table()[:, 0].mean())
    assert abs(np.mean(gaps)) * np.sqrt(50 * 300) < 4
    assert 0.7 < np.std(gaps) * np.sqrt(300) < 1.3


def test_order():
    """Shuffled rows in another partition give the same bytes."""
    frame = table(2000).with_columns(v=pl.Series(np.random.default_rng(1).normal(size=(2000, 4)).tolist()))
    one = sampled(frame, 100, 3)
    other = sampled(frame.sample(fraction=1, shuffle=True, seed=5), 100, 7, frame)
    assert codec.pack(one.state()) == codec.pack(other.state())


def test_equal_rows_are_counted():
    """Equal rows are held once, with their count, and come back as often; many rows come back in their shares."""
    frame = pl.DataFrame({"k": ["a", "b", "b", "c"] * 500, "n": [1, 2, 2, 3] * 500})
    held = sampled(frame, 100)
    assert [500, 500, 1000] == sorted(held.counts.tolist())
    assert [25, 25, 50] == sorted(np.bincount(held.places).tolist())
    assert 2000 == sampled(frame, 2000).places.size


def test_what_is_held():
    """Numbers are in deviations from the median, labels by place, new ones after the last, nulls are NaN."""
    frame = table(500)
    held = sampled(pl.DataFrame({"x": [None], "k": ["new"]}), 9, reference=frame)
    assert [[True, False, True]] == np.isnan(held.table()).tolist()
    assert 2.0 == held.table()[0, 1]
    whole = sampled(frame, 500).table()[:, 0]
    assert pytest.approx(0, abs=1e-3) == np.median(whole)


def test_vectors():
    """Vectors come back as they came, of the reference's length; odd ones are left out."""
    vectors = np.random.default_rng(0).normal(size=(50, 5)).astype(np.float32)
    frame = pl.DataFrame({"v": [*vectors.tolist(), [1.0], None, [float("nan")] * 5, []]})
    cloud, halves = sampled(frame, 100).cloud("v")
    assert sorted(vectors.astype(float).tolist()) == sorted(cloud.tolist())
    assert {0, 1} == set(halves.tolist())


def test_long_vectors():
    """Of long vectors random sums are held: distances are kept within 20 %."""
    vectors = np.random.default_rng(0).normal(size=(40, 4000))
    cloud, _ = sampled(pl.DataFrame({"v": vectors.tolist()}), 100).cloud("v")
    assert (40, LONGEST) == cloud.shape
    whole, held = (np.linalg.norm(side[:, None] - side, axis=2)[np.triu_indices(40, 1)] for side in (vectors, cloud))
    assert 0.8 < held.min() / whole.max()
    assert held.max() / whole.min() < 1.2


def test_off_by_default():
    """Without the setting no row is held."""
    assert not RowSample.suits(fit([table(100)], Config()))
