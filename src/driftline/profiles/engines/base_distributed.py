"""What the engines over partitions share: run a job on each partition and merge the outcomes."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from driftline import errors
from driftline.config.settings import Config
from driftline.errors import EngineError
from driftline.profiles import codec
from driftline.profiles.fitting.fit import make_plan
from driftline.profiles.jobs import FoldJob, InspectJob, Job, TimeRangeJob, merge_outcomes
from driftline.profiles.plan import Plan
from driftline.profiles.profile import Profile
from driftline.types import ProfileKey, Role
from driftline.windows import Windows


class Distributed(ABC):
    """An engine over rows in partitions; a subclass says how to run a job on each of them."""

    @abstractmethod
    def outcomes(self, source: Any, job: Job) -> Iterable[bytes]:
        """The outcome of `run_job` on each partition, numbered from 0; workers may merge several with `merge_outcomes`.

        Raises:
            EngineError: when the workers cannot do it.
            InputError: when the rows cannot be read.
        """

    def empty(self, source: Any) -> Iterable[pl.DataFrame]:  # noqa: ARG002 - for those that need it
        """Batches without rows but with the source's columns, for engines whose empty partitions have no columns."""
        return ()

    def fit(self, source: Any, config: Config) -> Plan:
        """The plan, fitted on a reference."""
        return make_plan(self._run(source, InspectJob()), config, source.format)

    def span(self, source: Any, plan: Plan) -> tuple[float, float] | None:
        """First and last time of the rows, or None where there is no time."""
        column = plan.with_role(Role.TIMESTAMP)
        return None if column is None else self._run(source, TimeRangeJob(column)).ends()

    def fold(self, source: Any, plan: Plan, windows: Windows | None = None) -> Mapping[ProfileKey, Profile]:
        """One profile for each window and segment; `ProfileKey()` holds all rows."""
        cells: dict[ProfileKey, Profile] = self._run(source, FoldJob(plan, source.format, windows))
        return cells

    def _run(self, source: Any, job: Job) -> Any:
        outcome = codec.unpack(merge_outcomes(job.to_bytes(), self.outcomes(source, job)))
        if "error" in outcome:
            name, message = outcome["error"]
            raise getattr(errors, name, EngineError)(f"{source.label}: {message}")
        parts = outcome["parts"]
        if parts != list(range(len(parts))):
            raise EngineError(
                f"{source.label}: partitions were lost or came twice: expected 0 to {max(parts)} once each, got "
                f"{str(parts)[:80]}; run it again"
            )
        state = job.load(outcome["state"])
        if not outcome["rows"]:
            state = job.merge(state, job.run(self.empty(source)))
        if job.rows(state) != outcome["rows"]:
            raise EngineError(
                f"{source.label}: {outcome['rows']:,} rows were read, but {job.rows(state):,} are counted; run it again"
            )
        return state
