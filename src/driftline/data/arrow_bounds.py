"""Checks the sizes that an Arrow IPC stream declares, before a reader allocates memory by them.

Readers of Arrow trust the sizes that a stream declares: a hundred bytes can ask for terabytes. This module walks the
messages of a stream, whose headers are FlatBuffers, and compares what they declare with what is there and with bounds.
Source: the Arrow columnar format, "Serialization and interprocess communication", Message.fbs and Schema.fbs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from struct import Struct, error

import numpy as np

from driftline.errors import InputError, TooLargeError

_HEAD = Struct("<Ii")
_U16, _I32, _U32, _I64 = Struct("<H"), Struct("<i"), Struct("<I"), Struct("<q")
_CONTINUES = 0xFFFFFFFF
_SCHEMA, _DICTIONARY, _RECORDS = 1, 2, 3
_DEPTH = 8  # of lists in lists


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that a stream may declare: rows, columns, values (of children too), and bytes once unpacked."""

    rows: int
    columns: int
    values: int
    unpacked: int


@dataclass(frozen=True, slots=True)
class Declared:
    """What a stream declares: rows, values, bytes once unpacked, and whether buffers are compressed."""

    rows: int
    values: int
    unpacked: int
    is_compressed: bool


def check(data: bytes, bounds: Bounds) -> Declared:
    """What a stream declares, once all of it is known to be within the bounds.

    Raises:
        InputError: when it is cut short, or is none.
        TooLargeError: when it declares more than the bounds allow.

    >>> import polars as pl
    >>> check(pl.DataFrame({"x": [1, 2]}).write_ipc_stream(None).getvalue(), Bounds(10, 10, 100, 1000)).rows
    2
    """
    try:
        return _Walk(data, bounds).check()
    except (error, ValueError, IndexError) as trouble:
        raise InputError(f"the body is no Arrow IPC stream ({trouble}); write one with any Arrow library") from trouble


class _Walk:
    def __init__(self, data: bytes, bounds: Bounds) -> None:
        self.data, self.bounds = data, bounds
        self.values, self.unpacked, self.is_compressed = 0, 0, False

    def check(self) -> Declared:
        rows, first = 0, True
        for message, body, length in self._messages():
            table = _I32.unpack_from(message)[0]
            place = _field(message, table, 1)
            kind = message[place] if place else 0
            if first is not (kind == _SCHEMA):
                raise ValueError("the schema is not its first message, and that alone")
            first = False
            if kind == _SCHEMA:
                _check_schema(message, self.bounds.columns)
            elif kind in {_DICTIONARY, _RECORDS}:
                rows += self._batch(message, _table(message, table, 2), kind, body, length)
                if rows > self.bounds.rows:
                    raise TooLargeError(f"more than {self.bounds.rows:,} rows in one batch; send several")
            else:
                raise ValueError(f"a message of the unknown kind {kind}")
        if first:
            raise ValueError("it has no schema")
        return Declared(rows, self.values, self.unpacked, self.is_compressed)

    def _messages(self) -> Iterator[tuple[bytes, int, int]]:
        """Each message's header, and where its body begins and how long it is."""
        at = 0
        while at + 8 <= len(self.data):
            mark, size = _HEAD.unpack_from(self.data, at)
            if mark != _CONTINUES or size < 0:
                raise ValueError("a message has no beginning")
            if not size:
                return
            body = at + 8 + size
            message = self.data[at + 8 : body]
            place = _field(message, _I32.unpack_from(message)[0], 3)
            length = _I64.unpack_from(message, place)[0] if place else 0
            if len(message) < size or not 0 <= length <= len(self.data) - body:
                raise ValueError("it is cut short, or a message declares more than is there")
            yield message, body, length
            at = body + length

    def _batch(self, message: bytes, table: int, kind: int, body: int, length: int) -> int:
        """Rows of a batch; 0 of a dictionary."""
        if kind == _DICTIONARY:
            table = _table(message, table, 1)
        place = _field(message, table, 0)
        count = _I64.unpack_from(message, place)[0] if place else 0
        nodes, buffers = (_pairs(message, table, number) for number in (1, 2))
        if count < 0 or (nodes < 0).any() or (buffers < 0).any():
            raise ValueError("a size is negative")
        if (buffers > length).any() or (buffers.sum(axis=1) > length).any():
            raise ValueError("a buffer lies outside of its message")
        self._count_values(max(count, int(nodes[:, 0].sum(dtype=np.float64))))
        self._count_bytes(int(buffers[:, 1].sum(dtype=np.float64)))
        if _field(message, table, 3):
            self.is_compressed = True
            for start in buffers[buffers[:, 1] > 0, 0].tolist():
                self._count_bytes(max(_I64.unpack_from(self.data, body + start)[0], 0))
        return 0 if kind == _DICTIONARY else int(count)

    def _count_values(self, count: int) -> None:
        self.values += count
        if self.values > self.bounds.values:
            raise TooLargeError(f"more than {self.bounds.values:,} values in one batch; send several")

    def _count_bytes(self, size: int) -> None:
        self.unpacked += size
        if self.unpacked > self.bounds.unpacked:
            raise TooLargeError(f"more than {self.bounds.unpacked:,} bytes once unpacked; send smaller batches")


@lru_cache(maxsize=64)
def _check_schema(message: bytes, most: int) -> None:
    """Columns are bounded in number, counting those inside of others, and in depth."""
    level = _children(message, _table(message, _I32.unpack_from(message)[0], 2), 1, most)
    left = most
    for _ in range(_DEPTH):
        left -= len(level)
        if left < 0:
            raise TooLargeError(f"more than {most:,} columns; leave some out")
        if not level:
            return
        level = [child for field in level for child in _children(message, field, 5, left)]
    raise TooLargeError(f"columns of lists in lists, more than {_DEPTH} deep; flatten them")


def _field(message: bytes, table: int, number: int) -> int:
    """Where a field of a table is; 0 if it is not there."""
    about = table - _I32.unpack_from(message, table)[0]
    if about < 0 or table <= 0:
        raise ValueError("an offset leads nowhere")
    if 4 + 2 * number >= _U16.unpack_from(message, about)[0]:
        return 0
    offset = _U16.unpack_from(message, about + 4 + 2 * number)[0]
    return table + offset if offset else 0


def _table(message: bytes, table: int, number: int) -> int:
    """Where the table is that a field leads to."""
    place = _field(message, table, number)
    if not place:
        raise ValueError("a message lacks a part")
    return place + int(_U32.unpack_from(message, place)[0])


def _vector(message: bytes, table: int, number: int) -> tuple[int, int]:
    """Where a vector begins, and how long it is."""
    if not _field(message, table, number):
        return 0, 0
    place = _table(message, table, number)
    return place + 4, _U32.unpack_from(message, place)[0]


def _pairs(message: bytes, table: int, number: int) -> "np.ndarray[tuple[int, int], np.dtype[np.int64]]":
    """A vector (n, 2) of pairs of whole numbers."""
    start, count = _vector(message, table, number)
    return np.frombuffer(message, "<i8", 2 * count, start).reshape(count, 2)


def _children(message: bytes, table: int, number: int, most: int) -> list[int]:
    """Where the tables of a vector are; of too many one more than allowed."""
    start, count = _vector(message, table, number)
    places = [start + 4 * at for at in range(min(count, most + 1))]
    return [place + _U32.unpack_from(message, place)[0] for place in places]
