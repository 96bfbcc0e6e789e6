"""Logged rows into the Arrow IPC stream that the server takes."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import polars as pl

from driftline.data.columns import column

Odd = Callable[[str, str], None]
_LONGEST = 10_000  # characters of a text


def predictions(rows: Sequence[tuple[Any, ...]], names: Any, version: str, odd: Odd) -> bytes:
    """Rows of features, prediction, score, id, time, latency and error; features that a row lacks are null."""
    features, predicted, scores, ids, times, latencies, errors = zip(*rows, strict=True)
    first = features[0].keys()
    known = (
        first if all(each.keys() == first for each in features) else dict.fromkeys(n for each in features for n in each)
    )
    values: dict[str, Sequence[Any]] = {str(name): [each.get(name) for each in features] for name in known}
    if any(each is not None for each in ids):
        values[names.id] = [uuid.uuid4().hex if each is None else each for each in ids]
    given = {names.prediction: predicted, names.score: scores, "latency": latencies, "error": errors}
    values |= {name: own for name, own in given.items() if any(each is not None for each in own)}
    if version:
        values["model_version"] = [version] * len(rows)
    return _written(values, {} if names.timestamp in values else {names.timestamp: times}, odd)


def labels(rows: Sequence[tuple[Any, ...]], names: Any, _version: str, odd: Odd) -> bytes:
    """Rows of id, truth and time; those without an id are of no use, and go."""
    kept = [row for row in rows if row[0] is not None]
    if len(kept) < len(rows):
        odd(names.id, "labels without an id; dropped")
    ids, truth, times = zip(*kept, strict=True) if kept else ((), (), ())
    return _written({names.id: ids, names.target: truth}, {names.timestamp: times}, odd)


def _written(values: Mapping[str, Sequence[Any]], times: Mapping[str, Sequence[Any]], odd: Odd) -> bytes:
    """The stream; made without Polars' pool of threads, which would not survive a fork."""
    moments = {name: [_microseconds(each) for each in own] for name, own in times.items()}
    stamps = [pl.Series(name, own, pl.Int64).cast(pl.Datetime("us")) for name, own in moments.items()]
    out = BytesIO()
    pl.DataFrame(
        [*(column(name, own, max_chars=_LONGEST, report=odd) for name, own in values.items()), *stamps]
    ).write_ipc_stream(out)
    return out.getvalue()


def _microseconds(time: Any) -> int | None:
    """Microseconds since 1970 UTC; None for what is no time."""
    if isinstance(time, str):
        try:
            time = datetime.fromisoformat(time)
        except ValueError:
            return None
    if isinstance(time, datetime):
        time = (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    try:
        return round(float(time) * 1e6)
    except (TypeError, ValueError, OverflowError):
        return None
