"""Profiles of two samples, as a check makes them: a plan fitted on the reference, both sides folded under it."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest

from driftline.config.settings import Config
from driftline.profiles.batch import Batch
from driftline.profiles.fitting.fit import fit
from driftline.profiles.plan import Plan
from driftline.profiles.profile import ColumnProfile, Profile, absorb_column

Pair = tuple[ColumnProfile, ColumnProfile]


@pytest.fixture(scope="session")
def pair() -> Callable[..., Pair]:
    """The column's profile of the current and of the reference values; `kind` where the guess would be another."""

    def make(current: Sequence[Any], reference: Sequence[Any], kind: str | None = None) -> Pair:
        config = Config.model_validate({"columns": {"x": {"kind": kind}}} if kind else {})
        was = pl.DataFrame({"x": reference})
        plan = fit([was], config, "parquet")
        return folded(plan, pl.DataFrame({"x": current}, schema=was.schema)), folded(plan, was)

    return make


def folded(plan: Plan, frame: pl.DataFrame) -> ColumnProfile:
    """The column under the plan, without what a profile holds beside it."""
    column = Profile(plan).columns["x"]
    absorb_column(column, Batch(frame, "parquet").values(column.plan))
    return column


@pytest.fixture(scope="session")
def binned() -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Counts (2k + 1,) of values in the bins of k edges."""

    def count(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
        bins = np.searchsorted(edges, values, "left") + np.searchsorted(edges, values, "right")
        return np.bincount(bins, minlength=2 * len(edges) + 1)

    return count
