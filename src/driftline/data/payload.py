"""Reads the body of a batch, in Arrow, JSON or JSON lines, within limits; gives its rows as an Arrow IPC stream too."""

import re
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import polars as pl
from pydantic_core import from_json

from driftline.data import arrow_bounds, by_name
from driftline.data.columns import column
from driftline.data.decode import TEXTS
from driftline.data.ipc import to_stream
from driftline.errors import InputError, MissingExtraError, TooLargeError, UnsupportedError

ARROW, JSON, LINES = "application/vnd.apache.arrow.stream", "application/json", "application/x-ndjson"
_PER_VALUE, _PER_OBJECT, _PER_LIST = 80, 240, 88  # bytes of Python's objects, measured with CPython 3.11
_VALUE = 8  # bytes of a value in a column
_PART = 1 << 20  # bytes that are decompressed at a time
_FREE = 256 << 10  # bytes of a table, however small its body
_GZIP = 31  # zlib's number for a gzip header
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\";\s]*)", re.IGNORECASE)
_UTF8 = frozenset({"utf-8", "utf8", "us-ascii"})


def _reserve_nothing(size: int) -> None:
    """Memory is not counted."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one body may hold.

    Args:
        body: bytes as it comes.
        unpacked: bytes once it is decompressed.
        rows, columns: of its table.
        cells: values of its table: rows times columns, and what lists hold.
        text: bytes of one text.
        expansion: how many times larger than its body a table may be; 256 KiB are free.
    """

    body: int = 16 << 20
    unpacked: int = 64 << 20
    rows: int = 100_000
    columns: int = 2_000
    cells: int = 4_000_000
    text: int = 65_536
    expansion: int = 100

    def check_expansion(self, size: int, body: int) -> None:
        """Refuse a table that is far larger than the body that it came in.

        Raises:
            TooLargeError: when it is more than `expansion` times larger.
        """
        if size > max(_FREE, self.expansion * body):
            raise TooLargeError(
                f"a body of {body:,} bytes becomes more than {self.expansion} times larger once unpacked; "
                "send smaller batches, or leave out columns without values"
            )


@dataclass(frozen=True, slots=True)
class Payload:
    """The rows of a body, and the same as an Arrow IPC stream."""

    frame: pl.DataFrame
    data: bytes


