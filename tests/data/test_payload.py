"""Bodies of rows: what JSON becomes, and that no bytes whatever break the reader or ask it for more than the bounds."""

import io
import json
import struct
from contextlib import suppress
from io import BytesIO

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from driftline.data.ipc import to_stream
from driftline.data.payload import ARROW, JSON, LINES, Limits, frame_of, read
from driftline.errors import InputError, TooLargeError, UnsupportedError

LIMITS = Limits(body=50_000, unpacked=100_000, rows=100, columns=20, text=500)
FRAME = pl.DataFrame(
    {
        "id": range(50),
        "x": [at / 3 if at % 7 else None for at in range(50)],
        "text": [f"a{at}" for at in range(50)],
        "label": pl.Series(["a", "b"] * 25, dtype=pl.Categorical),
        "list": [[1.0, 2.0]] * 50,
        "flag": [True, None] * 25,
    }
)
SENT = to_stream(FRAME)
values = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.floats(), max_size=2)
)


@pytest.mark.parametrize(
    ("column", "dtype", "found"),
    [
        ([1, None, 3], pl.Int64, [1, None, 3]),
        ([1, 2.5], pl.Float64, [1.0, 2.5]),
        ([2**63, 1], pl.Float64, [2.0**63, 1.0]),
        ([True, None], pl.Boolean, [True, None]),
        (["a", None], pl.String, ["a", None]),
        ([None, None], pl.Null, [None, None]),
        ([[1, 2.5], None], pl.List(pl.Float64), [[1.0, 2.5], None]),
        ([1, "a", True], pl.String, ["1", "a", "true"]),
        ([{"b": 1}, ["c"]], pl.String, ['{"b": 1}', '["c"]']),
    ],
)
def test_types_of_json(column, dtype, found):
    """A column of JSON has one type: its values', or else text."""
    series = read(json.dumps([{"x": value} for value in column]).encode(), JSON, LIMITS).frame["x"]
    assert (dtype, found) == (series.dtype, series.to_list())


@given(st.lists(st.dictionaries(st.text(max_size=4), values, max_size=4), max_size=5))
def test_any_json(rows):
    """Any objects become a table with a row for each, alike as an array and as lines; that table is kept."""
    lines = [json.dumps(row) for row in rows]
    found = read(f"[{','.join(lines)}]".encode(), JSON, LIMITS)
    assert_frame_equal(found.frame, read("\r\n".join(lines).encode(), LINES, LIMITS).frame)
    assert_frame_equal(found.frame, frame_of(found.data))
    assert found.frame.width == 0 or len(rows) == found.frame.height


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, len(SENT) - 9), st.integers(0, 255)), max_size=4), st.integers(0, len(SENT)))
def test_damaged_arrow(changes, cut):
    """However it is changed or cut, it is read as rows or refused, within the bounds."""
    body = bytearray(SENT[: cut or None])
    for at, value in changes:
        if at < len(body):
            body[at] = value
    with suppress(InputError):
        found = read(bytes(body), ARROW, LIMITS)
        assert found.frame.height <= LIMITS.rows
        assert found.frame.estimated_size() <= 10 * LIMITS.unpacked


@settings(max_examples=300)
@given(st.integers(0, len(SENT) - 9), st.sampled_from([2**62, 2**40, 2**31, -1, -(2**63), 1 << 20]))
def test_arrow_that_lies(at, size):
    """A stream that declares a huge or negative size anywhere allocates nothing by it."""
    body = SENT[:at] + struct.pack("<q", size) + SENT[at + 8 :]
    with suppress(InputError):
        assert read(body, ARROW, LIMITS).frame.height <= LIMITS.rows


@settings(max_examples=200)
@given(st.binary(max_size=200), st.sampled_from([ARROW, JSON, LINES]), st.sampled_from(["", "gzip", "zstd"]))
def test_any_bytes(body, form, encoding):
    """Any bytes are rows, or are refused."""
    with suppress(InputError):
        assert read(body, form, LIMITS, encoding).frame.height <= LIMITS.rows


def test_compressed_buffers_are_bounded():
    """Buffers that are compressed inside of a stream count as they are unpacked."""
    with pytest.raises(TooLargeError, match="once unpacked"):
        read(_compressed(pl.DataFrame({"x": [0.0] * 90_000})), ARROW, Limits(unpacked=500_000))
    frame = pl.DataFrame({"x": [0.0] * 90})
    assert_frame_equal(frame, read(_compressed(frame), ARROW, LIMITS).frame)


def _compressed(frame):
    out = BytesIO()
    frame.write_ipc_stream(out, compression="zstd")
    return out.getvalue()


def test_types_and_encodings():
    """Parameters of a content type do not matter; other types and encodings are named."""
    assert [1] == read(b'[{"x": 1}]', "Application/JSON; charset=utf-8", LIMITS).frame["x"].to_list()
    for form, encoding in (("text/plain", ""), (JSON, "br"), ("", "")):
        with pytest.raises(UnsupportedError, match="is not read; send"):
            read(b"[]", form, LIMITS, encoding)


def test_ids_are_never_rounded():
    """Whole numbers of 2^63 and more stay what they are in the column of ids, and in no other."""
    body = b'[{"id": 9223372036854775808, "x": 9223372036854775808}, {"id": 9223372036854775809, "x": 1}]'
    frame = read(body, JSON, Limits(), exact="id").frame
    assert ["9223372036854775808", "9223372036854775809"] == frame["id"].to_list()
    assert [2.0**63, 1.0] == frame["x"].to_list()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"[" + b",".join(b'{"c%d": 1}' % at for at in range(1_500)) + b"]", JSON),
        (b"[" + b"{}," * 5_000_000 + b"{}]", JSON),
        (to_stream(pl.DataFrame({f"c{at}": pl.Series([None] * 5_000, dtype=pl.Null) for at in range(500)})), ARROW),
    ],
    ids=["a column for each row", "empty objects", "columns without buffers"],
)
def test_few_bytes_do_not_become_much_memory(body, kind):
    """Rows times columns are bounded, whatever the body takes."""
    with pytest.raises(TooLargeError, match="send"):
        read(body, kind, Limits(unpacked=1 << 30))


def test_a_body_that_grows_in_memory_is_kept_unpacked():
    """What the log holds is about as large as what reading it back takes."""
    frame = pl.DataFrame({"x": pl.Series([1.0] * 30_000)})
    packed = io.BytesIO()
    frame.write_ipc_stream(packed, compression="zstd")
    rows = read(packed.getvalue(), ARROW, Limits())
    assert len(rows.data) > 20 * len(packed.getvalue())
    assert frame.equals(rows.frame)
