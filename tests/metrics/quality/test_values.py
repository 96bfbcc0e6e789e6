"""Zeros, negatives, units and duplicate rows: what they say, and that they are quiet where nothing changed."""

import numpy as np
import polars as pl
import pytest

from driftline.config.settings import Config
from driftline.metrics.duplicate_rows import duplicate_rows
from driftline.profiles.batch import Batch
from driftline.profiles.fitting.fit import fit
from driftline.profiles.profile import ColumnProfile, Profile
from driftline.profiles.sketches.bins import Bins
from driftline.profiles.sketches.counts import Counts
from driftline.profiles.sketches.formats import Formats
from driftline.profiles.sketches.magnitudes import Magnitudes
from driftline.profiles.sketches.repeats import Repeats
from driftline.profiles.values import ColumnValues
from driftline.types import Level


def normal(n, seed, mean=0.0):
    return np.random.default_rng(seed).normal(mean, 1.0, n)


def test_zeros(numbers):
    """The share of exact zeros, -0 included, is described and never judged."""
    verdict = numbers({"x": normal(400, 0)}, {"x": [0.0, -0.0, 1.0, 2.0] * 25})("zeros", "x")
    assert (0.5, 0.0, False) == (verdict.value, verdict.reference, verdict.judged)


@pytest.mark.parametrize(("share", "level"), [(0, Level.OK), (2, Level.ALERT)])
def test_negatives(numbers, share, level):
    """Negative values where the reference has none are an alert; none are fine."""
    now = normal(5000, 2, 20.0)
    now[: 50 * share] = -1.0
    verdict = numbers({"x": normal(5000, 1, 20.0)}, {"x": now})("negatives", "x")
    assert (level, 50 * share / 5000) == (verdict.level, verdict.value)


def test_negatives_of_both_kinds(numbers):
    """A column that has negative values in the reference is not asked for them."""
    result = numbers({"x": normal(500, 1)}, {"x": normal(500, 2)}).result
    assert "negatives" not in {verdict.metric for verdict in result}


def test_negatives_are_rarely_false():
    """A smallest reference value near 0 raises nothing by itself: at most 1 of 100 times."""
    from driftline.metrics.negatives import negatives  # noqa: PLC0415 - used here alone
    from driftline.types import ProfileKey  # noqa: PLC0415 - likewise
    from driftline.verdicts.measurement import Measurement  # noqa: PLC0415 - likewise

    random, false = np.random.default_rng(3), 0
    for _ in range(100):
        was, now = (pl.DataFrame({"x": random.normal(3.2, 1, 1000)}) for _ in range(2))
        plan = fit([was], Config())
        sides = [_profile(plan, now).columns["x"], _profile(plan, was).columns["x"]]
        estimate = negatives(*sides)
        if estimate is not None:
            effect = Measurement(negatives, None, ProfileKey(), estimate, negatives.threshold, 0.0, judged=True).effect
            false += effect.low > negatives.threshold
    assert false <= 1


@pytest.mark.parametrize("factor", [1000, 1 / 60, -1])
def test_scale(numbers, factor):
    """A factor between two units is named, and is an alert."""
    random = np.random.default_rng(0)
    check = numbers({"x": random.gamma(2, 3, 4000)}, {"x": factor * random.gamma(2, 3, 2000)})
    verdict = check("scale_changed", "x")
    assert Level.ALERT == verdict.level
    shown = "sign" if factor == -1 else f"{factor if factor > 1 else 1 / factor:,.6g}"
    assert shown in verdict.reason


def test_scale_in_words(numbers):
    """The reason names the units both ways round."""
    was, now = (np.random.default_rng(seed).gamma(2, 3, 2000) for seed in (1, 2))
    said = "unit or scale changed: divided by 60, as from seconds to minutes, or from minutes to hours"
    assert said == numbers({"x": was}, {"x": now / 60})("scale_changed", "x").reason


@pytest.mark.parametrize("factor", [1.609344, 3.6])
def test_small_scale(numbers, factor):
    """A small factor, which growth can have as well, is told and left to the column's drift."""
    random = np.random.default_rng(0)
    check = numbers({"x": random.gamma(2, 3, 4000)}, {"x": factor * random.gamma(2, 3, 2000)})
    verdict = check("scale_changed", "x")
    assert (Level.OK, True, False) == (verdict.level, verdict.notable, verdict.judged)
    assert f"{factor:.6g}" in verdict.reason