def read(
    body: bytes, content_type: str, limits: Limits, encoding: str = "", exact: Collection[str] = (), *,
    reserve: Callable[[int], None] = _reserve_nothing,
) -> Payload:  # fmt: skip
    """The rows of a body.

    JSON is an array of objects, with a column for each name that occurs; what an object leaves out is missing. Columns
    become numbers, truth values, texts or lists of numbers; other nesting, and a mixture of types, become text.

    Args:
        body: as it came.
        content_type: one of `ARROW`, `JSON`, `LINES`; of its parameters only the charset matters, which is UTF-8.
        limits: what is refused as too large.
        encoding: gzip or zstd, as the header Content-Encoding says.
        exact: names of the column of ids, whose whole numbers are never rounded.
        reserve: is called with the bytes of memory that the next step takes, and may raise to refuse them.

    Raises:
        UnsupportedError: when the type or the encoding is not read.
        TooLargeError: when it is larger than the limits.
        InputError: when it cannot be read; the message says where and why.

    >>> read(b'[{"x": 1}, {"x": 2.5, "y": "a"}]', JSON, Limits()).frame.rows()
    [(1.0, None), (2.5, 'a')]
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in {ARROW, JSON, LINES}:
        raise UnsupportedError(f"the content type {content_type[:100]!r} is not read; send {ARROW}, {JSON} or {LINES}")
    if (charset := _CHARSET.search(content_type)) and charset[1].lower() not in _UTF8:
        raise UnsupportedError(f"the charset {charset[1][:50]!r} is not read; send UTF-8")
    if len(body) > limits.body:
        raise TooLargeError(f"a body of more than {limits.body:,} bytes; send smaller batches")
    size = len(body)
    if encoding not in {"", "identity"}:
        body = decompress(body, encoding, limits.unpacked, reserve)
        limits.check_expansion(len(body), size)
    if kind == ARROW:
        return _read_arrow(body, size, limits, reserve)
    reserve(json_cost(body, limits))
    rows = _objects(body) if kind == JSON else _lines(body)
    frame = _frame(rows, size, limits, exact, reserve)
    if len(body) > limits.text:  # no text of JSON is longer than its body
        _check_texts(frame, limits)
    return Payload(frame, to_stream(frame))


def _read_arrow(body: bytes, size: int, limits: Limits, reserve: Callable[[int], None]) -> Payload:
    """The rows of an Arrow IPC stream; the log keeps compressed buffers decompressed, so their size is known."""
    bounds = arrow_bounds.Bounds(limits.rows, limits.columns, limits.cells, limits.unpacked)
    declared = arrow_bounds.check(body, bounds)
    limits.check_expansion(max(declared.unpacked, _VALUE * declared.values), size)
    reserve(2 * declared.unpacked + _VALUE * declared.values)
    frame = frame_of(body)
    _check_texts(frame, limits)
    return Payload(frame, to_stream(frame) if declared.is_compressed else body)


def json_cost(body: bytes, limits: Limits) -> int:
    """About how many bytes of memory the values of a JSON body take at most; commas in texts count as values, too.

    Raises:
        TooLargeError: when there are more values than the limits allow.
    """
    values, objects, lists = (body.count(mark) for mark in (b",", b"{", b"["))
    if values + lists > 2 * limits.cells or objects > max(10 * limits.rows, 1000):
        raise TooLargeError(f"more than {limits.cells:,} values in one batch; send several")
    return _PER_VALUE * values + _PER_OBJECT * objects + _PER_LIST * lists


def frame_of(data: bytes) -> pl.DataFrame:
    """The rows of an Arrow IPC stream whose declared sizes are known to be sound.

    Raises:
        InputError: when its content is not.
    """
    try:
        return pl.read_ipc_stream(data)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError, TypeError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"the Arrow IPC stream cannot be read ({said:.200}); was it cut short or changed?") from error


def decompress(body: bytes, encoding: str, most: int, reserve: Callable[[int], None] = _reserve_nothing) -> bytes:
    """The content of a body that was sent compressed; no more than `most` bytes of it are ever made.

    Each part of it is reserved before it is made.

    Raises:
        UnsupportedError, TooLargeError, InputError: as `read` does.

    >>> import gzip
    >>> decompress(gzip.compress(b"rows"), "gzip", 100)
    b'rows'
    """
    if encoding not in _DECOMPRESS:
        raise UnsupportedError(f"the content encoding {encoding[:50]!r} is not read; send gzip, zstd or none")
    parts: list[bytes] = []
    left = most
    try:
        for part in _DECOMPRESS[encoding](body, reserve):
            parts.append(part)
            left -= len(part)
            if left < 0:
                raise TooLargeError(f"a body of more than {most:,} bytes once unpacked; send smaller batches")
    except (zlib.error, OSError) as error:
        raise InputError(f"the body is not {encoding}, though its content encoding says so ({error})") from error
    return b"".join(parts)


def _gunzip(body: bytes, reserve: Callable[[int], None]) -> Iterator[bytes]:
    """Parts of what a gzip body holds."""
    packer = zlib.decompressobj(_GZIP)
    while body and not packer.eof:
        reserve(_PART)
        yield packer.decompress(body, _PART)
        body = packer.unconsumed_tail
    if not packer.eof or packer.unused_data:
        raise InputError("the gzip of the body is cut short, or something follows it; send it complete")


def _unzstd(body: bytes, reserve: Callable[[int], None]) -> Iterator[bytes]:
    """Parts of what a zstd body holds."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UnsupportedError(str(MissingExtraError("bodies with the content encoding zstd", "arrow"))) from error
    with pa.input_stream(pa.py_buffer(body), compression="zstd") as stream:
        while True:
            reserve(_PART)
            if not (part := bytes(stream.read(_PART))):
                return
            yield part


