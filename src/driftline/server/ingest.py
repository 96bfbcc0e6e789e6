"""Validates batches from HTTP or a feed, and appends them to the log."""

import logging
import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

import numpy as np
import numpy.typing as npt
import polars as pl
import xxhash

from driftline.data import by_name, payload
from driftline.data.decode import EXACT, TEXTS, as_labels, clean_texts
from driftline.data.ipc import from_stream, to_stream
from driftline.data.payload import Limits
from driftline.errors import ConflictError, DriftlineError, InputError, UnknownModelError
from driftline.profiles.plan import Plan
from driftline.profiles.privacy.labels import shapes
from driftline.server.group_commit import GroupCommit
from driftline.server.logs.base import BatchKind, Entry
from driftline.server.memory import Memory, Reservation
from driftline.server.stream.culprits import DEFECTS, MACHINE, describe
from driftline.server.stream.decode import decode_labels
from driftline.server.stream.label_join import read_labels
from driftline.server.stream.pane import RowSchema
from driftline.server.stream.watermark import MOST_PANES, REASONS, SKEW, screen
from driftline.types import Kind
from driftline.windows import microseconds, seconds

MEMORY = 512 << 20  # bytes that all batches under way may hold together
KINDS: tuple[BatchKind, ...] = get_args(BatchKind)
_LONGEST_NAME, _MOST_NAMES = 200, 20
_PLAIN = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?Z?", re.ASCII)
_UNITS = {"ms": 1e3, "us": 1.0, "ns": 1e-3}  # microseconds
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ValidBatch:
    """A batch as the log keeps it, how many of its rows or labels do not count, by reason, and names of its columns.

    `columns` has those that the plan knows and the batch lacks (`missing_columns`), and the reverse
    (`unknown_columns`): at most 20 each, and only where there are any.
    """

    entry: Entry
    set_aside: Mapping[str, int]
    columns: Mapping[str, list[str]]


class Ingest:
    """Takes in batches for the models that the server watches.

    Bad data is what Driftline watches, not what it refuses: columns may be missing, new or of another type. It refuses
    what cannot be read, what is too large, and rows whose id has no value, for no label could ever find them.
    """

    def __init__(
        self, plans: Mapping[str, Plan], group_commit: GroupCommit, limits: Limits | None = None, memory: int = MEMORY
    ) -> None:
        self.plans, self.group_commit, self.limits = dict(plans), group_commit, limits or Limits()
        self.memory, self.panics = Memory(memory), 0
        self.mismatches: Counter[tuple[str, str]] = Counter()
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
        try:
            return self._validate(schema, (model, kind), batch, body, content_type, encoding, held)
        except (DriftlineError, *MACHINE):
            raise
        except DEFECTS as error:  # a bug of the decoder or of ours; its text may quote rows
            self.panics += 1
            facts = {"model": model, "failures": self.panics, "cause": describe(error)}
            _log.error("the decoder failed on a batch", extra={"facts": facts})
            raise InputError("the rows cannot be decoded; send them in another form or type") from error

    def _validate(  # noqa: PLR0913, PLR0917 - what `validate` was called with
        self, schema: RowSchema, target: tuple[str, str], batch: str, body: bytes, content_type: str, encoding: str,
        held: Reservation,
    ) -> ValidBatch:  # fmt: skip
        model, kind = target
        rows = payload.read(body, content_type, self.limits, encoding, schema.key_names, reserve=held.grow)
        if (renamed := schema.rename_roles(rows.frame)) is not rows.frame:
            rows = payload.Payload(renamed, to_stream(renamed))
        received = time.time() * 1e6
        _check_ids(rows.frame, schema.key)
        _check_decodable(rows.frame, schema, kind, received)
        set_aside: dict[str, int] = {}
        if kind == "labels":
            set_aside = _check_labels(rows.frame, schema)
        elif rows.frame.height:
            set_aside = _count_set_aside(schema, rows.frame, received)
        name = batch or f"hash-{xxhash.xxh3_128_hexdigest(body)}"
        kept: BatchKind = "labels" if kind == "labels" else "predictions"
        columns = schema.compare_columns(rows.frame) if kept == "predictions" and rows.frame.height else {}
        entry = Entry(0, model, kept, name, rows.frame.height, received, rows.data)
        return ValidBatch(entry, set_aside, {name: names[:_MOST_NAMES] for name, names in columns.items()})

    def check_same(self, valid: ValidBatch) -> None:
        """Compare a batch whose name is known with the one that the log has; rows that were dropped are not compared.

        Raises:
            ConflictError: when the rows differ: the log keeps those that came first.
            StoreError: when the log cannot be read.
        """
        entry = valid.entry
        known = self.group_commit.log.find(entry.model, entry.kind, entry.batch)
        if known is None or known.data == entry.data:
            return
        if not from_stream(known.data).equals(from_stream(entry.data)):
            raise ConflictError(
                f"the batch {entry.batch!r} was sent before with other rows, which are kept; "
                "send new rows under a new Idempotency-Key"
            )

    def count_mismatches(self, valid: ValidBatch) -> None:
        """Count a batch whose columns are not those of the plan, by model and what is wrong with them."""
        self.mismatches.update((valid.entry.model, name) for name in valid.columns)

    def append(self, model: str, kind: str, batch: str, body: bytes, content_type: str) -> None:
        """Take in a body, and return once it is durable: what a feed calls, from any thread."""
        with self.memory.reserve() as held:
            held.grow(len(body))
            valid = self.validate(model, kind, batch, body, content_type, "", held=held)
            (is_new,) = self.group_commit.append([valid.entry])
            self.count_mismatches(valid)
            if not is_new:
                self.check_same(valid)


