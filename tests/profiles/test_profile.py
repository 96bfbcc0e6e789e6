"""Profiles: the same for any partition, kept by their bytes, never merged across plans."""

from functools import reduce

import numpy as np
import polars as pl
import pytest

pytest.register_assert_rewrite("driftline.testing.sketches")

from hypothesis import given, settings  # noqa: E402 - after the line above

from driftline.config.settings import Config  # noqa: E402 - after the line above
from driftline.errors import PackError  # noqa: E402 - after the line above
from driftline.profiles import codec  # noqa: E402 - after the line above
from driftline.profiles.batch import Batch  # noqa: E402 - after the line above
from driftline.profiles.plan import ColumnPlan, Plan  # noqa: E402 - after the line above
from driftline.profiles.profile import Profile  # noqa: E402 - after the line above
from driftline.testing.sketches import cuts, frames, parts, plans  # noqa: E402 - after the line above
from driftline.types import Column, Kind, Role  # noqa: E402 - after the line above

PLANS = plans()


def fold(plan, frame):
    """The profile of one batch."""
    profile = Profile(plan)
    profile.absorb(Batch(frame, "parquet"))
    return profile


def integers(profile):
    """Bytes of all whole numbers and texts of a profile, by where they are."""
    places = [("", profile.states), *((name, column.states) for name, column in profile.columns.items())]
    return {
        (name, kind, field): codec.pack(value)
        for name, states in places
        for kind, sketch in states.items()
        for field, value in sketch.state().items()
        if not isinstance(value, float) and getattr(value, "dtype", None) != np.float64
    }


@pytest.mark.parametrize("plan", PLANS, ids=[str(plan.task) for plan in PLANS])
@settings(max_examples=4)
@given(frame=frames(), at=cuts())
def test_any_partition(plan, frame, at):
    """Parts merged in any order hold the integers and texts of all rows at once."""
    pieces = [fold(plan, part) for part in parts(frame, at)]
    expected = integers(fold(plan, frame))
    assert expected == integers(reduce(Profile.merge, pieces))
    assert expected == integers(reduce(Profile.merge, reversed(pieces), Profile(plan)))


@pytest.mark.parametrize("plan", PLANS, ids=[str(plan.task) for plan in PLANS])
@settings(max_examples=4)
@given(frame=frames())
def test_bytes(plan, frame):
    """What is dumped is loaded equal, and goes on absorbing."""
    profile = fold(plan, frame)
    data = profile.dump()
    loaded = Profile.load(plan, data)
    assert data == loaded.dump()
    loaded.absorb(Batch(frame, "parquet"))
    assert 2 * profile.rows == loaded.rows
    assert data == profile.dump()


def test_other_plan():
    """Profiles of different plans do not merge, nor does one load the other's bytes."""
    ours, theirs = Profile(PLANS[0]), Profile(PLANS[1])
    with pytest.raises(PackError, match="different plans"):
        ours.merge(theirs)
    with pytest.raises(PackError, match="belongs to plan"):
        Profile.load(PLANS[0], theirs.dump())


@pytest.mark.parametrize("data", [b"", b"\x00", b"no profile", b"\x81\xa7profile\x63"])
def test_no_profile(data):
    """Bytes that are no profile, or one of another format, are refused in words."""
    with pytest.raises(PackError, match=r"no profile"):
        Profile.load(PLANS[0], data)


def test_ignored_columns():
    """A column to be ignored has no profile, and is no stranger either."""
    column = Column("x", Kind.NUMERIC, Role.IGNORED, "Float64")
    profile = fold(Plan(Config(), None, (ColumnPlan(column),)), pl.DataFrame({"x": [1.0], "y": [2]}))
    assert ({}, ["y: Int64"]) == (profile.columns, list(profile.states["Formats"].strangers))
