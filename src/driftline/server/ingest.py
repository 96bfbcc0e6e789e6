"""Validates batches from HTTP or a feed, and appends them to the log."""

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
from driftline.server.memory import Memory, Reservation
from driftline.server.stream.pane import RowSchema
from driftline.server.stream.watermark import SKEW
from driftline.windows import microseconds

MEMORY = 512 << 20  # bytes that all batches under way may hold together
KINDS: tuple[BatchKind, ...] = get_args(BatchKind)
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class ValidBatch:
    """A batch as the log keeps it, and how many of its rows can be in no window, by reason."""

    entry: Entry
    set_aside: Mapping[str, int]


class Ingest:
    """Takes in batches for the models that the server watches.

    Bad data is what Driftline watches, not what it refuses: columns may be missing, new or of another type. It refuses
    what cannot be read, what is too large, and rows whose id has no value, for no label could ever find them.
    """

    def __init__(
        self, plans: Mapping[str, Plan], group_commit: GroupCommit, limits: Limits | None = None, memory: int = MEMORY
    ) -> None:
        self.plans, self.group_commit, self.limits = dict(plans), group_commit, limits or Limits()
        self.memory = Memory(memory)
        self._schemas = {name: RowSchema(plan) for name, plan in plans.items()}

    def require(self, model: str, kind: str) -> RowSchema:
        """How rows of a model are read.

        Raises:
            UnknownModelError: when there is no such model, or no such kind of batch.
        """
        if kind not in KINDS:
            raise UnknownModelError("expected predictions or labels")
        if (schema := self._schemas.get(model)) is None:
            raise UnknownModelError(f"no model is called {model[:_LONGEST_NAME]!r}; see /v1/models")
        return schema

    def validate(  # noqa: PLR0913 - what a request says
        self, model: str, kind: str, batch: str, body: bytes, content_type: str, encoding: str, *, held: Reservation
    ) -> ValidBatch:
        """Read a body as a batch. Without a batch name a hash of the body names it.

        `held` is the batch's reservation of memory, which grows by what decoding it takes.

        Raises:
            UnknownModelError, UnsupportedError, TooLargeError, InputError: the message is for whoever sent it.
        """
        schema = self.require(model, kind)
        if len(batch) > _LONGEST_NAME or not (batch.isascii() and batch.isprintable()):
            raise InputError(f"the name of a batch has at most {_LONGEST_NAME} printable ASCII characters")
        rows = payload.read(body, content_type, self.limits, encoding, schema.key, reserve=held.grow)
        received = time.time() * 1e6
        _check_ids(rows.frame, schema.key)
        set_aside: dict[str, int] = {}
        if kind == "labels":
            _check_labels(rows.frame, schema)
        elif rows.frame.height and not _are_iso(rows.frame, schema.time, received):
            set_aside = _count_set_aside(schema, rows.frame, received)
        name = batch or f"hash-{xxhash.xxh3_128_hexdigest(body)}"
        kept: BatchKind = "labels" if kind == "labels" else "predictions"
        return ValidBatch(Entry(0, model, kept, name, rows.frame.height, received, rows.data), set_aside)

    def append(self, model: str, kind: str, batch: str, body: bytes, content_type: str) -> None:
        """Take in a body, and return once it is durable: what a feed calls, from any thread."""
        with self.memory.reserve() as held:
            held.grow(len(body))
            valid = self.validate(model, kind, batch, body, content_type, "", held=held)
            self.group_commit.append([valid.entry])


def _are_iso(frame: pl.DataFrame, time: str, received: float) -> bool:
    """Whether all times are ISO 8601 texts, since 1970 and not ahead of the server's clock; fast for the usual case."""
    if frame.schema.get(time) != pl.String:
        return False
    try:
        times = [microseconds(datetime.fromisoformat(text)) for text in frame.get_column(time).to_list()]
    except (TypeError, ValueError):
        return False
    return min(times) >= 0 and max(times) <= received + SKEW


def _count_set_aside(schema: RowSchema, frame: pl.DataFrame, received: float) -> dict[str, int]:
    """How many rows have no time that can be right, by reason."""
    times = schema.times(frame, received)
    future = int((times > received + SKEW).sum())
    missing = int(len(times) - (times >= 0).sum())
    return {reason: count for reason, count in (("no_timestamp", missing), ("future", future)) if count}


def _check_ids(frame: pl.DataFrame, key: str) -> None:
    if key not in frame.columns:
        return
    ids = frame.get_column(key)
    missing = ids.is_null() | ids.is_nan() if ids.dtype.is_float() else ids.is_null() if ids.null_count() else None
    if missing is not None and missing.any():
        raise InputError(
            f"column {key!r}, row {missing.arg_max()}: an id without a value; give each row one, or leave out {key!r}"
        )


def _check_labels(frame: pl.DataFrame, schema: RowSchema) -> None:
    if schema.target is None:
        raise InputError("this model has no target, so it takes no labels; fit it again with a target")
    expected = schema.key, schema.target.name
    if frame.height and (missing := [name for name in expected if name not in frame.columns]):
        raise InputError(f"labels without the column {missing[0]!r}; expected {expected[0]!r} and {expected[1]!r}")
