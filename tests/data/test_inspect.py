"""The survey: the same plan in any order and partition."""

from functools import reduce

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.register_assert_rewrite("driftline.testing.sketches")

from driftline.config.settings import Config  # noqa: E402 - after the line above
from driftline.data.inspect import Inspection  # noqa: E402 - after the line above
from driftline.errors import ConfigError  # noqa: E402 - after the line above
from driftline.profiles import codec  # noqa: E402 - after the line above
from driftline.profiles.fitting.fit import make_plan  # noqa: E402 - after the line above
from driftline.testing.sketches import cuts, frames, parts  # noqa: E402 - after the line above


def surveyed(pieces):
    """The survey of these pieces, each folded for itself, sent and merged."""
    found = []
    for piece in pieces:
        survey = Inspection()
        survey.absorb(piece)
        found.append(Inspection.from_state(codec.unpack(codec.pack(survey.state()))))
    return reduce(Inspection.merge, found, Inspection())


def fingerprint(survey):
    """The name of the plan that follows, or why there is none."""
    try:
        return make_plan(survey, Config(derive=False), "parquet").fingerprint
    except ConfigError as error:
        return str(error)


@settings(max_examples=30)
@given(frame=frames(), more=frames(), at=cuts(), random=st.randoms(use_true_random=False))
def test_any_partition(frame, more, at, random):
    """Parts of files whose columns and types differ, in any order and merged in any order, give the same plan."""
    whole = Inspection()
    whole.absorb(frame)
    whole.absorb(more)
    upside_down = more[list(reversed(range(more.height)))]  # DataFrame.reverse loses the type of lists that are null
    pieces = [*parts(frame, at), *parts(upside_down, at)]
    random.shuffle(pieces)
    found = surveyed(pieces)
    assert whole.rows == found.rows
    assert whole.dtypes == found.dtypes
    assert whole.extremes == found.extremes
    assert fingerprint(whole) == fingerprint(found)


def test_sample():
    """Of more rows than are kept the sample is the same in any partition; what is there often keeps its share."""
    random = np.random.default_rng(1)
    n = 250_000
    rows = pl.DataFrame({"x": random.normal(size=n), "zone": random.choice(["a", "b"], n, p=[0.9, 0.1])})
    doubled = pl.concat([rows, rows[:1000], *[rows[:2]] * 5000])
    whole = surveyed(doubled.iter_slices(60_000))
    mixed = surveyed(doubled.sample(fraction=1, shuffle=True, seed=2).iter_slices(33_333))
    assert whole.sample("x").equals(mixed.sample("x"))
    assert fingerprint(whole) == fingerprint(mixed)
    assert 50_000 == whole.sample("x").len()
    assert abs((whole.sample("zone") == "a").mean() - 0.9) < 0.01
    few = surveyed([pl.DataFrame({"x": [1.0, 2.0, 3.0]})[[0] * 300_000 + [1] * 99_999 + [2]]])
    assert [37_500, 12_500] == few.sample("x").value_counts(sort=True)["count"].to_list()


def test_uniform():
    """Each of many rows is as likely to be kept as any other: quantiles of the sample are those of all rows."""
    rows = pl.DataFrame({"x": np.arange(400_000), "y": np.arange(400_000) % 7})
    kept = surveyed(rows.iter_slices(100_000)).sample("x").to_numpy()
    assert 50_000 == np.unique(kept).size
    gaps = np.abs(np.sort(kept) / 400_000 - np.arange(50_000) / 50_000)
    assert gaps.max() < 1.63 / np.sqrt(50_000)  # Kolmogorov's bound at 1 %


def test_few_labels_late():
    """Whether labels are few enough to be categories does not hang on which of them come first."""
    names = pl.DataFrame({"name": [f"name {i}" for i in range(6000)]})
    first, last = surveyed([names, names]), surveyed([*names.iter_slices(1000), names.sort("name", descending=True)])
    assert 6000 == first.counts["name"].height == last.counts["name"].height
    assert surveyed([names, names.with_columns(pl.col("name") + "x")]).counts["name"] is None
