"""Folding by partitions: the outcome of all rows, or an error; never a part for the whole."""

from collections.abc import Iterable
from functools import cache

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.register_assert_rewrite("driftline.testing.engines", "driftline.testing.sketches")

from driftline.config.settings import Config  # noqa: E402 - after the line above
from driftline.errors import EngineError, InputError  # noqa: E402 - after the line above
from driftline.profiles import codec  # noqa: E402 - after the line above
from driftline.profiles.engines.base_distributed import Distributed  # noqa: E402 - after the line above
from driftline.profiles.engines.local import Local  # noqa: E402 - after the line above
from driftline.profiles.jobs import InspectJob, merge_outcomes, run_job  # noqa: E402 - after the line above
from driftline.testing.engines import WINDOWS, Batches, EngineSuite, assert_same, cut, sample_rows  # noqa: E402 - after the line above

ROWS = sample_rows()
CONFIG = EngineSuite.config


class Partitions(Distributed):
    """An engine of this process: each batch is a partition, outcomes are merged two by two."""

    source = "files"

    def __init__(self, spoil=lambda outcomes: outcomes):
        self.spoil = spoil

    def outcomes(self, source, job):
        """Outcomes, some of them merged."""
        job_bytes = job.to_bytes()
        found = [run_job(job_bytes, [batch], part) for part, batch in enumerate(source.given)]
        found = self.spoil(found)
        while len(found) > 2:
            found = [merge_outcomes(job_bytes, found[i : i + 2]) for i in range(0, len(found), 2)]
        return found

    def empty(self, source) -> Iterable[pl.DataFrame]:
        """Columns."""
        return [batch.clear() for batch in source.given[:1]]


class TestPartitions(EngineSuite):
    """The suite of all engines."""

    @pytest.fixture
    def engine(self):
        """The engine."""
        return Partitions()


@cache
def expected_of_rows():
    """The plan, the span and the profiles that the local engine gives."""
    whole, local = Batches([ROWS]), Local()
    plan = local.fit(whole, CONFIG)
    return plan, local.span(whole, plan), local.fold(whole, plan, WINDOWS)


@settings(max_examples=4)
@given(data=st.data())
def test_any_partition(data):
    """Any number of partitions of any rows give the plan, the span and the profiles that the local engine gives."""
    of_row = data.draw(st.lists(st.integers(0, 6), min_size=ROWS.height, max_size=ROWS.height))
    parts = [ROWS.filter(pl.Series(of_row) == part) for part in range(7)]
    source, engine = Batches(parts), Partitions()
    plan, span, expected = expected_of_rows()
    assert plan.fingerprint == engine.fit(source, CONFIG).fingerprint
    assert span == engine.span(source, plan)
    found = engine.fold(source, plan, WINDOWS)
    assert sorted(expected) == sorted(found)
    for cell, profile in expected.items():
        assert_same(profile, found[cell])


def _short(outcome):
    """An outcome that says it read more rows than it holds."""
    found = codec.unpack(outcome)
    return codec.pack(found | {"rows": found["rows"] + 1})


@pytest.mark.parametrize(
    "spoil",
    [
        lambda outcomes: outcomes[1:],
        lambda outcomes: [*outcomes, outcomes[2]],
        lambda outcomes: [*outcomes[:2], *outcomes[3:]],
        lambda outcomes: [_short(outcomes[0]), *outcomes[1:]],
    ],
    ids=["first lost", "one twice", "one lost", "rows lost"],
)
def test_never_a_part(spoil):
    """Outcomes that are lost, come twice or lack rows are an error, not a profile."""
    source = Batches(cut(ROWS, (300, 300, 300, 97)))
    with pytest.raises(EngineError, match="run it again"):
        Partitions(spoil).fit(source, CONFIG)


def test_words_of_a_worker():
    """What a worker cannot read comes back in its words; of several partitions in those of the first."""

    def broken():
        yield ROWS
        raise InputError("part-7.parquet: the file may be cut short")

    def spoil(outcomes):
        job_bytes = InspectJob().to_bytes()
        return [outcomes[0], run_job(job_bytes, broken(), 1), *outcomes[2:]]

    with pytest.raises(InputError, match=r"^batches: part-7.parquet: the file may be cut short"):
        Partitions(spoil).fit(Batches(cut(ROWS, (300, 300, 397))), Config())
