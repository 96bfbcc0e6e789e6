"""Every sketch keeps the laws of a mergeable state; the classes are found by themselves."""

import pytest

pytest.register_assert_rewrite("driftline.testing.sketches")

import polars as pl  # noqa: E402 - after the line above
from hypothesis import given, settings  # noqa: E402 - after the line above
from hypothesis import strategies as st  # noqa: E402 - after the line above

from driftline import registry  # noqa: E402 - after the line above
from driftline.profiles.sketches.base import Sketch  # noqa: E402 - after the line above
from driftline.profiles.sketches.counts import Counts  # noqa: E402 - after the line above
from driftline.profiles.sketches.moments import Moments  # noqa: E402 - after the line above
from driftline.testing.sketches import check_laws, cuts, frames, suited  # noqa: E402 - after the line above

SKETCHES = registry.every("sketches")


@settings(max_examples=6)
@given(frame=frames(), at=cuts(), file=st.sampled_from(["parquet", "csv"]))
def test_laws(frame, at, file):
    """Neutral, associative, commutative, the same for any partition, and kept by its bytes."""
    check_laws(SKETCHES.values(), frame, at, file)


@pytest.mark.parametrize("kind", SKETCHES.values(), ids=SKETCHES.keys())
def test_state_is_all(kind):
    """The named fields are the whole state: nothing else is kept besides the plan."""
    assert issubclass(kind, Sketch)
    for plan in suited(kind):
        assert {"plan", *kind.FIELDS} == set(vars(kind(plan)))


class Forgetful(Counts):
    """A sketch that counts the other side's rows twice."""

    def merge(self, other):
        return super().merge(other).merge_once(other) if other.rows else super().merge(other)

    def merge_once(self, other):
        return super().merge(other)


class Rough(Moments):
    """A sketch whose mean is right to six digits only."""

    def merge(self, other):
        both = super().merge(other)
        both.mean = float(f"{both.mean:.6g}")
        return both


class Greedy(Counts):
    """A sketch that changes itself when it is merged."""

    def merge(self, other):
        both = super().merge(other)
        self.rows += other.rows
        return both


@pytest.mark.parametrize("kind", [Forgetful, Rough, Greedy])
def test_broken_sketch_is_found(kind):
    """The suite tells when a sketch breaks a law."""
    frame = pl.DataFrame({"amount": [1 / 3, 2.5, 1e5]})
    with pytest.raises(AssertionError):
        check_laws(kind, frame, [1])
