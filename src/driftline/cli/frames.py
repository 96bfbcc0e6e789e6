"""Rows of files as one frame, for commands that hand them to a model."""

import polars as pl

from driftline.errors import InputError
from driftline.profiles.engines.base import open_source

MOST = 1_000_000


def read_frame(where: str) -> pl.DataFrame:
    """All rows of a path, folder or glob of files.

    Raises:
        InputError: when they cannot be read, or are more than a million.
    """
    parts: list[pl.DataFrame] = []
    for batch in open_source(where, "local").batches():
        parts.append(batch)
        if sum(part.height for part in parts) > MOST:
            raise InputError(
                f"{where}: more than {MOST:,} rows; a model is asked about each, so hand over a part of them"
            )
    if not parts:
        raise InputError(f"{where}: there are no rows")
    return pl.concat(parts)
