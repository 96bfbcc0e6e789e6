"""Workers of engines that are killed: in a module of its own, for a worker imports what it is to run."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any


def dies(rows: Any, marker: str = "") -> Any:
    """The rows; kills its process, each time or until the file `marker` is there, which it makes."""
    if not (marker and Path(marker).exists()):
        if marker:
            Path(marker).touch()
        os.kill(os.getpid(), 9)
    return rows


def dies_at_row_0(batches: Iterable[Any], marker: str = "") -> Iterator[Any]:
    """The batches; kills its process as `dies` does, in the partition whose `id` are those of row 0."""
    for batch in batches:
        yield dies(batch, marker) if 0 in batch.column("id").to_pylist() else batch
