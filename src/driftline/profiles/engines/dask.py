"""Folds Dask's data frames and delayed tables where their partitions are, on whichever scheduler is set."""

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from driftline import registry
from driftline.errors import DriftlineError, EngineError, InputError
from driftline.profiles.jobs import Distributed, Job, folded, merged

_TOGETHER = 16  # outcomes that one task merges


class Dask(Distributed):
    """The engine of Dask: threads, processes, or a cluster of `distributed`."""

    source = "dask"

    def outcomes(self, source: Any, work: Job) -> Iterable[bytes]:
        """One outcome, merged as a tree."""
        import dask  # noqa: PLC0415 - who has such rows has it

        order = dask.delayed(work.to_bytes())
        fold, merge = dask.delayed(_fold), dask.delayed(merged)
        found = [fold(order, part, i) for i, part in enumerate(source.partitions(work.columns))]
        while len(found) > 1:
            found = [merge(order, found[i : i + _TOGETHER]) for i in range(0, len(found), _TOGETHER)]
        try:
            outcomes: tuple[bytes, ...] = dask.compute(*found)
        except Exception as error:
            raise _told(source.label, error) from error
        return outcomes


dask = Dask


def _fold(order: bytes, table: Any, part: int) -> bytes:
    """In a task: the outcome of one partition."""

    def batches() -> Iterator[pl.DataFrame]:
        yield from registry.find("sources", "frames")(table).batches()

    return folded(order, batches(), part)


def _told(label: str, error: Exception) -> DriftlineError:
    """What a partition raised, which can be anything, or which worker was lost."""
    said = f"{type(error).__name__}: {str(error).strip()[:400]}"
    lost = {"KilledWorker", "BrokenProcessPool", "CommClosedError", "NoValidWorkerError", "TimeoutError"}
    if type(error).__name__ in lost:
        return EngineError(
            f"{label}: Dask lost a worker while it folded a partition ({said}); it may have run out of memory: use "
            "smaller partitions"
        )
    return InputError(f"{label}: Dask cannot give the rows: {said}")
