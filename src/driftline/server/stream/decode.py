"""Decodes batches for a stream; the door decodes with it too, so that what it acknowledges can be taken in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from driftline.arrays import Floats
from driftline.data.decode import as_labels
from driftline.data.hashing import Hashes
from driftline.data.ipc import from_stream
from driftline.server.logs.base import Entry
from driftline.server.stream.label_join import label_frame
from driftline.server.stream.pane import VERSION, RowSchema
from driftline.types import Kind

_NO_TIMES, _NO_IDS = np.empty(0), np.empty(0, np.uint64)


@dataclass(frozen=True, eq=False, slots=True)
class Decoded:
    """A batch as a stream takes it in: of rows the event times (n,) and hashes (n,) of ids, of labels their frame.

    `labels` is None for rows, and for labels that lack a column. `versions` are those of the model that rows name, with
    the first event time of each, in microseconds.
    """

    entry: Entry
    times: Floats
    ids: Hashes
    labels: pl.DataFrame | None = None
    versions: Mapping[str, float] = field(default_factory=dict)


def decode(schema: RowSchema, entries: Sequence[Entry]) -> list[Decoded]:
    """The batches in their order; raises whatever a batch that cannot be decoded makes it raise."""
    frames = [from_stream(entry.data) for entry in entries]
    ids = iter(schema.ids_of([frame for entry, frame in zip(entries, frames, strict=True) if _has_rows(entry)]))
    return [
        _decode_rows(schema, entry, frame, next(ids))
        if _has_rows(entry)
        else Decoded(entry, _NO_TIMES, _NO_IDS, decode_labels(schema, frame, entry.position))
        for entry, frame in zip(entries, frames, strict=True)
    ]


def _decode_rows(schema: RowSchema, entry: Entry, frame: pl.DataFrame, ids: Hashes) -> Decoded:
    times = schema.times(frame, entry.received)
    return Decoded(entry, times, ids, versions=find_versions(schema, frame, times, entry.received))


def find_versions(schema: RowSchema, frame: pl.DataFrame, times: Floats, received: float) -> dict[str, float]:
    """The versions of the model that rows name (`model_version`), with the first event time (n,) of each.

    Times after that at which the rows were received, before 1970, or none at all, count as that one.
    """
    if VERSION not in frame.columns or VERSION in schema.plan.by_name:
        return {}
    versions = as_labels(frame.get_column(VERSION), Kind.TEXT)
    usable = np.where((times >= 0) & (times <= received), times, received)
    known = pl.DataFrame({"version": versions, "time": usable}).drop_nulls()
    firsts = known.group_by("version").agg(pl.col("time").min())
    return dict(firsts.sort("time", "version").iter_rows())


def decode_labels(schema: RowSchema, frame: pl.DataFrame, position: int) -> pl.DataFrame | None:
    """Labels with their ids' hashes; None where the model takes none, or a column is not there."""
    target, key = schema.target, schema.key
    if target is None or not {key, target.name} <= set(frame.columns):
        return None
    return label_frame(frame, key, target, position)


def _has_rows(entry: Entry) -> bool:
    return entry.kind == "predictions"
