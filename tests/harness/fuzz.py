"""Sends rows of any shape through the door and the fold together, and names what is acknowledged and cannot be folded.

Run as a program (`python -m harness.fuzz SECONDS [SEED [FIRST]]`) it makes new cases until the time is over, and exits
with 1 if it found anything; a finding's line has the seed and the number of its case, to repeat it.
"""

import json
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from driftline.data.payload import ARROW, JSON, LINES
from driftline.errors import DriftlineError
from driftline.monitor import Monitor
from driftline.server.group_commit import GroupCommit
from driftline.server.ingest import Ingest
from driftline.server.logs.base import open_log
from driftline.server.model_worker import ModelWorker
from driftline.server.prometheus.page import Exposition
from driftline.server.stream.stream import Stream
from driftline.stores.base import open_store

Rng = np.random.Generator
NAMES = ["", "*", "^.*$", "^id$", "^[$", "a\nb", "column_0", "values", "label", "rows in all", "the window", "hash",
         "position", "value", "count", "literal", "len", "true", "answer", "名前", "\u202eevil", "=1+1", "x'", "id",
         "timestamp", "prediction", "score", "target", "model_version", "latency", "error", "a" * 300]  # fmt: skip
TEXTS = ["", " ", "NA", "nan", "inf", "-inf", "1", "1.0", "1e400", "-0", "true", "False", "2024-02-01", "1,5",
         "1.234,5", "2024-02-30T00:00:00", "0001-01-01", "99999-01-01T00:00:00Z", "\u0000", "\ud7ff", "名",
         "null", "a", "b", "c",
         "9223372036854775808", "x" * 500, "[1, 2]", '{"a": 1}', "^$", "'", '"', "\r\n", "=cmd()"]  # fmt: skip
NUMBERS = [0, -0.0, 1, -1, 0.5, 2**31, 2**53, 2**53 + 1, 2**63 - 1, -(2**63), 1e300, -1e300, 5e-324, float("nan"),
           float("inf"), float("-inf"), 1.7e9, 1.7e12, 1.7e15, 1.7e18]  # fmt: skip


@cache
def monitors() -> dict[str, Monitor]:
    """Models whose columns are of all kinds and roles."""
    rng, n = np.random.default_rng(0), 120
    times = pl.Series(np.arange(n) * 60_000_000 * 15 + 1_700_000_000_000_000).cast(pl.Datetime("us"))
    x = rng.normal(size=n)
    frame = pl.DataFrame({
        "id": np.arange(n), "t": times, "number": x, "whole": rng.integers(0, 50, n), "flag": x > 0,
        "zone": rng.choice(list("abc"), n), "when": times.dt.offset_by("-3d"), "day": times.dt.date(),
        "text": [f"words {at} of text number {at * at}" for at in range(n)],
        "vector": [[float(at), 1.0, -at / 7] for at in range(n)], "p": 2 * x, "y": 2 * x + rng.normal(size=n),
    })  # fmt: skip
    classes = frame.with_columns(y=pl.Series(rng.choice(["yes", "no"], n)), p=pl.Series(rng.choice(["yes", "no"], n)),
                                 s=pl.Series(rng.uniform(size=n)), id=pl.col("id").cast(pl.String) + "#")  # fmt: skip
    fit = partial(Monitor.fit, stream={"every": "1h"}, timestamp="t", id="id", season="none")
    return {
        "regression": fit(frame, target="y", prediction="p", segments=("zone",)),
        "classes": fit(classes, target="y", prediction="p", score="s", positive="yes", segments=("flag", "whole")),
        "several": fit(classes.with_columns(y=pl.col("zone"), p=pl.col("zone")), target="y", prediction="p"),
        "patterns": Monitor.fit(
            frame.rename({"id": "^id$", "t": "*"}), id="^id$", timestamp="*", target="number", season="none",
            sample={"rows": 100}, stream={"every": "1d"},
        ),
        "bare": Monitor.fit(frame.select("number", "zone", "flag"), stream={"every": "1h"}),
    }  # fmt: skip


@dataclass
class Findings:
    """What was sent, by the answer, and what went wrong: its kind, and the case that it was seen in first."""

    answers: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, str] = field(default_factory=dict)

    def add(self, kind: str, case: str) -> None:
        """Note a finding."""
        self.wrong.setdefault(kind, case)


def fuzz(seed: int, cases: Iterator[int] | range, seconds: float = float("inf")) -> Findings:
    """Send cases until they or the time are over."""
    findings, end = Findings(), time.monotonic() + seconds
    for at in cases:
        if time.monotonic() > end:
            break
        name = list(monitors())[at % len(monitors())]
        _send_some(findings, name, seed, at)
    return findings


