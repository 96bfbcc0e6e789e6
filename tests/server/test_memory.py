"""Small bodies that would become large, and many bodies at once, are refused before they take memory."""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest

from driftline.data.payload import ARROW, JSON, Limits, read
from driftline.errors import BusyError, TooLargeError
from driftline.server.memory import Memory

from .conftest import posted


def ipc(table, compression=None):
    """A table as an Arrow IPC stream."""
    out = pa.BufferOutputStream()
    with pa.ipc.new_stream(out, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table)
    return out.getvalue().to_pybytes()


NULLS = pa.nulls(1_000_000)
BOMBS = {
    "empty objects": lambda: (gzip.compress(b"[" + b"{}," * 2_000_000 + b"{}]"), JSON, "gzip"),
    "empty lists": lambda: (gzip.compress(b"[" + b"[]," * 2_000_000 + b"{}]"), JSON, "gzip"),
    "small objects": lambda: (gzip.compress(b"[" + b'{"a":0},' * 2_000_000 + b"{}]"), JSON, "gzip"),
    "lists in a row, plain": lambda: (b'[{"x":[' + b"[]," * 5_000_000 + b"[]]}]", JSON, ""),
    "objects in a row, plain": lambda: (b'[{"x":[' + b"{}," * 5_000_000 + b"{}]}]", JSON, ""),
    "rows without common columns": lambda: (
        json.dumps([{f"x{at % 2000}": 1} for at in range(20_000)]).encode(),
        JSON,
        "",
    ),
    "columns of nothing": lambda: (ipc(pa.table({f"x{at}": pa.nulls(32_000) for at in range(1990)})), ARROW, ""),
    "a column of nothing": lambda: (ipc(pa.table({"x": pa.nulls(100_000)})), ARROW, ""),
    "a list of nothing": lambda: (
        ipc(pa.table({"x": pa.ListArray.from_arrays(pa.array([0, 1_000_000]), NULLS)})),
        ARROW,
        "",
    ),
    "fixed lists of nothing": lambda: (ipc(pa.table({"x": pa.FixedSizeListArray.from_arrays(NULLS, 100)})), ARROW, ""),
    "zeros in zstd": lambda: (
        ipc(pa.table({f"x{at}": pa.array([0.0] * 50_000) for at in range(70)}), "zstd"),
        ARROW,
        "",
    ),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs(bomb):
    """A small body that becomes a large table is refused, and reserves less than 100 MB until then."""
    body, content_type, encoding = BOMBS[bomb]()
    memory = Memory(512 << 20)
    with memory.reserve() as held:
        with pytest.raises(TooLargeError):
            read(body, content_type, Limits(), encoding, reserve=held.grow)
        assert held.size < 100 << 20
    assert 0 == memory.used


def test_ordinary_batches_pass():
    """Rows that compress well, with columns that lack values, are far within the limits."""
    rows = [{"id": at, "x": 1.5, "label": "a", "gone": None} for at in range(2_000)]
    assert 2_000 == read(gzip.compress(json.dumps(rows).encode()), JSON, Limits(), "gzip").frame.height
    table = pa.table({"id": range(50_000), "x": [at / 7 for at in range(50_000)], "gone": pa.nulls(50_000)})
    payload = read(ipc(table, "zstd"), ARROW, Limits())
    assert 50_000 == payload.frame.height
    assert len(payload.data) > payload.frame.estimated_size()  # the log has it decompressed: its size is known there


def test_memory_is_shared():
    """A batch that alone is too large is told so; one that is too much just now is told to come again."""
    memory = Memory(100)
    with memory.reserve() as first, memory.reserve() as second:
        first.grow(60)
        with pytest.raises(BusyError):
            second.grow(60)
        second.grow(40)
        with pytest.raises(TooLargeError):
            second.grow(61)
    assert 0 == memory.used


def test_many_threads_reserve():
    """Reservations of many threads neither get lost nor stay."""
    memory = Memory(1 << 30)

    def work(_):
        for _ in range(100):
            with memory.reserve() as held:
                held.grow(1000)
                held.grow(1000)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert 0 == memory.used


def test_unfinished_bodies(served):
    """Bodies that are never finished hold a bounded sum of bytes; further ones are told to come again."""
    memory = served.app.ingest.memory
    memory.most = 300_000
    seen = []

    async def slow():
        for _ in range(9):
            yield b" " * 10_000
            seen.append(memory.used)
        yield b"[]"

    responses = served.ask(*(posted(slow()) for _ in range(20)))
    assert {200, 429} == {response.status_code for response in responses}
    assert max(seen) <= 300_000
    assert "1" == next(one for one in responses if one.status_code == 429).headers["retry-after"]
    assert 0 == memory.used
    assert 200 == served.ask(posted(b"[]"))[0].status_code
