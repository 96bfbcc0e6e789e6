"""Frames to and from Arrow IPC bytes, and batches joined or cut to a size."""

import io
from collections.abc import Callable, Iterable, Iterator

import polars as pl


def to_stream(frame: pl.DataFrame, *, oldest: bool = False) -> bytes:
    """The frame as an Arrow IPC stream; `oldest` writes the layout that every Arrow reader knows.

    >>> from_stream(to_stream(pl.DataFrame({"a": [1, 2]})))["a"].to_list()
    [1, 2]
    """
    buffer = io.BytesIO()
    frame.write_ipc_stream(buffer, compat_level=pl.CompatLevel.oldest() if oldest else None)
    return buffer.getvalue()


def from_stream(data: bytes) -> pl.DataFrame:
    """The inverse of `to_stream`, for bytes that Driftline wrote itself.

    Bytes from a client go through `driftline.data.payload`, which checks their declared sizes first.
    """
    return pl.read_ipc_stream(io.BytesIO(data))


def to_file(frame: pl.DataFrame) -> bytes:
    """The frame as a compressed Arrow IPC file.

    >>> from_file(to_file(pl.DataFrame({"a": [1, 2]})))["a"].to_list()
    [1, 2]
    """
    buffer = io.BytesIO()
    frame.write_ipc(buffer, compression="lz4")
    return buffer.getvalue()


def from_file(data: bytes) -> pl.DataFrame:
    """The inverse of `to_file`."""
    return pl.read_ipc(io.BytesIO(data))


def rechunk(batches: Iterable[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    """Batches of exactly `rows` rows, the last one of what is left; the same ones, however the input is cut.

    >>> [part.height for part in rechunk([pl.DataFrame({"a": range(n)}) for n in (1, 4, 2)], 3)]
    [3, 3, 1]
    """
    held: list[pl.DataFrame] = []
    for batch in batches:
        held.append(batch)
        if sum(part.height for part in held) >= rows:
            whole = pl.concat(held)
            even = whole.height - whole.height % rows
            yield from (whole[at : at + rows] for at in range(0, even, rows))
            held = [whole[even:]]
    if held and (left := pl.concat(held)).height:
        yield left


def join_small(
    batches: Iterable[pl.DataFrame], most: int, size: Callable[[pl.DataFrame], int] = len
) -> Iterator[pl.DataFrame]:
    """Consecutive batches of one schema, joined up to `most` rows, or another `size`; a larger batch stays whole.

    >>> [batch.height for batch in join_small([pl.DataFrame({"a": range(n)}) for n in (1, 4, 2)], 5)]
    [5, 2]
    """
    held: list[pl.DataFrame] = []
    total = 0
    for batch in batches:
        if held and (held[0].schema != batch.schema or total + size(batch) > most):
            yield pl.concat(held)
            held, total = [], 0
        held.append(batch)
        total += size(batch)
    if held:
        yield pl.concat(held)


def value_count(frame: pl.DataFrame) -> int:
    """Values in a frame: rows times columns."""
    return frame.height * frame.width
