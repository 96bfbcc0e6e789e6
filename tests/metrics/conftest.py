"""Checks to take numbers from."""

import polars as pl
import pytest

from driftline.monitor import Monitor

ALL = {"show_values": "all"}
"""The setting of privacy with which no number is rounded, so that figures agree with other tools to the last digits."""


class Numbers:
    """One check, asked for its verdicts by metric and column."""

    def __init__(self, reference, current, **settings):
        self.monitor = Monitor.fit(pl.DataFrame(reference), **settings)
        self.result = self.monitor.check(pl.DataFrame(current))

    def __call__(self, metric, column=None, segment=None):
        """The one verdict."""
        (found,) = [
            verdict
            for verdict in self.result
            if (metric, column, segment) == (verdict.metric, verdict.column, verdict.segment)
        ]
        return found


@pytest.fixture
def numbers():
    """Makes a check."""
    return Numbers