def _send_some(findings: Findings, name: str, seed: int, at: int) -> None:
    """One stream of some batches: through the door, into the log, folded and judged."""
    monitor, rng = monitors()[name], np.random.default_rng((seed, at))
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        log = stack.enter_context(open_log(f"sqlite:///{folder}/log.db"))
        store = stack.enter_context(open_store(f"sqlite:///{folder}/store.db"))
        ingest = Ingest({"model": monitor.plan}, stack.enter_context(GroupCommit(log)))
        worker = ModelWorker(monitor, log, store, Path(folder), Exposition(), None)
        stream = stack.enter_context(
            closing(Stream(monitor.plan, log, store, Path(folder) / "state.db", "model", worker._judge))
        )
        for number in range(6):
            kind = "labels" if number % 3 == 2 and worker._target is not None else "predictions"
            case = f"seed {seed}, case {at}.{number}: {kind} of {name}"
            body, content_type = _body(rng, monitor, kind)
            with ingest.memory.reserve() as held:
                try:
                    valid = ingest.validate("model", kind, str(number), body, content_type, "", held=held)
                except DriftlineError as error:
                    findings.answers[type(error).__name__] += 1
                    continue
                except BaseException as error:  # noqa: BLE001 - that is what is looked for
                    findings.add(f"the door raised {type(error).__name__}: {error!s:.200}", case)
                    continue
            findings.answers["200"] += 1
            log.append([valid.entry])
            try:
                now = time.time() * 1e6
                while stream.step(now) + stream.tick(now, settle=True):
                    pass
            except BaseException as error:  # noqa: BLE001 - that is what is looked for
                findings.add(f"the fold raised {type(error).__name__}: {error!s:.200}", case)
                return
            for letter in log.dead_letters():
                findings.add(f"set aside: {letter.reason}", case)
            if worker.unjudged_reason:
                findings.add(f"unjudged: {worker.unjudged_reason.partition(': ')[2]}", case)
        if ingest.panics:
            findings.add("the decoder failed by a bug", f"seed {seed}, case {at} of {name}")


def _body(rng: Rng, monitor: Monitor, kind: str) -> tuple[bytes, str]:
    """A body, and its content type."""
    n = int(rng.choice([0, 1, 2, 7, 40]))
    plan = monitor.plan
    known = [column.name for column in plan.columns if column.source is None]
    if kind == "labels":
        known = [name for name in known if name in {plan.config.id, plan.config.target}]
    names = [name for name in known if rng.random() < (0.8 if kind == "predictions" else 0.95)]
    names += list(rng.choice(NAMES, int(rng.integers(0, 4)), replace=False))
    names = list(dict.fromkeys(map(str, rng.permutation(np.array(names, dtype=object)))))
    is_arrow = rng.random() < 0.6
    columns = {}
    for name in names:
        if name == plan.config.timestamp and rng.random() < 0.8:
            columns[name] = _good_times(rng, n)
        elif name == plan.config.id and rng.random() < 0.7:
            columns[name] = pa.array(rng.integers(0, 200, n))
        else:
            columns[name] = _arrow(rng, n, depth=0)
    if is_arrow:
        return _stream(columns, rng), ARROW
    rows = [{name: _json_value(columns[name][at], rng) for name in columns if rng.random() < 0.95}
            for at in range(n)]  # fmt: skip
    lines = rng.random() < 0.3
    texts = [json.dumps(row, default=str).encode() for row in rows]
    return (b"\n".join(texts), LINES) if lines else (b"[" + b",".join(texts) + b"]", JSON)


def _good_times(rng: Rng, n: int) -> pa.Array:
    micros = (time.time() * 1e6 - rng.uniform(0, 6 * 3600e6, n)).astype(np.int64)
    times = pa.array(micros, pa.timestamp("us"))
    return times if rng.random() < 0.5 else pa.array([f"{at.as_py().isoformat()}" for at in times])


def _stream(columns: dict[str, pa.Array], rng: Rng) -> bytes:
    table = pa.table(list(columns.values()), names=list(columns))
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=[None, "lz4", "zstd"][int(rng.integers(0, 3))])
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        for part in table.to_batches(max_chunksize=int(rng.integers(1, 60))):
            writer.write_batch(part)
    return bytes(sink.getvalue())


def _arrow(rng: Rng, n: int, depth: int) -> pa.Array:
    """A column of any type, with and without missing values."""
    makers = [*_PLAIN, *([_nested] * 4 if depth < 2 else [])]
    array = makers[int(rng.integers(0, len(makers)))](rng, n, depth)
    if n and rng.random() < 0.3:
        mask = pa.array(rng.random(n) < 0.4)
        try:
            return pa.compute.if_else(mask, pa.scalar(None, array.type), array)
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
            return array
    return array


