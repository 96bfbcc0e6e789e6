"""Rounding keeps the order, goes the way that it is told, and done twice gives the same as once."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from driftline.profiles.privacy.coarse import coarse, coarse_one

FLOATS = st.floats(-1e15, 1e15)


@given(st.lists(FLOATS, min_size=1), FLOATS, st.floats(1e-9, 1e12), st.sampled_from([-1, 0, 1]))
@example([1e308, -1e308, 5e-324], 0.0, 1.0, 1)
@example([1.0, 2.0], 1.0, 5e-324, 1)
@example([0.0], 1001.0, 1e12, -1)
def test_laws(numbers, center, scale, way):
    """Also of the largest and smallest numbers that there are."""
    numbers = np.sort(np.array(numbers))
    rounded = coarse(numbers, center, scale, way)
    assert np.isfinite(rounded).all()
    assert (np.diff(rounded) >= 0).all()
    assert ((rounded - numbers) * way >= 0).all()
    np.testing.assert_array_equal(coarse(rounded, center, scale, way), rounded)


@given(st.floats(), FLOATS, st.floats(1e-320, 1e300), st.sampled_from([-1, 0, 1]))
@example(-0.0, 0.0, 1.0, 0)
@example(float("nan"), 0.0, 1.0, -1)
@example(-1.7976931348623157e308, 0.0, 4.7e272, 1)
@example(1.7e308, -1.0, 1e-299, 1)
@example(1e6, 2.5, 1e-6, -1)
def test_one_number_is_rounded_as_many_are(number, center, scale, way):
    """Bit by bit, also what is no number, or too large for one."""
    expected = coarse(np.array([number]), center, scale, way)
    assert expected.tobytes() == np.array([coarse_one(number, center, scale, way)]).tobytes()


@pytest.mark.parametrize(
    ("number", "center", "scale", "expected"),
    [
        (987_654.32, 49_711.0, 9_000.0, 990_000.0),
        (-3.24, 20.0, 9.0, -3.24),
        (1047.83, 1000.0, 30.0, 1047.8),
        (1547.83, 1000.0, 30.0, 1550.0),
    ],
)
def test_steps(number, center, scale, expected):
    """The step is small near the middle, and grows with the distance beyond; numbers stay round ones."""
    assert expected == coarse(np.array([number]), center, scale).item()
