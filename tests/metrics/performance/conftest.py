"""Profiles of rows made in the test, without files."""

import polars as pl
import pytest

from driftline import registry
from driftline.config.settings import Config
from driftline.profiles.batch import Batch
from driftline.profiles.fitting.fit import fit
from driftline.profiles.profile import Profile


def fold(frame, plan=None, **said):
    """The profile of these rows, under a plan fitted on them unless one is given."""
    profile = Profile(plan or fit([frame], Config.model_validate(said), "parquet"))
    profile.absorb(Batch(frame, "parquet"))
    return profile


@pytest.fixture
def folded():
    """Folds columns, given by name, into a profile."""
    return lambda columns, plan=None, **said: fold(pl.DataFrame(columns), plan, **said)


@pytest.fixture
def measure():
    """The estimate of one metric, by its name, on one profile."""
    return lambda name, profile: registry.find("metrics", name).function(profile)


def fold_for(names, columns, plan):
    """The profile of these rows with the sketches alone that metrics of the table need, by their names."""
    kinds = {registry.find("metrics", name).needs for name in names}
    profile = Profile(plan, None, {kind.__name__: kind(plan) for kind in kinds})
    profile.absorb_table(Batch(pl.DataFrame(columns), "parquet"))
    return profile


@pytest.fixture
def coverage(measure):
    """Shares of simulated samples whose interval holds the value of very many rows, by metric."""

    def of(names, draw, n, times=200, **said):
        many = pl.DataFrame(draw(200_000))
        plan = fit([many], Config.model_validate(said), "parquet")
        everything = fold_for(names, many, plan)
        truth = {name: measure(name, everything).value for name in names}
        held = dict.fromkeys(names, 0)
        for _ in range(times):
            sample = fold_for(names, draw(n), plan)
            for name in names:
                found = measure(name, sample)
                assert found.low <= found.value <= found.high
                held[name] += found.low <= truth[name] <= found.high
        return {name: count / times for name, count in held.items()}

    return of


@pytest.fixture
def total(folded, measure):
    """Checks that metrics give a finite number or none, in order and range, without a warning."""

    def check(names, columns, plan=None, **said):
        profile = folded(columns, plan, **said)
        for name in names:
            metric, found = registry.find("metrics", name), measure(name, profile)
            if found.value is None:
                continue
            assert metric.low is None or metric.low <= found.value
            assert metric.high is None or found.value <= metric.high
            assert found.low is None or found.low <= found.value
            assert found.high is None or found.value <= found.high

    return check