def test_whole_numbers_have_whole_factors(numbers):
    """Counts that grew by 1.609 are no miles in kilometres, for they are still whole."""
    random = np.random.default_rng(0)
    check = numbers({"x": random.poisson(100, 4000)}, {"x": np.rint(random.poisson(100, 2000) * 1.609)})
    assert not check("scale_changed", "x").notable


def test_fahrenheit(numbers):
    """Degrees Celsius that became Fahrenheit are named."""
    check = numbers({"x": normal(4000, 1) * 8 + 15}, {"x": (normal(1000, 2) * 8 + 15) * 1.8 + 32})
    assert "Fahrenheit" in check("scale_changed", "x").reason


def test_drift_is_no_scale(numbers):
    """A shift of the same width explains itself and is no change of unit."""
    check = numbers({"x": normal(4000, 1)}, {"x": normal(1000, 2, 3.0)})
    assert Level.OK == check("scale_changed", "x").level


def test_scale_is_rarely_false(numbers):
    """Without a change of unit, columns that drift in size and form at random raise no alert in 100 of them."""
    random = np.random.default_rng(5)
    was, now = (
        {f"x{i}": random.lognormal(random.normal(0, 0.2), random.uniform(0.4, 0.8), 1000) for i in range(100)}
        for _ in range(2)
    )
    found = [verdict for verdict in numbers(was, now, only=["quality"]).result if verdict.metric == "scale_changed"]
    assert 100 == len(found)
    assert not [verdict for verdict in found if verdict.level is Level.ALERT]
    assert len([verdict for verdict in found if verdict.notable]) <= 5


@pytest.mark.parametrize("kind", ["normal", "standard_t", "lognormal", "uniform", "poisson"])
def test_nothing_changed_is_no_scale(kind):
    """Of 1,000 columns of each form, in which nothing changed, none is told of, however few rows there are."""
    from driftline.metrics.scale_changed import scale_changed  # noqa: PLC0415 - used here alone

    random = np.random.default_rng(6)
    about = {"standard_t": (3,), "poisson": (15,), "uniform": (-1, 1)}.get(kind, ())
    plan = fit([pl.DataFrame({"x": getattr(random, kind)(*about, size=500).astype(float)})], Config())
    column, kinds = plan.by_name["x"], (Counts, Bins, Magnitudes)  # all that the metric looks at
    for rows in np.repeat([100, 200], 500).tolist():
        was, now = (ColumnProfile(column, {kind.__name__: kind(column) for kind in kinds}) for _ in range(2))
        for side in (was, now):
            numbers = np.sort(getattr(random, kind)(*about, size=rows).astype(float))
            side.states["Bins"].absorb(ColumnValues(rows, found=numbers))
            side.states["Magnitudes"].absorb(ColumnValues(rows, found=numbers))
        assert 0.0 == scale_changed(now, was).value


@pytest.mark.parametrize("mean", [0.0, 0.5])
def test_a_shift_through_zero_is_no_sign(numbers, mean):
    """An even column that moved past zero shifted; that looks like its mirror image and is not called one."""
    check = numbers({"x": normal(2000, 1, mean)}, {"x": normal(2000, 2, -mean)})
    assert not check("scale_changed", "x").notable
    assert Level.OK == check("scale_changed", "x").level


def test_lopsided_sign(numbers):
    """A column on both sides of zero is known by its longer tail: the turned sign is an alert."""
    was, now = (np.random.default_rng(seed).lognormal(size=2000) - 1.6 for seed in (1, 2))
    verdict = numbers({"x": was}, {"x": -now})("scale_changed", "x")
    assert (Level.ALERT, "unit or scale changed: the sign is turned") == (verdict.level, verdict.reason)


@pytest.mark.parametrize("scale", [1e-290, 1.0, 1e290])
def test_magnitudes(scale):
    """Quantiles are within 2 % of NumPy's on any scale, and the signs are kept apart."""
    sketch = Magnitudes(None)
    numbers = np.sort(np.random.default_rng(0).standard_t(2, 20_000) * scale)
    sketch.absorb(ColumnValues(numbers.size, found=numbers))
    shares = np.array([0.01, 0.1, 0.25, 0.75, 0.9, 0.99])
    assert np.allclose(np.quantile(numbers, shares), sketch.quantiles(shares), rtol=0.02, atol=0)
    assert numbers.size == sketch.n


def _profile(plan, frame, parts=1):
    whole = Profile(plan)
    for part in np.array_split(np.arange(frame.height), parts):
        whole.absorb(Batch(frame[part], "parquet"))
    return whole


