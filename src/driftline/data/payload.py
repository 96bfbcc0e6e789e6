"""Rows on the wire: a body in Arrow, JSON or lines of JSON, read within bounds, and kept as an Arrow IPC stream."""

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
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
_GZIP = 31  # zlib's number for a gzip header
_EXPANDS = 8  # times its size in memory over that in the body, from which on a body is kept unpacked
_COMMAS = 2  # commas allowed for each value allowed: texts and lists have some of their own
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\";\s]*)", re.IGNORECASE)
_UTF8 = frozenset({"utf-8", "utf8", "us-ascii"})


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one body may hold: bytes as it comes and unpacked, rows, columns, values, and bytes of one text."""

    body: int = 16 << 20
    unpacked: int = 64 << 20
    rows: int = 100_000
    columns: int = 2_000
    cells: int = 2_000_000
    text: int = 65_536


@dataclass(frozen=True, slots=True)
class Payload:
    """The rows of a body, and the same as an Arrow IPC stream."""

    frame: pl.DataFrame
    data: bytes


def read(body: bytes, content_type: str, limits: Limits, encoding: str = "", exact: str = "") -> Payload:
    """The rows of a body.

    JSON is an array of objects, with a column for each name that occurs; what an object leaves out is missing. Columns
    become numbers, truth values, texts or lists of numbers; other nesting, and a mixture of types, become text.

    Args:
        body: as it came.
        content_type: one of `ARROW`, `JSON`, `LINES`; of its parameters only the charset matters, which is UTF-8.
        limits: what is refused as too large.
        encoding: gzip or zstd, as the header Content-Encoding says.
        exact: the column of ids, whose whole numbers are never rounded.

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
    if encoding not in {"", "identity"}:
        body = unpacked(body, encoding, limits.unpacked)
    if kind == ARROW:
        arrow_bounds.rows(body, arrow_bounds.Bounds(limits.rows, limits.columns, limits.unpacked))
        frame = frame_of(body)
        _check_cells(frame.height, frame.width, limits)
        rows = Payload(frame, body if frame.estimated_size() <= _EXPANDS * len(body) else to_stream(frame))
    else:
        _check_json_size(body, limits)
        frame = _frame(_objects(body) if kind == JSON else _lines(body), limits, exact)
        rows = Payload(frame, to_stream(frame))
    if kind == ARROW or len(body) > limits.text:  # no text of JSON is longer than its body
        _check_texts(rows.frame, limits)
    return rows


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


def unpacked(body: bytes, encoding: str, most: int) -> bytes:
    """The content of a body that was sent compressed; no more than `most` bytes of it are ever made.

    Raises:
        UnsupportedError, TooLargeError, InputError: as `read` does.

    >>> import gzip
    >>> unpacked(gzip.compress(b"rows"), "gzip", 100)
    b'rows'
    """
    try:
        if encoding == "gzip":
            packer = zlib.decompressobj(_GZIP)
            found = packer.decompress(body, most + 1)
            whole = packer.eof and not packer.unused_data
        elif encoding == "zstd":
            found, whole = _zstd(body, most + 1), True
        else:
            raise UnsupportedError(f"the content encoding {encoding[:50]!r} is not read; send gzip, zstd or none")
    except (zlib.error, OSError) as error:
        raise InputError(f"the body is not {encoding}, though its content encoding says so ({error})") from error
    if len(found) > most:
        raise TooLargeError(f"a body of more than {most:,} bytes once unpacked; send smaller batches")
    if not whole:
        raise InputError(f"the {encoding} of the body is cut short, or something follows it; send it whole")
    return found


def _zstd(body: bytes, most: int) -> bytes:
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UnsupportedError(str(MissingExtraError("bodies with the content encoding zstd", "arrow"))) from error
    with pa.input_stream(pa.py_buffer(body), compression="zstd") as stream:
        return bytes(stream.read(most))


def _objects(body: bytes) -> list[Any]:
    try:
        found = from_json(body)
    except ValueError as error:
        raise InputError(f"the body is no JSON: {error}") from error
    if not isinstance(found, list):
        raise InputError(f"the body is JSON, but not an array of objects: found {_called(found)}")
    return found


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


def _frame(found: Sequence[Any], limits: Limits, exact: str) -> pl.DataFrame:
    """A table of JSON objects."""
    if len(found) > limits.rows:
        raise TooLargeError(f"more than {limits.rows:,} rows in one batch; send several")
    for at, row in enumerate(found):
        if type(row) is not dict:
            raise InputError(f'row {at} is {_called(row)}; expected an object such as {{"fare": 12.5}}')
    if not found:
        return pl.DataFrame()
    names = list(found[0])
    if all(len(row) == len(names) and list(row) == names for row in found):
        columns: Iterator[Sequence[Any]] = zip(*(row.values() for row in found), strict=True)
    else:
        names = list(dict.fromkeys(chain.from_iterable(found)))
        if len(names) <= limits.columns:
            columns = ([row.get(name) for row in found] for name in names)
    if len(names) > limits.columns:
        raise TooLargeError(f"more than {limits.columns:,} columns; leave some out")
    _check_cells(len(found), len(names), limits)
    return pl.DataFrame(
        [column(name, values, exact=name == exact) for name, values in zip(names, columns, strict=True)]
    )


def _check_cells(rows: int, columns: int, limits: Limits) -> None:
    """Rows times columns are within the limit: a few bytes can declare far more than they hold."""
    if rows * columns > limits.cells:
        raise TooLargeError(f"{rows:,} rows of {columns:,} columns, more than {limits.cells:,} values; send fewer rows")


def _check_json_size(body: bytes, limits: Limits) -> None:
    """JSON has no more values than the limit: each takes tens of bytes of memory, whatever it takes in the body."""
    if body.count(b",") > _COMMAS * limits.cells or body.count(b"[") + body.count(b"{") > _COMMAS * limits.cells:
        raise TooLargeError(f"JSON of more than {_COMMAS * limits.cells:,} values; send smaller batches")


def _check_texts(frame: pl.DataFrame, limits: Limits) -> None:
    """No text, and no name of a column, is longer than allowed; nor are all texts together, which Arrow can share."""
    for name in frame.columns:
        if len(name.encode()) > limits.text:
            raise TooLargeError(f"a column's name of more than {limits.text:,} bytes; shorten it")
    left = limits.unpacked
    for name, series in by_name.columns(frame):
        if not isinstance(series.dtype, TEXTS):
            continue
        lengths = series.cast(pl.String).str.len_bytes()
        if int(lengths.max() or 0) > limits.text:  # type: ignore[arg-type]
            at = lengths.arg_max()
            raise TooLargeError(f"column {name!r}, row {at}: a text of more than {limits.text:,} bytes; cut it")
        left -= int(lengths.sum())
        if left < 0:
            raise TooLargeError(f"more than {limits.unpacked:,} bytes of text; send smaller batches")


def _called(value: object) -> str:
    """What JSON calls a value."""
    names: Mapping[type, str] = {dict: "an object", list: "an array", str: "a text", bool: "a truth value"}
    return "null" if value is None else names.get(type(value), "a number")
