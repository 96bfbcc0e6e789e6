"""Tables cut into pieces of so many rows, always at the same places, and written as Arrow IPC streams."""

import io
from collections.abc import Iterable, Iterator

import polars as pl


def pieces(batches: Iterable[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    """Pieces of so many rows, the last one of what is left; the same ones, however the batches are cut.

    >>> [part.height for part in pieces([pl.DataFrame({"a": range(n)}) for n in (1, 4, 2)], 3)]
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


def written(frame: pl.DataFrame) -> bytes:
    """The rows as an Arrow IPC stream that every reader knows."""
    buffer = io.BytesIO()
    frame.write_ipc_stream(buffer, compat_level=pl.CompatLevel.oldest())
    return buffer.getvalue()