def _repeats(plan, frame, parts=1):
    """The profile of rows that knows how often they repeat, and nothing else of them."""
    whole = Profile(plan, None, {kind.__name__: kind(plan) for kind in (Formats, Repeats)})
    for part in np.array_split(np.arange(frame.height), parts):
        whole.absorb_table(Batch(frame[part], "parquet"))
    return whole


def test_duplicate_rows():
    """Of many rows the share is estimated from a sample: its interval holds the truth in at least 93 % of tables."""
    random, held = np.random.default_rng(0), 0
    for _ in range(60):
        frame = pl.DataFrame({"x": random.normal(size=5000), "y": random.choice(["a", "b"], 5000)})
        twice = pl.concat([frame, frame.sample(250, seed=int(random.integers(1000)))])
        plan = fit([frame], Config())
        found = duplicate_rows(_repeats(plan, twice, 3), _repeats(plan, frame))
        held += found.low <= 250 / 5250 <= found.high
    assert held >= 56


def test_rows_that_differ_in_one_label():
    """Rows with equal numbers and another label are no duplicates; few rows are counted exactly."""
    frame = pl.DataFrame({"x": np.arange(600) * 1.5, "y": ["a"] * 600})
    plan = fit([frame], Config())
    both = pl.concat([frame, frame.with_columns(pl.lit("b").alias("y")), frame[:7]])
    held = _profile(plan, both).get(Repeats)
    assert (1200, 1207) == (held.hashes.size, held.counts.sum())


def test_duplicates_as_expected(numbers):
    """Twice the rows of a table that repeats itself repeat themselves twice as often: as expected, so ok."""
    random = np.random.default_rng(0)
    was, now = ({"x": random.integers(0, 20_000, n)} for n in (4000, 8000))
    assert Level.OK == numbers(was, now, columns={"x": {"kind": "numeric"}})("duplicate_rows").level


def _with_copies(rows, copies, value):
    """Rows of two numbers, of which the first ones are the very same row."""
    frame = pl.DataFrame(np.random.default_rng(5).normal(size=(rows, 2)), schema=["a", "b"])
    stuck = pl.int_range(rows) < copies
    return frame.with_columns(pl.when(stuck).then(value).otherwise(pl.col(name)).alias(name) for name in ("a", "b"))


@pytest.mark.parametrize("value", [0.0, 1.0, 2.5, -999.0])
@pytest.mark.parametrize("copies", [1, 60, 1000])
def test_one_row_that_is_stuck(value, copies):
    """One row that comes again and again is told within its interval, whether or not the sample holds it."""
    plan = fit([_with_copies(20_000, 0, 0.0)], Config())
    current, reference = (_profile(plan, _with_copies(20_000, n, value)) for n in (copies, 0))
    found = duplicate_rows(current, reference)
    assert found.low <= (copies - 1) / 20_000 <= found.high
    assert found.high - found.low < 0.08


def test_no_duplicates_where_a_column_is_gone():
    """Rows that only the missing column told apart are no copies."""
    frame = pl.DataFrame({"x": np.arange(600) * 1.5, "y": np.arange(600) % 7})
    plan = fit([frame], Config())
    assert duplicate_rows(_profile(plan, frame.drop("x")), _profile(plan, frame)) is None


@pytest.mark.parametrize("share", [0.9, 0.5, 0.0])
def test_labels_still_to_come(numbers, share):
    """Missing labels are no bad data, however many: neither missing values nor drift of the target."""
    random = np.random.default_rng(0)
    y = random.random(2000) < 0.3
    rows = {"y": y.astype(int).tolist(), "s": np.clip(0.2 + 0.5 * y + random.normal(0, 0.15, 2000), 0, 1)}
    late = {
        "y": [v if keep else None for v, keep in zip(rows["y"], random.random(2000) < share, strict=True)],
        "s": rows["s"],
    }
    result = numbers(rows, late, target="y", score="s").result
    assert Level.OK == result.level
    assert any("has values in" in note or "has no values" in note for note in result.notes)


def test_constant_at_another_value(numbers):
    """A column that was constant and is constant at another value is never called harmless."""
    check = numbers({"x": [5.0] * 200, "y": range(200)}, {"x": [7.0] * 200, "y": range(200)})
    assert not [v for v in check.result.notable if v.column == "x" and v.metric == "constant"]
    assert Level.ALERT == check.result.level
    same = numbers({"x": [5.0] * 200, "y": range(200)}, {"x": [5.0] * 200, "y": range(200)})
    assert "carries nothing" in same("constant", "x").reason
