"""Folds Dask's data frames and delayed tables where their partitions are, on whichever scheduler is set."""

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from driftline import registry
from driftline.errors import DriftlineError, EngineError, InputError
from driftline.profiles.engines.base_distributed import Distributed
from driftline.profiles.jobs import Job, merge_outcomes, run_job

_TOGETHER = 16  # outcomes that one task merges


class Dask(Distributed):
    """The engine of Dask: threads, processes, or a cluster of `distributed`."""

    source = "dask"

    def outcomes(self, source: Any, job: Job) -> Iterable[bytes]:
        """One outcome, merged as a tree."""
        import dask  # noqa: PLC0415 - who has such rows has it

        job_bytes = dask.delayed(job.to_bytes())
        fold, merge = dask.delayed(_fold), dask.delayed(merge_outcomes)
        found = [fold(job_bytes, part, i) for i, part in enumerate(source.partitions(job.columns))]
        while len(found) > 1:
            found = [merge(job_bytes, found[i : i + _TOGETHER]) for i in range(0, len(found), _TOGETHER)]
        try:
            outcomes: tuple[bytes, ...] = dask.compute(*found)
        except Exception as error:
            raise _explain(source.label, error) from error
        return outcomes


dask = Dask


def _fold(job_bytes: bytes, table: Any, part: int) -> bytes:
    """In a task: the outcome of one partition."""

    def batches() -> Iterator[pl.DataFrame]:
        yield from registry.find("sources", "frames")(table).batches()

    return run_job(job_bytes, batches(), part)


def _explain(label: str, error: Exception) -> DriftlineError:
    """What a partition raised, which can be anything, or which worker was lost."""
    message = f"{type(error).__name__}: {str(error).strip()[:400]}"
    lost = {"KilledWorker", "BrokenProcessPool", "CommClosedError", "NoValidWorkerError", "TimeoutError"}
    if type(error).__name__ in lost:
        return EngineError(
            f"{label}: Dask lost a worker while it folded a partition ({message}); it may have run out of memory: use "
            "smaller partitions"
        )
    return InputError(f"{label}: Dask cannot give the rows: {message}")
