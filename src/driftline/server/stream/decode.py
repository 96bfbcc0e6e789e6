"""Decodes batches for a stream; the door decodes with it too, so that what it acknowledges can be taken in."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from driftline.arrays import Floats
from driftline.data.hashing import Hashes
from driftline.data.ipc import from_stream
from driftline.server.logs.base import Entry
from driftline.server.stream.label_join import label_frame
from driftline.server.stream.pane import RowSchema

_NO_TIMES, _NO_IDS = np.empty(0), np.empty(0, np.uint64)


@dataclass(frozen=True, eq=False, slots=True)
class Decoded:
    """A batch as a stream takes it in: of rows the event times (n,) and hashes (n,) of ids, of labels their frame.

    `labels` is None for rows, and for labels that lack a column.
    """

    entry: Entry
    times: Floats
    ids: Hashes
    labels: pl.DataFrame | None = None


def decode(schema: RowSchema, entries: Sequence[Entry]) -> list[Decoded]:
    """The batches in their order; raises whatever a batch that cannot be decoded makes it raise."""
    frames = [from_stream(entry.data) for entry in entries]
    ids = iter(schema.ids_of([frame for entry, frame in zip(entries, frames, strict=True) if _has_rows(entry)]))
    return [
        Decoded(entry, schema.times(frame, entry.received), next(ids))
        if _has_rows(entry)
        else Decoded(entry, _NO_TIMES, _NO_IDS, decode_labels(schema, frame, entry.position))
        for entry, frame in zip(entries, frames, strict=True)
    ]


def decode_labels(schema: RowSchema, frame: pl.DataFrame, position: int) -> pl.DataFrame | None:
    """Labels with their ids' hashes; None where the model takes none, or a column is not there."""
    target, key = schema.target, schema.key
    if target is None or not {key, target.name} <= set(frame.columns):
        return None
    return label_frame(frame, key, target, position)


def _has_rows(entry: Entry) -> bool:
    return entry.kind == "predictions"
