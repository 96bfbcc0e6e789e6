"""What comes in, from HTTP or a feed, is checked at the door and becomes an entry of the log."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

import polars as pl
import xxhash

from driftline.data import payload
from driftline.data.payload import Limits
from driftline.errors import InputError, UnknownModelError
from driftline.profiles.plan import Plan
from driftline.server.group_commit import GroupCommit
from driftline.server.logs.base import BatchKind, Entry
from driftline.server.stream.pane import RowSchema
from driftline.server.stream.watermark import SKEW
from driftline.windows import microseconds

KINDS: tuple[BatchKind, ...] = get_args(BatchKind)
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Checked:
    """An entry for the log, and how many of its rows have no time that can be right."""

    entry: Entry
    timeless: int


class Ingest:
    """The door of the log, for the models that are watched.

    Data trouble is what Driftline watches, not what it refuses: columns may be missing, new or of another type. Refused
    is what cannot be read, what is too large, and rows whose id has no value, for no truth could ever find them.
    """

    def __init__(self, plans: Mapping[str, Plan], commits: GroupCommit, limits: Limits | None = None) -> None:
        self.plans, self.commits, self.limits = dict(plans), commits, limits or Limits()
        self._wires = {name: RowSchema(plan) for name, plan in plans.items()}

    def check(self, model: str, kind: str, batch: str, body: bytes, content_type: str, encoding: str = "") -> Checked:
        """The entry of a body. Without a batch id it is named by a hash of the body.

        Raises:
            UnknownModelError, UnsupportedError, TooLargeError, InputError: in words for whoever sent it.
        """
        if model not in self._wires or kind not in KINDS:
            raise UnknownModelError(
                f"no model is called {model[:_LONGEST_NAME]!r}" if kind in KINDS else "expected predictions or labels"
            )
        if len(batch) > _LONGEST_NAME or not (batch.isascii() and batch.isprintable()):
            raise InputError(f"a batch id has at most {_LONGEST_NAME} printable ASCII characters")
        rows = payload.read(body, content_type, self.limits, encoding)
        received = time.time() * 1e6
        named = self._wires[model]
        _check_ids(rows.frame, named.key)
        timeless = 0
        if kind == "labels":
            _check_labels(rows.frame, named)
        elif rows.frame.height:
            timeless = 0 if _iso(rows.frame, named.time, received) else _timeless(named, rows.frame, received)
        name = batch or f"hash-{xxhash.xxh3_128_hexdigest(body)}"
        return Checked(Entry(0, model, kind, name, rows.frame.height, received, rows.data), timeless)

    def deliver(self, model: str, kind: str, batch: str, body: bytes, content_type: str) -> None:
        """Take in a body, and return once it is durable: what a feed calls, from any thread."""
        self.commits.append([self.check(model, kind, batch, body, content_type).entry])


def _iso(frame: pl.DataFrame, time: str, received: float) -> bool:
    """Whether all times are ISO 8601 texts, since 1970 and not ahead of ours: that is seen soonest."""
    if frame.schema.get(time) != pl.String:
        return False
    try:
        found = [microseconds(datetime.fromisoformat(text)) for text in frame.get_column(time).to_list()]
    except (TypeError, ValueError):
        return False
    return min(found) >= 0 and max(found) <= received + SKEW


def _timeless(named: RowSchema, frame: pl.DataFrame, received: float) -> int:
    """How many rows have no time that can be right."""
    times = named.times(frame, received)
    return int(len(times) - ((times >= 0) & (times <= received + SKEW)).sum())


def _check_ids(frame: pl.DataFrame, key: str) -> None:
    if key not in frame.columns:
        return
    ids = frame.get_column(key)
    bad = ids.is_null() | ids.is_nan() if ids.dtype.is_float() else ids.is_null() if ids.null_count() else None
    if bad is not None and bad.any():
        raise InputError(
            f"column {key!r}, row {bad.arg_max()}: an id without a value; give each row one, or leave out {key!r}"
        )


def _check_labels(frame: pl.DataFrame, named: RowSchema) -> None:
    if named.target is None:
        raise InputError("this model has no target, so labels mean nothing to it; fit it again with a target")
    if frame.height and (missing := [name for name in (named.key, named.target.name) if name not in frame.columns]):
        raise InputError(f"labels without the column {missing[0]!r}; expected {named.key!r} and {named.target.name!r}")
