"""The example's parts: the laws of the state, the value of the metric, and the way through a check."""

import numpy as np
import polars as pl
import pytest

from driftline import Level, Monitor
from driftline.profiles.batch import Batch
from driftline.profiles.profile import Profile
from driftline_example_plugin.sketches import WholeNumbers


def trips(seed, rounded=False):
    """Three thousand fares, and a text with digits in it."""
    random = np.random.default_rng(seed)
    fare = random.gamma(3, 5, 3000)
    notes = [f"{'long' * 40} ride {number} with {number % 7} stops" for number in range(3000)]
    return pl.DataFrame({"fare": np.round(fare) if rounded else fare, "note": notes})


@pytest.fixture(scope="module")
def monitor():
    """A monitor of trips as they should be."""
    return Monitor.fit(trips(1))


def test_state_merges(monitor):
    """Halves that are folded apart and merged are the whole."""
    parts = [Profile(monitor.plan) for _ in range(3)]
    frame = trips(2, rounded=True)
    for part, rows in zip(parts, (frame[:1000], frame[1000:], frame), strict=True):
        part.absorb(Batch(rows))
    merged, whole = (side.columns["fare"].get(WholeNumbers) for side in (parts[0].merge(parts[1]), parts[2]))
    assert {"numbers": 3000, "whole": 3000} == whole.state() == merged.state()


def test_rounded_fares_are_found(monitor):
    """Fares that lost their fractions are an alert, and fares as usual are none."""
    levels = {
        rounded: next(v.level for v in monitor.check(trips(3, rounded=rounded)) if v.metric == "roundness")
        for rounded in (False, True)
    }
    assert {False: Level.OK, True: Level.ALERT} == levels


def test_derived_column(monitor):
    """The digits of a text are a column of their own."""
    assert "note.digits" in {column.name for column in monitor.columns}
