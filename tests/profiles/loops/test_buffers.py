"""Columns are read where Arrow has them."""

import numpy as np
import polars as pl
import pytest

from driftline.profiles.loops.buffers import chunks, text_chunks


def test_numbers():
    """Slices of several parts, with the bits of what is there; a part of no rows is none."""
    series = pl.concat(
        [pl.Series([None, 1.0, 2.0, None]), pl.Series([], dtype=pl.Float64), pl.Series([3.0])], rechunk=False
    )
    found = []
    for chunk in chunks(series[1:]):
        bits = np.unpackbits(chunk.valid, bitorder="little")[chunk.offset :][: chunk.numbers.size].astype(bool)
        assert chunk.nulls == np.count_nonzero(~bits)
        found += chunk.numbers[bits].tolist() if chunk.nulls else chunk.numbers.tolist()
    assert [1.0, 2.0, 3.0] == found


def test_texts():
    """Equal short texts have equal views."""
    (chunk,) = text_chunks(pl.Series(["a", "b", "a", None, "twelve bytes"])[1:])
    views = chunk.views.reshape(-1, 2).tolist()
    assert [1, 1] == [views[0][0] & 0xFFFF_FFFF, chunk.nulls]
    assert views[0] != views[1]
    assert 12 == views[3][0] & 0xFFFF_FFFF


@pytest.mark.parametrize("read", [chunks, text_chunks])
def test_other_types(read):
    """Another type is an error that names the column, for its bytes would be read as what they are not."""
    with pytest.raises(TypeError, match="age: the column is Int64; expected"):
        list(read(pl.Series("age", [1])))
