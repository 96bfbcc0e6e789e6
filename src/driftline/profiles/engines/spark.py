"""Folds Spark DataFrames where their rows are: a task folds a partition, and others merge what these have made.

Each worker needs Driftline and PyArrow in its Python. Rows do not come to the driver, and of profiles a few at a time.
"""

import warnings
from collections.abc import Iterable, Iterator
from functools import partial, reduce
from typing import Any

import polars as pl

from driftline.profiles.engines.base_distributed import Distributed
from driftline.profiles.jobs import Job, merge_outcomes, run_job

_TOGETHER = 16  # outcomes that one task merges
_OUTCOMES = "merger long, part long, outcome binary"


class Spark(Distributed):
    """The engine of Apache Spark 4.0 and newer."""

    source = "pyspark"

    def outcomes(self, source: Any, job: Job) -> Iterator[bytes]:
        """One outcome for each 16 partitions."""
        try:
            for row in _merged(source.frames, job).toLocalIterator():
                yield bytes(row.outcome)
        except source.errors as error:
            raise source.explain(error) from error

    def empty(self, source: Any) -> Iterator[pl.DataFrame]:
        """The columns as Spark has them in Arrow."""
        for frame in source.frames:
            yield pl.DataFrame(frame.limit(0).toArrow())


spark = Spark


def _merged(frames: list[Any], job: Job) -> Any:
    """The frame of the outcomes; nothing is folded yet."""
    job_bytes = job.to_bytes()
    with warnings.catch_warnings():  # no table of pandas is made here
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        parts = [_needed(frame, job).mapInArrow(partial(_fold, job_bytes), _OUTCOMES) for frame in frames]
        whole = reduce(lambda a, b: a.union(b), parts)
        return whole.groupBy("merger").applyInArrow(lambda several: _merge(job_bytes, several), "outcome binary")


def _needed(frame: Any, job: Job) -> Any:
    """The frame with the columns that the work needs; with one at least, or else its rows would not be counted."""
    if job.columns is None:
        return frame
    names = [name for name in frame.columns if name in job.columns] or frame.columns[:1]
    return frame.select(*("`" + name.replace("`", "``") + "`" for name in names))


def _fold(job_bytes: bytes, batches: Iterable[Any]) -> Iterator[Any]:
    """In a task: the outcome of its partition."""
    import pyarrow as pa  # noqa: PLC0415 - on the worker
    from pyspark import TaskContext  # noqa: PLC0415 - on the worker

    context = TaskContext.get()
    part = context.partitionId() if context is not None else 0
    outcome = run_job(job_bytes, map(_read, batches), part)
    yield pa.RecordBatch.from_pydict({"merger": [part // _TOGETHER], "part": [part], "outcome": [outcome]})


def _read(batch: Any) -> pl.DataFrame:
    return pl.DataFrame(batch)


def _merge(job_bytes: bytes, outcomes: Any) -> Any:
    """In a task: one outcome of several."""
    import pyarrow as pa  # noqa: PLC0415 - on the worker

    several = outcomes.sort_by("part").column("outcome")
    return pa.table({"outcome": [merge_outcomes(job_bytes, (outcome.as_py() for outcome in several))]})
