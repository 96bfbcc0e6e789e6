"""Performance so far says whom it does not speak for: rows whose labels come first may differ from the others."""

import numpy as np
import polars as pl
import pytest

from driftline.monitor import Monitor

N = 2000


def rows(seed, first=None):
    """Rows of a regression and of two classes; labels are there where `first` says so."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=N)
    guess = np.where(x > 0.5, "yes", "no")
    actual = np.where(rng.random(N) < 0.9, guess, "no")
    frame = pl.DataFrame({"x": x, "zone": rng.choice(["n", "s"], N), "guess": guess, "p": 10 + x})
    is_there = pl.lit(value=True) if first is None else first
    return frame.with_columns(
        actual=pl.when(is_there).then(pl.Series(actual)),
        y=pl.when(is_there).then(pl.Series(10 + x + rng.normal(size=N))),
    )


@pytest.fixture(scope="module")
def monitors():
    """Of numbers and of classes."""
    reference = rows(0)
    return {
        "numbers": Monitor.fit(reference.drop("actual", "guess"), target="y", prediction="p", segments=("zone",)),
        "classes": Monitor.fit(reference.drop("y", "p"), target="actual", prediction="guess", segments=("zone",)),
    }


def notes(monitor, first):
    """What the result says of its labels."""
    return [each for each in monitor.check(rows(1, first)).notes if each.startswith(("Rows with", "Labels are"))]


def test_short_trips_end_first(monitors):
    """Labels of small predictions come first: the note has both means, and both shares of a class."""
    (told,) = notes(monitors["numbers"], pl.col("x") < 0)
    assert told.startswith("Rows with a label differ from those without one: mean prediction 9.198,"), told
    assert "of the others 10.8" in told
    (told,) = notes(monitors["classes"], pl.col("x") < 0.9)
    assert "of them are predicted" in told, told
    assert ("'no'" in told) or ("'yes'" in told)


def test_a_segment_without_labels(monitors):
    """One segment's labels do not come."""
    for monitor in monitors.values():
        assert ["Labels are uneven: 0% of the rows where zone=s have one, 49% of all."] == notes(
            monitor, pl.col("zone") == "n"
        )


def test_labels_at_random(monitors):
    """Labels that come by chance differ in nothing, and neither do all of them or none."""
    for monitor in monitors.values():
        for first in (pl.int_range(N) % 3 == 0, pl.lit(value=True), pl.lit(value=False)):
            assert [] == notes(monitor, first)
