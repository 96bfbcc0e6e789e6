"""Columns derived of embeddings."""

import numpy as np
import polars as pl
import pytest

from driftline import registry
from driftline.data.transforms.base import direction
from driftline.monitor import Monitor
from driftline.types import Level

VECTORS = np.random.default_rng(0).normal(1, 1, (500, 8))
NAMES = ("norm", "cosine", "projection_1", "projection_2", "projection_3")


def derive(name, values, sample=None):
    part = registry.find("transforms", name)
    fitted = part.fit(values if sample is None else sample) if part.fit else None
    return part(values, fitted).to_numpy()


@pytest.mark.parametrize("dtype", [pl.List(pl.Float64), pl.Array(pl.Float64, 8), pl.List(pl.Float32)])
def test_against_numpy(dtype):
    """Norm, cosine and projections are NumPy's, for lists and arrays."""
    values = pl.Series("v", VECTORS.tolist(), dtype=dtype)
    mean = VECTORS.mean(axis=0)
    sizes = np.linalg.norm(VECTORS, axis=1)
    assert np.allclose(sizes, derive("norm", values), rtol=1e-6)
    assert np.allclose(VECTORS @ mean / sizes / np.linalg.norm(mean), derive("cosine", values), rtol=1e-5)
    assert np.allclose(VECTORS @ direction(8, 2), derive("projection_2", values), rtol=1e-5, atol=1e-6)


def test_directions_are_fixed():
    """The directions are unit vectors, differ, and are the same for ever."""
    assert [-1, -1, 1, 1, -1, -1, -1, 1] == np.sign(direction(8, 1)).astype(int).tolist()
    assert pytest.approx(1.0) == float(direction(300, 3) @ direction(300, 3))
    assert abs(float(direction(300, 1) @ direction(300, 2))) < 0.2


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("error")
def test_odd_vectors(name):
    """Null, empty, null inside, huge, and of another length: never an error, null where there is no number."""
    odd = pl.Series("v", [None, [], [1.0, None], [1e300] * 2, [0.0, 0.0], [1.0, 2.0, 3.0]], dtype=pl.List(pl.Float64))
    found = derive(name, odd, pl.Series([[1.0, 2.0]] * 3))
    assert [True, True, True] == np.isnan(found[:3]).tolist()
    assert (6,) == found.shape


def test_turned_cloud_is_found():
    """Embeddings that moved are found by an alert on what is derived of them; others of the same kind raise nothing."""
    more = np.random.default_rng(1).normal(1, 1, (500, 8))
    monitor = Monitor.fit(pl.DataFrame({"v": VECTORS.tolist(), "x": range(500)}))
    levels = []
    for rows in (more, more * np.array([1, -1] * 4)):
        result = monitor.check(pl.DataFrame({"v": rows.tolist(), "x": range(500)}))
        levels.append({v.column for v in result if v.level is Level.ALERT})
    assert set() == levels[0]
    assert "v.cosine" in levels[1]
