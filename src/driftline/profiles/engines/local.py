"""Folds rows on this machine: batch by batch, columns side by side on all cores, never the whole file in memory."""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from driftline.config.settings import Config
from driftline.profiles.engines.base import stored_rows
from driftline.profiles.fitting.fit import fit
from driftline.profiles.fold import expect, fold
from driftline.profiles.jobs import TimeRangeJob
from driftline.profiles.plan import Plan
from driftline.profiles.profile import Profile
from driftline.types import ProfileKey, Role
from driftline.windows import Windows

_KEPT = 2**22 - 2**10  # just under the largest that it keeps


class Local:
    """The engine of one process."""

    source = "files"

    def fit(self, source: Any, config: Config) -> Plan:
        """Fit a plan in one pass over the source."""
        plan = fit(source.batches(), config, source.format)
        expect(getattr(source, "rows", None) or 0, plan)  # as many again: what the reference is compared with
        return plan

    def span(self, source: Any, plan: Plan) -> tuple[float, float] | None:
        """First and last time of the rows, in one pass over the timestamp."""
        column = plan.with_role(Role.TIMESTAMP)
        return None if column is None else TimeRangeJob(column).run(stored_rows(source)([column.name])).ends()

    def fold(self, source: Any, plan: Plan, windows: Windows | None = None) -> Mapping[ProfileKey, Profile]:
        """Profiles of all rows, of each segment, and of each window of event time, in one pass."""
        np.empty(_KEPT)  # taken and freed: from then on glibc keeps freed memory of that size for the next batch
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            return fold(stored_rows(source)(), plan, source.format, windows, pool.map, getattr(source, "rows", None))


local = Local
