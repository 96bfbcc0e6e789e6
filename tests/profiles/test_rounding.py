"""Values that differ in their last digits are one where they come often, and only there."""

import numpy as np
import polars as pl
import pytest

from driftline.config.settings import Config
from driftline.profiles.batch import Batch
from driftline.profiles.fitting.fit import fit
from driftline.profiles.rounding import snap

N = 500


def numbers(reference, current):
    """The current numbers as they are folded under the reference's plan."""
    (plan,) = fit([pl.DataFrame({"x": reference})], Config(derive=False), "parquet").columns
    return Batch(pl.DataFrame({"x": current}), "parquet").values(plan).numbers


def few(values):
    return np.random.default_rng(0).choice(values, N)


SPREAD = np.random.default_rng(1).exponential(60, 5 * N)
ALIKE = {
    "float32 now": (few([0.1, 0.2, 0.7]), few([0.1, 0.2, 0.7]).astype(np.float32)),
    "float32 then": (few([0.1, 0.2, 0.7]).astype(np.float32), few([0.1, 0.2, 0.7])),
    "arithmetic": (few([0.1, 0.2, 0.3]), few([0.1, 0.2, 0.1 + 0.2])),
    "both in the reference": (few([0.1, 0.3, 0.1 + 0.2]), few([0.1, 0.3, 0.1 + 0.2])),
    "constant": (np.full(N, 5.0), np.full(N, 5.000000000000001)),
    "two codes": (few([1.0, 2.5]), few([1.0, 2.5]) * 1.1 / 1.1),
}


@pytest.mark.parametrize("name", ALIKE)
def test_few_values(name):
    """Few values, but for their last digits, are the reference's very values."""
    reference, current = ALIKE[name]
    assert set(numbers(reference, current)) <= set(numbers(reference, reference))


def test_cap():
    """A cap is found again as a float32."""
    now = numbers(np.minimum(SPREAD, 99.9), np.minimum(SPREAD[::-1], 99.9).astype(np.float32))
    assert (now == 99.9).sum() == (SPREAD > 99.9).sum()


def test_other_values_stay():
    """Continuous, whole and neighbouring numbers are left alone, however large."""
    assert numbers(SPREAD, SPREAD).tolist() == np.sort(SPREAD).tolist()
    assert set(numbers(few([1.7e9, 1.8e9, 1.9e9]), [1.7e9 + 1])) == {1.7e9 + 1}
    assert snap(np.array([0.1, 0.1 + 1e-9]), np.array([0.1, 0.1 + 1e-9]), 1.0).tolist() == [0.1, 0.1 + 1e-9]