_DECOMPRESS = {"gzip": _gunzip, "zstd": _unzstd}


def _objects(body: bytes) -> list[Any]:
    try:
        rows = from_json(body)
    except ValueError as error:
        raise InputError(f"the body is no JSON: {error}") from error
    if not isinstance(rows, list):
        raise InputError(f"the body is JSON, but not an array of objects: found {_json_type(rows)}")
    return rows


def _lines(body: bytes) -> list[Any]:
    lines = [line for line in body.split(b"\n") if line and not line.isspace()]
    try:
        found: list[Any] = from_json(b"[" + b",".join(lines) + b"]")
    except ValueError:
        found = []
    if len(found) == len(lines):
        return found
    for at, line in enumerate(body.split(b"\n"), 1):
        try:
            if line.strip():
                from_json(line)
        except ValueError as error:
            raise InputError(f"line {at} of the body is no JSON: {error}") from error
    raise InputError("the body is not one JSON object a line")


def _frame(
    rows: Sequence[Any], size: int, limits: Limits, exact: Collection[str], reserve: Callable[[int], None]
) -> pl.DataFrame:
    """A table of JSON objects, which came in a body of so many bytes."""
    if len(rows) > limits.rows:
        raise TooLargeError(f"more than {limits.rows:,} rows in one batch; send several")
    for at, row in enumerate(rows):
        if type(row) is not dict:
            raise InputError(f'row {at} is {_json_type(row)}; expected an object such as {{"fare": 12.5}}')
    if not rows:
        return pl.DataFrame()
    names = list(rows[0])
    are_alike = all(len(row) == len(names) and list(row) == names for row in rows)
    if not are_alike:
        names = list(dict.fromkeys(chain.from_iterable(rows)))
    if len(names) > limits.columns:
        raise TooLargeError(f"more than {limits.columns:,} columns; leave some out")
    cells = len(rows) * len(names)
    if cells > limits.cells:
        raise TooLargeError(f"more than {limits.cells:,} values in one batch; send several")
    limits.check_expansion(_VALUE * cells, size)
    reserve(2 * _VALUE * cells)
    columns: Iterator[Sequence[Any]] = (
        zip(*(row.values() for row in rows), strict=True)
        if are_alike
        else ([row.get(name) for row in rows] for name in names)
    )
    found = [column(name, values, exact=name in exact) for name, values in zip(names, columns, strict=True)]
    if not all(names):  # Polars renames a series without a name, unless it is in a dictionary, which is slower
        return pl.DataFrame({series.name: series for series in found})
    return pl.DataFrame(found)


def _check_texts(frame: pl.DataFrame, limits: Limits) -> None:
    """No text, and no name of a column, is longer than allowed; nor are all texts together, which Arrow can share."""
    for name in frame.columns:
        if 4 * len(name) > limits.text and len(name.encode()) > limits.text:
            raise TooLargeError(f"a column's name of more than {limits.text:,} bytes; shorten it")
    left = limits.unpacked
    for place, dtype in enumerate(frame.dtypes):
        if not isinstance(dtype, TEXTS):
            continue
        name, series = frame.columns[place], by_name.plain(frame.to_series(place))
        lengths = series.cast(pl.String).str.len_bytes()
        if int(lengths.max() or 0) > limits.text:  # type: ignore[arg-type]
            at = lengths.arg_max()
            raise TooLargeError(f"column {name!r}, row {at}: a text of more than {limits.text:,} bytes; cut it")
        left -= int(lengths.sum())
        if left < 0:
            raise TooLargeError(f"more than {limits.unpacked:,} bytes of text; send smaller batches")


def _json_type(value: object) -> str:
    """What JSON calls a value."""
    names: Mapping[type, str] = {dict: "an object", list: "an array", str: "a text", bool: "a truth value"}
    return "null" if value is None else names.get(type(value), "a number")
