"""Folds Ray datasets where their blocks are: a task folds a block as soon as it is made, others merge what came out."""

import re
from collections.abc import Iterator
from typing import Any

import polars as pl

from driftline import registry
from driftline.errors import DriftlineError, EngineError, InputError
from driftline.profiles.engines.base_distributed import Distributed
from driftline.profiles.jobs import Job, merge_outcomes, run_job

_TOGETHER = 16  # outcomes that one task merges
_LOST = {
    "WorkerCrashedError", "OutOfMemoryError", "NodeDiedError", "ObjectLostError", "ObjectReconstructionFailedError",
    "OwnerDiedError", "LocalRayletDiedError", "RaySystemError", "ActorDiedError",
}  # fmt: skip
_PER_CPU = 2  # tasks under way: blocks are made no faster than they are folded


class Ray(Distributed):
    """The engine of Ray Data."""

    source = "ray"

    def outcomes(self, source: Any, job: Job) -> Iterator[bytes]:
        """One outcome for each 16 blocks, each held against the number of rows that Ray counts in it."""
        import ray  # noqa: PLC0415 - who has such rows has it

        fold, merge, job_bytes = ray.remote(_fold), ray.remote(_merge), ray.put(job.to_bytes())
        try:
            most = _PER_CPU * max(1, int(ray.cluster_resources().get("CPU", 1)))
            under_way: list[Any] = []
            found: list[Any] = []
            for part, (block, rows) in enumerate(_blocks(source.dataset, job)):
                under_way.append(fold.remote(job_bytes, block, part, rows))
                if len(under_way) >= most:
                    (done,), under_way = ray.wait(under_way)
                    found.append(done)
            found += under_way
            several = [found[start : start + _TOGETHER] for start in range(0, len(found), _TOGETHER)]
            for outcome in [merge.remote(job_bytes, *some) for some in several]:
                yield ray.get(outcome)
        except Exception as error:
            raise _explain(source.label, error) from error

    def empty(self, source: Any) -> Iterator[pl.DataFrame]:
        """The columns of the dataset."""
        schema = source.dataset.schema()
        if schema is not None:
            yield pl.DataFrame(schema.base_schema.empty_table())


ray = Ray


def _blocks(dataset: Any, job: Job) -> Iterator[tuple[Any, int | None]]:
    """Each block, as soon as it is made, with its number of rows."""
    names = dataset.columns() if job.columns is not None else None
    wanted = [name for name in names or () if name in (job.columns or ())]
    for bundle in (dataset.select_columns(wanted) if wanted else dataset).iter_internal_ref_bundles():
        for block, about in zip(bundle.block_refs, bundle.metadata, strict=True):
            yield block, about.num_rows


def _fold(job_bytes: bytes, table: Any, part: int, rows: int | None) -> bytes:
    """In a task: the outcome of one block."""

    def batches() -> Iterator[pl.DataFrame]:
        yield from registry.find("sources", "frames")(table).batches()

    return run_job(job_bytes, batches(), part, rows)


def _merge(job_bytes: bytes, *outcomes: bytes) -> bytes:
    """In a task: one outcome of several."""
    return merge_outcomes(job_bytes, outcomes)


def _explain(label: str, error: Exception) -> DriftlineError:
    """What a block raised, which can be anything, or which worker was lost."""
    name = type(error).__name__
    if name in _LOST:
        return EngineError(
            f"{label}: Ray lost a worker while it folded a block ({name}); it may have run out of memory: use smaller "
            "blocks"
        )
    found = re.search(r"^(\w+\.)*\w+(Error|Exception): .*", str(error), re.MULTILINE)
    text = found[0] if found else f"{name}: {(str(error).strip().splitlines() or [''])[0]}"
    return InputError(f"{label}: Ray cannot give the rows: {text[:400]}")