def _are_plain(schema: RowSchema, frame: pl.DataFrame, received: float) -> bool:
    """Whether all times are of a usual form, and none would be set aside; this is fast.

    The form is one that the fold reads; it decodes all others by itself.
    """
    ends = _ends(frame.get_column(schema.time)) if schema.time in frame.columns else None
    if ends is None:
        return False
    settings = schema.plan.config.stream
    oldest = max(0.0, received - seconds(settings.max_age) * 1e6)
    return (
        oldest <= ends[0]
        and ends[1] <= received + SKEW
        and ends[1] - ends[0] < (MOST_PANES - 1) * seconds(settings.every) * 1e6
    )


def _ends(column: pl.Series) -> tuple[float, float] | None:
    """The first and the last of times in a usual form, in microseconds; None of others, or where one is missing."""
    try:
        if isinstance(column.dtype, pl.Datetime) and not column.null_count():
            units, unit = column.to_numpy().view(np.int64), _UNITS[column.dtype.time_unit]
            return float(units.min()) * unit, float(units.max()) * unit
        if column.dtype != pl.String or not all(map(_PLAIN.fullmatch, texts := column.to_list())):
            return None
        times = list(map(datetime.fromisoformat, texts))
        return microseconds(min(times)), microseconds(max(times))
    except (TypeError, ValueError):  # one is missing or no time, or only some have a zone
        return None


def _count_set_aside(schema: RowSchema, frame: pl.DataFrame, received: float) -> dict[str, int]:
    """How many rows can be in no window whatever came before, by reason; see `screen`.

    Raises:
        InputError: when a row has a time that the fold cannot read.
    """
    if _are_plain(schema, frame, received):
        return {}
    times = schema.times(frame, received)
    if schema.time in frame.columns:
        _check_times(frame.get_column(schema.time), np.isnan(times))
    drops = screen(times, received, schema.plan.config.stream)
    return {reason.value: int(count) for at, reason in enumerate(REASONS) if (count := (drops == at).sum())}


def _check_times(column: pl.Series, are_unread: npt.NDArray[np.bool_]) -> None:
    """Refuse a time that has a value which cannot be read as a time; one without a value is only counted."""
    has_value = (clean_texts(column) if isinstance(column.dtype, TEXTS) else column).is_not_null().to_numpy()
    if (wrong := np.flatnonzero(are_unread & has_value)).size:
        form = shapes(as_labels(column[wrong[:1].tolist()], Kind.CATEGORICAL))
        raise InputError(
            f"column {column.name!r}, row {wrong[0]}: a time of the form {form} cannot be read; "
            "expected ISO 8601 such as 2024-05-01T12:00:00Z, or seconds since 1970"
        )


def _check_decodable(frame: pl.DataFrame, schema: RowSchema, kind: str, received: float) -> None:
    """Decode columns of rare types as the stream will; whatever that raises is the answer."""
    needed = {schema.key, *([schema.target.name] if schema.target else [])}
    if all(_is_common(frame.get_column(name).dtype) for name in needed if name in frame.columns):
        return
    if kind == "labels":
        decode_labels(schema, frame, 0)
    else:
        schema.ids(frame)
        schema.times(frame, received)


def _is_common(dtype: pl.DataType) -> bool:
    return dtype.is_integer() or dtype.is_float() or dtype in {pl.String, pl.Boolean, pl.Null}


def _check_ids(frame: pl.DataFrame, key: str) -> None:
    if key not in frame.columns:
        return
    ids = by_name.column(frame, key)
    if ids.dtype.is_float() and (inexact := ids.is_finite() & (ids.abs() >= EXACT)).any():
        raise InputError(
            f"column {key!r}, row {inexact.arg_max()}: an id as a fraction of 2^53 or more, which is not exact; "
            "send ids as whole numbers or text"
        )
    missing = ids.is_null() | ids.is_nan() if ids.dtype.is_float() else ids.is_null() if ids.null_count() else None
    if missing is not None and missing.any():
        raise InputError(
            f"column {key!r}, row {missing.arg_max()}: an id without a value; give each row one, or leave out {key!r}"
        )


def _check_labels(frame: pl.DataFrame, schema: RowSchema) -> dict[str, int]:
    """How many labels cannot be used, if any.

    Raises:
        InputError: when the model takes no labels, or a column is not there.
    """
    if schema.target is None:
        raise InputError("this model has no target, so it takes no labels; fit it again with a target")
    expected = schema.key, schema.target.name
    if frame.height and (missing := [name for name in expected if name not in frame.columns]):
        raise InputError(f"labels without the column {missing[0]!r}; expected {expected[0]!r} and {expected[1]!r}")
    if not frame.height:
        return {}
    unusable = read_labels(by_name.column(frame, schema.target.name), schema.target).null_count()
    return {"unusable_labels": unusable} if unusable else {}
