"""The numbers or texts of a column where Arrow has them, read in place by the C stream interface: nothing is copied."""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from driftline.arrays import Floats

IN_VIEW = 12
"""Bytes of the longest text that is in its view."""
_NAME = b"arrow_array_stream"
_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.argtypes, _pointer.restype = [ctypes.py_object, ctypes.c_char_p], ctypes.c_void_p
_Release = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_Next = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)


class _Array(ctypes.Structure):
    """Arrow's `ArrowArray` (Apache Arrow, "The Arrow C data interface")."""

    _fields_: ClassVar = [
        *((name, ctypes.c_int64) for name in ("length", "null_count", "offset", "n_buffers", "n_children")),
        ("buffers", ctypes.POINTER(ctypes.c_void_p)), ("children", ctypes.c_void_p), ("dictionary", ctypes.c_void_p),
        ("release", _Release), ("private_data", ctypes.c_void_p),
    ]  # fmt: skip


class _Schema(ctypes.Structure):
    """Arrow's `ArrowSchema`."""

    _fields_: ClassVar = [
        ("format", ctypes.c_char_p), ("name", ctypes.c_char_p), ("metadata", ctypes.c_char_p),
        ("flags", ctypes.c_int64), ("n_children", ctypes.c_int64), ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p), ("release", _Release), ("private_data", ctypes.c_void_p),
    ]  # fmt: skip


class _Stream(ctypes.Structure):
    """Arrow's `ArrowArrayStream` ("The Arrow C stream interface")."""

    _fields_: ClassVar = [
        ("get_schema", _Next), ("get_next", _Next), ("get_last_error", ctypes.c_void_p),
        ("release", ctypes.c_void_p), ("private_data", ctypes.c_void_p),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chunk:
    """Numbers (n,) that lie one after the other, and bits: bit `offset` + i says whether number i is one.

    There are no bits where `nulls`, how many are none, is 0. Both are views of memory that is another's: they hold
    until the next chunk is asked for.
    """

    numbers: Floats
    valid: npt.NDArray[np.uint8]
    offset: int
    nulls: int


@dataclass(frozen=True, slots=True)
class TextChunk:
    """Views (2n,) of n texts, as Arrow has them, two words each, and bits as in `Chunk`.

    Equal views are equal texts; those of more than `IN_VIEW` bytes can have several views.
    """

    views: npt.NDArray[np.uint64]
    valid: npt.NDArray[np.uint8]
    offset: int
    nulls: int


def chunks(series: pl.Series) -> Iterator[Chunk]:
    """The parts of a column of Float64, in order.

    Raises:
        TypeError: when the column is of another type.

    >>> [chunk.numbers.tolist() for chunk in chunks(pl.Series([1.0, 2.5]))]
    [[1.0, 2.5]]
    """
    for array in _arrays(series, pl.Float64(), b"g"):
        start = array.buffers[1] + 8 * array.offset
        numbers = np.frombuffer((ctypes.c_double * array.length).from_address(start), np.float64)
        yield Chunk(numbers, *_bits(array))


def text_chunks(series: pl.Series) -> Iterator[TextChunk]:
    """The parts of a column of String, in order.

    Raises:
        TypeError: when the column is of another type.

    >>> [chunk.views.size for chunk in text_chunks(pl.Series(["a", "b", "a"]))]
    [6]
    """
    for array in _arrays(series, pl.String(), b"vu"):
        start = array.buffers[1] + 16 * array.offset
        words = np.frombuffer((ctypes.c_uint64 * (2 * array.length)).from_address(start), np.uint64)
        yield TextChunk(words, *_bits(array))


def _arrays(series: pl.Series, dtype: pl.DataType, form: bytes) -> Iterator[_Array]:
    """The column's arrays that have rows; each is given back once the next is asked for."""
    if series.dtype != dtype:
        raise TypeError(f"{series.name}: the column is {series.dtype}; expected {dtype}")
    capsule: Any = series.__arrow_c_stream__()
    address = _pointer(capsule, _NAME)
    stream = _Stream.from_address(address)
    schema = _Schema()
    if code := stream.get_schema(address, ctypes.addressof(schema)):
        raise OSError(code, f"{series.name}: the column cannot be read as Arrow")
    found = schema.format
    schema.release(ctypes.addressof(schema))
    if found != form:
        raise TypeError(f"{series.name}: Arrow has the column as {found!r}; expected {form!r}")
    while True:
        array = _Array()
        if code := stream.get_next(address, ctypes.addressof(array)):
            raise OSError(code, f"{series.name}: the column cannot be read as Arrow")
        if not array.release:
            return
        try:
            if array.length:
                yield array
        finally:
            array.release(ctypes.addressof(array))


def _bits(array: _Array) -> tuple[npt.NDArray[np.uint8], int, int]:
    """The bits that say which values are there, the place of the first one, and how many are not there."""
    if not array.null_count or not array.buffers[0]:
        return np.empty(0, np.uint8), 0, 0
    start, offset = divmod(array.offset, 8)
    size = (offset + array.length + 7) // 8
    bits = (ctypes.c_uint8 * size).from_address(array.buffers[0] + start)
    return np.frombuffer(bits, np.uint8), offset, array.null_count