def _ints(rng: Rng, n: int, _: int) -> pa.Array:
    kind = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64][int(rng.integers(0, 8))]
    info = np.iinfo(kind)
    return pa.array(np.where(rng.random(n) < 0.3, rng.choice(np.array([info.min, info.max], kind), n),
                             rng.integers(0, 100, n).astype(kind)))  # fmt: skip


def _floats(rng: Rng, n: int, _: int) -> pa.Array:
    kind = [pa.float64(), pa.float32(), pa.float16()][int(rng.integers(0, 3))]
    picked = np.array(NUMBERS, np.float64)[rng.integers(0, len(NUMBERS), n)]
    with np.errstate(over="ignore", under="ignore"):
        return pa.array(picked.astype(kind.to_pandas_dtype()), kind)


def _texts(rng: Rng, n: int, _: int) -> pa.Array:
    kind = [pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary()][int(rng.integers(0, 5))]
    values = [TEXTS[at] for at in rng.integers(0, len(TEXTS), n)]
    if kind in {pa.binary(), pa.large_binary()}:
        return pa.array([text.encode("utf-8", "surrogatepass") + b"\xff" for text in values], kind)
    return pa.array(values, kind)


def _times(rng: Rng, n: int, _: int) -> pa.Array:
    kinds = [pa.timestamp(unit, zone) for unit in ("s", "ms", "us", "ns") for zone in (None, "UTC", "Asia/Kolkata")]
    kinds += [pa.date32(), pa.date64(), pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns")]
    kinds += [pa.duration(unit) for unit in ("s", "ms", "us", "ns")]
    kind = kinds[int(rng.integers(0, len(kinds)))]
    bits = 32 if kind.bit_width == 32 else 64
    wild = rng.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1, n)
    tame = rng.integers(0, 86_000, n)
    raw = np.where(rng.random(n) < 0.3, wild, tame).astype(f"int{bits}")
    if pa.types.is_date64(kind):
        raw = raw // 86_400_000 * 86_400_000
    return pa.array(raw).view(kind)


def _others(rng: Rng, n: int, _: int) -> pa.Array:
    pick = int(rng.integers(0, 6))
    if pick == 0:
        return pa.nulls(n)
    if pick == 1:
        return pa.array(rng.random(n) < 0.5)
    if pick == 2:
        return pa.array([f"{at % 97}.{at % 89:02}" for at in range(n)]).cast(pa.decimal128(20, 2))
    if pick == 3:
        return pa.array([TEXTS[at] for at in rng.integers(0, len(TEXTS), n)]).dictionary_encode()
    if pick == 4:
        return pa.array([bytes(8) for _ in range(n)], pa.binary(8))
    return pa.array([10 ** int(at) for at in rng.integers(0, 38, n)], pa.decimal128(38, 0))


def _nested(rng: Rng, n: int, depth: int) -> pa.Array:
    pick = int(rng.integers(0, 3))
    if pick == 0:
        sizes = rng.integers(0, 4, n)
        offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), _arrow(rng, int(sizes.sum()), depth + 1))
    if pick == 1:
        return pa.FixedSizeListArray.from_arrays(_arrow(rng, 3 * n, depth + 1), 3)
    return pa.StructArray.from_arrays([_arrow(rng, n, depth + 1), _arrow(rng, n, depth + 1)], names=["a", "*"])


_PLAIN = [_ints, _floats, _texts, _texts, _times, _times, _others, _others]


def _json_value(value: pa.Scalar, rng: Rng) -> Any:
    """A value as JSON may have it: now and then of another type than its column's."""
    if rng.random() < 0.05:
        return [None, True, 2**70, -1.5, "NA", [], {}, [[1], "a"], {"": {"b": None}}][int(rng.integers(0, 9))]
    try:
        plain = value.as_py()
    except (OverflowError, ValueError):  # a time that Python has no word for
        return None
    return plain.decode("latin-1") if isinstance(plain, bytes) else plain


def main(seconds: str, seed: str = "", first: str = "0") -> int:
    """Make new cases until the time is over; says what was found."""
    logging.disable(logging.CRITICAL)
    chosen = int(seed) if seed else int(np.random.default_rng().integers(0, 2**31))
    cases = iter(range(int(first), 2**62))
    findings = fuzz(chosen, cases, float(seconds))
    lines = [f"{kind}\n  {case}" for kind, case in findings.wrong.items()]
    head = f"seed {chosen}: {dict(findings.answers)}"
    print(head, *lines or ["nothing was found"], sep="\n")  # noqa: T201 - its output
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
