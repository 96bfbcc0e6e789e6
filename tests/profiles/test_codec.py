"""Bytes of states: what goes in comes out, equal values give equal bytes, damage is told."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftline.errors import PackError
from driftline.profiles import codec

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3) | st.integers(0, 9), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=60)
@given(PLAIN)
def test_plain_values(value):
    """Nested plain values come back equal, and pack to the same bytes again."""
    data = codec.pack(value)
    assert value == codec.unpack(data)
    assert data == codec.pack(codec.unpack(data))


@pytest.mark.parametrize("dtype", [np.float64, np.int64, np.uint64])
@pytest.mark.parametrize("shape", [(0,), (3,), (2, 3)])
def test_arrays(dtype, shape):
    """Arrays keep type, shape and bits, can be written to, and are little-endian wherever they were made."""
    array = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    back = codec.unpack(codec.pack({"a": array}))["a"]
    assert (array.dtype, array.tolist()) == (back.dtype, back.tolist())
    assert back.flags.writeable
    assert codec.pack(array) == codec.pack(array.astype(array.dtype.newbyteorder(">")))


def test_not_finite():
    """NaN and infinities survive."""
    back = codec.unpack(codec.pack(np.array([np.nan, np.inf, -np.inf, -0.0])))
    assert ["nan", "inf", "-inf", "-0.0"] == [str(value) for value in back.tolist()]


@pytest.mark.parametrize("value", [object(), {1, 2}, 1j])
def test_strange_values(value):
    """What has no plain form is refused when it is packed."""
    with pytest.raises(TypeError):
        codec.pack(value)


@settings(max_examples=100)
@given(st.integers(0, 200), st.integers(0, 255), st.integers(0, 200))
def test_damage(at, byte, end):
    """Damaged bytes give a value or a clear error, never another one."""
    data = bytearray(codec.pack({"counts": np.arange(9), "name": "é", "rows": 3.5}))
    data[at % len(data)] = byte
    try:
        codec.unpack(bytes(data[: len(data) - end % 40]))
    except PackError as error:
        assert "make it again" in str(error)  # noqa: PT017 - a value without damage is fine as well
