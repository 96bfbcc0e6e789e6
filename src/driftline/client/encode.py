"""Logged rows to the Arrow IPC streams that the server takes, each within a bound of bytes."""

import hashlib
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import polars as pl

from driftline.client.spool import Batch
from driftline.data.columns import column

Report = Callable[[str, str], None]
MAX_BODY = 4 << 20
_MAX_CHARS = 10_000


@dataclass(frozen=True, slots=True)
class ColumnNames:
    """What the columns of the roles are called in the rows that are sent.

    The server knows the names of its model, so these are needed only where a feature has one of the default names.
    """

    id: str = "id"
    timestamp: str = "timestamp"
    prediction: str = "prediction"
    score: str = "score"
    target: str = "target"


def encode_predictions(
    rows: Sequence[tuple[Any, ...]], names: ColumnNames, version: str, report: Report,
    process: Mapping[str, float | None] | None = None,
) -> bytes:  # fmt: skip
    """Rows of features, prediction, score, id, time, latency and error; features that a row lacks are null.

    `process` are columns with one value for all of them: the numbers of the process. A feature of that name goes first.
    """
    features, predictions, scores, ids, times, latencies, errors = zip(*rows, strict=True)
    first = features[0].keys()
    is_same = all(row.keys() == first for row in features)
    known = first if is_same else dict.fromkeys(name for row in features for name in row)
    values: dict[str, Sequence[Any]] = {str(name): [row.get(name) for row in features] for name in known}
    if any(value is not None for value in ids):
        values[names.id] = [uuid.uuid4().hex if value is None else value for value in ids]
    given = {names.prediction: predictions, names.score: scores, "latency": latencies, "error": errors}
    values |= {name: own for name, own in given.items() if any(value is not None for value in own)}
    values |= {name: [value] * len(rows) for name, value in (process or {}).items() if name not in values}
    if version:
        values["model_version"] = [version] * len(rows)
    return _write(values, {} if names.timestamp in values else {names.timestamp: times}, names.id, report)


def encode_labels(rows: Sequence[tuple[Any, ...]], names: ColumnNames, _version: str, report: Report) -> bytes:
    """Rows of id, target and time."""
    ids, targets, times = zip(*rows, strict=True)
    return _write({names.id: ids, names.target: targets}, {names.timestamp: times}, names.id, report)


def split(batch: Batch) -> Iterator[Batch]:
    """The two halves of a batch. Their keys follow from its key, so sending the parts twice changes nothing.

    Raises:
        PolarsError, PanicException, OSError, ValueError: when the body cannot be read.
    """
    frame = pl.read_ipc_stream(batch.body)
    middle = frame.height // 2
    for part, rows in enumerate((frame[:middle], frame[middle:])):
        out = BytesIO()
        rows.write_ipc_stream(out)
        key = hashlib.blake2b(f"{batch.key}/{part}".encode(), digest_size=16).hexdigest()
        yield Batch(batch.kind, key, rows.height, out.getvalue())


def _write(
    values: Mapping[str, Sequence[Any]], times: Mapping[str, Sequence[Any]], id_name: str, report: Report
) -> bytes:
    """The stream; made without Polars' pool of threads, which would not survive a fork."""
    columns = [
        column(name, own, exact=name == id_name, max_chars=_MAX_CHARS, report=report) for name, own in values.items()
    ]
    for name, own in times.items():
        moments = [_microseconds(value) for value in own]
        if lost := sum(moment is None and value is not None for moment, value in zip(moments, own, strict=True)):
            report(name, f"{lost} values are no times; they are sent as missing")
        columns.append(pl.Series(name, moments, pl.Int64).cast(pl.Datetime("us")))
    out = BytesIO()
    pl.DataFrame(columns).write_ipc_stream(out)
    return out.getvalue()


def _microseconds(time: Any) -> int | None:
    """Microseconds since 1970 UTC; None for what is no time."""
    try:
        if isinstance(time, str):
            time = datetime.fromisoformat(time)
        if isinstance(time, datetime):
            time = (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
        moment = round(float(time) * 1e6)
    except (TypeError, ValueError, OverflowError):
        return None
    return moment if -(2**63) <= moment < 2**63 else None
