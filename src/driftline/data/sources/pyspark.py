"""Rows of Spark: a DataFrame, or files that Spark reads, from wherever it can."""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl

from driftline.data import by_name
from driftline.errors import DriftlineError, EngineError, InputError, MissingExtraError

_FORMATS = {
    ".parquet": "parquet", ".pq": "parquet", ".orc": "orc", ".csv": "csv", ".tsv": "csv", ".jsonl": "json lines",
    ".ndjson": "json lines", ".json": "json lines",
}  # fmt: skip
_KNOWN = "Parquet (.parquet), ORC (.orc), CSV (.csv, .tsv), JSON lines (.jsonl, .ndjson)"
_BATCH = 131_072
_AT_ONCE = 8  # files whose schemas are asked for at the same time


class Pyspark:
    """A Spark DataFrame, or files; `frames` are the DataFrames, one for each schema that the files have."""

    engine = "spark"

    def __init__(self, rows: Any) -> None:
        self.rows: int | None = None
        self.errors = _errors(str(rows) if isinstance(rows, str | Path) else "the engine spark")
        if isinstance(rows, str | Path):
            self.label = str(rows)
            try:
                self.format, self.frames = _files(self.label)
            except self.errors as error:
                raise self.explain(error) from error
        else:
            self.label, self.format, self.frames = "pyspark DataFrame", "memory", [rows]
        for frame in self.frames:
            _check(self.label, frame)

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The rows, brought to the driver; the engine `spark` leaves them where they are."""
        for frame in self.frames:
            table = pl.DataFrame(frame.toArrow())
            if columns is not None:
                table = by_name.select(table, columns)
            yield from table.iter_slices(_BATCH) if table.height else [table]

    def explain(self, error: BaseException) -> DriftlineError:
        """What Spark could not do, out of a Java stack trace."""
        said = str(error)
        if re.search(r"exited unexpectedly|ExecutorLostFailure|Connection reset", said):
            return EngineError(
                f"{self.label}: Spark lost a worker while it folded a partition, and gave up after "
                "spark.task.maxFailures attempts; it may have run out of memory: use more and smaller partitions"
            )
        java, (said, *raised) = (
            r"SQLSTATE|\n\tat |\nCaused by",
            re.split(r"Traceback \(most recent call last\):\n", said),
        )
        if raised:
            lines = re.split(java, raised[-1])[0].strip().splitlines()
            text = next((line for line in reversed(lines) if not line.startswith(" ")), "")
        else:
            text = re.split(java, re.split(r"\[[A-Z][A-Z_.0-9]+\] ", said)[-1])[0].strip().partition("\n")[0]
        return InputError(f"{self.label}: Spark cannot give the rows: {text[:400]}")


pyspark = Pyspark


def _errors(what: str) -> tuple[type[BaseException], ...]:
    """What Spark raises."""
    try:
        from py4j.protocol import Py4JError  # noqa: PLC0415 - an extra
        from pyspark.errors import PySparkException  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtraError(what, "spark") from error
    return Py4JError, PySparkException


def _check(label: str, frame: Any) -> None:
    if not hasattr(frame, "mapInArrow"):
        raise InputError(f"{label}: cannot read a {type(frame).__name__} of pyspark; hand over a DataFrame")
    if frame.isStreaming:
        raise InputError(
            f"{label}: the DataFrame is a stream, which never ends; check each batch of it in foreachBatch"
        )
    if not frame.columns:
        raise InputError(f"{label}: the DataFrame has no columns; expected rows of named columns")
    if twice := sorted({name for name in frame.columns if frame.columns.count(name) > 1}):
        raise InputError(f"{label}: {twice[0]!r} is a column name more than once; give each column its own name")


def _files(pattern: str) -> tuple[str, list[Any]]:
    """The files' formats, and a DataFrame for each format and schema that they have.

    Spark itself would read all files by the schema of one, and leave out columns that only others have.
    """
    from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else workers take any python3, which may lack Driftline
    session = SparkSession.getActiveSession() or SparkSession.builder.appName("driftline").getOrCreate()
    found = sorted(session.read.text(pattern).inputFiles())
    paths = [path for path in found if _form(path)]
    if not paths:
        raise InputError(f"{found[0] if found else pattern}: no file of a known type; expected {_KNOWN}")
    base = {} if _is_file(pattern, paths) or re.search(r"[*?{\[]", pattern) else {"basePath": pattern}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        schemas = list(pool.map(lambda path: _reader(session, path).options(**base).load(path).schema, paths))
    groups: dict[tuple[str, Any], list[str]] = {}
    for path, schema in zip(paths, schemas, strict=True):
        groups.setdefault((_form(path), schema), []).append(path)
    frames = [
        _reader(session, some[0]).options(**base).schema(schema).load(some) for (_, schema), some in groups.items()
    ]
    return ", ".join(dict.fromkeys(form for form, _ in groups)), frames


def _form(path: str) -> str:
    """The format that a file's ending says, or nothing."""
    name = re.sub(r"\.(gz|bz2|zst|lz4)$", "", path.rsplit("/", 1)[-1].lower())
    return _FORMATS.get(Path(name).suffix, "")


def _is_file(pattern: str, paths: list[str]) -> bool:
    return len(paths) == 1 and paths[0].rsplit("/", 1)[-1] == pattern.rstrip("/").rsplit("/", 1)[-1]


def _reader(session: Any, path: str) -> Any:
    """How Spark reads a file; broken lines of text are errors, not nulls."""
    form = _form(path)
    if form == "csv":
        tabs = "\t" if ".tsv" in path.rsplit("/", 1)[-1].lower() else ","
        return session.read.format("csv").options(header=True, inferSchema=True, mode="FAILFAST", sep=tabs)
    if form == "json lines":
        return session.read.format("json").options(mode="FAILFAST")
    return session.read.format(form)
