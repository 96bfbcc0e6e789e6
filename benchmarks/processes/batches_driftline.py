"""Driftline: columns with an alert of any metric, with its defaults."""

import polars as pl
from batches import play

import driftline
from driftline import Monitor
from driftline.types import Level


def fit(reference):  # noqa: ANN001, ANN201 - a frame of its tool
    """Fit a monitor."""
    monitor = Monitor.fit(reference)
    return lambda rows: sorted(
        {str(verdict.column) for verdict in monitor.check(rows) if verdict.level is Level.ALERT and verdict.judged}
    )


play(pl.read_parquet, fit, f"driftline {driftline.__version__}")
