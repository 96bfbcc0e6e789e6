# ruff: noqa: S101, SIM300 - a suite of tests: it asserts, the expected first
"""The suite that every engine passes.

An engine's own test file inherits it and says how to make one:

    pytest.register_assert_rewrite("driftline.testing.engines")

    class TestMyEngine(EngineSuite):
        @pytest.fixture
        def engine(self):
            return MyEngine()

An engine that takes its own kind of source overrides `source` as well, which makes one of polars batches.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np
import polars as pl

from driftline.config.segments.settings import SegmentConfig
from driftline.config.settings import Config
from driftline.data import by_name
from driftline.data.sources.base import Source
from driftline.profiles import codec
from driftline.profiles.batch import Batch
from driftline.profiles.engines.base import Engine
from driftline.profiles.fitting.fit import fit
from driftline.profiles.plan import Plan
from driftline.profiles.profile import Profile
from driftline.types import ProfileKey
from driftline.windows import Windows

HOUR = 3_600e6
START = 18_993 * 24 * HOUR  # 2022-01-01
WINDOWS = Windows(START, 6 * HOUR, 3)
PIECES = ((600, 0, 300, 97), (1, 1, 995), (*(125,) * 7, 122))  # skewed, empty, of one row, many


SPLITS = (
    SegmentConfig(columns=("zone",)),
    SegmentConfig(edges={"units": (3.0, 6.0)}),
    SegmentConfig(columns=("zone", "paid")),
    SegmentConfig(name="dear", where="prediction / units > 0.1 or not paid"),
)


class Batches:
    """A source of given batches."""

    def __init__(self, batches: Sequence[pl.DataFrame]) -> None:
        self.label, self.format, self.given = "batches", "memory", batches
        self.rows: int | None = sum(batch.height for batch in batches)

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The batches, in order."""
        for batch in self.given:
            yield batch if columns is None else by_name.select(batch, columns)


def sample_rows(n: int = 997) -> pl.DataFrame:
    """Rows of all kinds, with missing, not finite and heavy-tailed values, a day long, in no order; always the same."""
    random = np.random.default_rng(5)
    target = random.normal(size=n) ** 3
    odd = np.where(random.random(n) < 0.02, [np.nan, np.inf, -np.inf][n % 3], random.lognormal(0, 3, n))
    return pl.DataFrame(
        {
            "amount": odd,
            "units": random.integers(0, 9, n),
            "zone": random.choice(["a", "b", "c", None], n, p=[0.5, 0.3, 0.1, 0.1]),  # type: ignore[arg-type]  # None is missing
            "paid": random.random(n) < 0.7,
            "at": pl.Series(START + random.random(n) * 24 * HOUR).cast(pl.Int64).cast(pl.Datetime("us")),
            "target": target,
            "prediction": target + random.normal(size=n),
        }
    )


def cut(rows: pl.DataFrame, sizes: Sequence[int]) -> list[pl.DataFrame]:
    """The rows in batches of these sizes."""
    ends = np.cumsum(sizes)
    return [rows[int(end) - size : int(end)] for end, size in zip(ends, sizes, strict=True)]


def integers(profile: Profile) -> dict[str, bytes]:
    """Everything in a profile that is exact: bytes of each integer, text, and extreme, by where it is."""
    places = [("", profile.states), *((name, column.states) for name, column in profile.columns.items())]
    return {
        f"{place}/{kind}/{field}": codec.pack(value)
        for place, states in places
        for kind, sketch in states.items()
        for field, value in sketch.state().items()
        if field in {"minimum", "maximum"} or not _inexact(value)
    }


def _inexact(value: Any) -> bool:
    return isinstance(value, float) or getattr(value, "dtype", None) == np.float64


def assert_same(expected: Profile, found: Profile) -> None:
    """Assert that integers, texts and extremes are equal, and floats within 1e-12 of the size of what is summed.

    That is the largest number of the field; of sums of k-th powers of deviations n max|x| range^(k-1), for a deviation
    is known to rounding errors of x.
    """
    assert integers(expected) == integers(found)
    pairs = [(expected.states, found.states)]
    pairs += [(column.states, found.columns[name].states) for name, column in expected.columns.items()]
    for ours, theirs in pairs:
        for kind, sketch in ours.items():
            state, other = sketch.state(), theirs[kind].state()
            for field, value in state.items():
                if _inexact(value):
                    assert np.allclose(value, other[field], 0, 1e-12 * _size(state, field), equal_nan=True), (
                        kind,
                        field,
                    )


def _size(state: dict[str, Any], field: str) -> float:
    power = {"m2": 2, "m3": 3, "m4": 4}.get(field)
    if power and "minimum" in state and state["n"]:
        low, high = state["minimum"], state["maximum"]
        return float(state["n"] * max(-low, high) * (high - low) ** (power - 1))
    return float(np.max(np.abs(state[field]), initial=0, where=np.isfinite(state[field])))


class EngineSuite:
    """What the contract in `driftline.profiles.engines.base` promises, as tests.

    The fixture `engine` is the engine.
    """

    config = Config(target="target", prediction="prediction", timestamp="at", segments=SPLITS)

    def source(self, batches: Sequence[pl.DataFrame]) -> Source:
        """The rows as a source that the engine takes, each batch a partition of its own."""
        return Batches(batches)

    def test_fit(self, engine: Engine) -> None:
        """The plan is that of all rows at once, in any partition and order."""
        rows = sample_rows()
        expected = fit([rows], self.config, "memory").fingerprint
        for sizes in PIECES:
            assert expected == engine.fit(self.source(cut(rows[::-1], sizes)), self.config).fingerprint

    def test_fold(self, engine: Engine) -> None:
        """In any partition all rows, each window and each segment have the integers of their rows at once.

        Their floats are the same but for rounding, as `assert_same` says.
        """
        rows = sample_rows()
        plan = fit([rows], self.config, "memory")
        expected = _by_hand(rows, plan)
        for sizes in PIECES:
            found = engine.fold(self.source(cut(rows, sizes)), plan, WINDOWS)
            assert sorted(expected) == sorted(found)
            for cell, profile in expected.items():
                assert_same(profile, found[cell])

    def test_order(self, engine: Engine) -> None:
        """The order of the rows does not matter, and folding again gives the same."""
        rows = sample_rows()
        plan = fit([rows], self.config, "memory")
        source = self.source(cut(rows, PIECES[0]))
        mixed = self.source(cut(rows.sample(fraction=1, shuffle=True, seed=3), PIECES[1]))
        first, again, other = (engine.fold(each, plan)[ProfileKey()] for each in (source, source, mixed))
        assert_same(first, again)
        assert_same(first, other)

    def test_windows_are_all_rows(self, engine: Engine) -> None:
        """Windows that are judged, with the rows outside of them, merge to the profile of all rows without windows."""
        rows = sample_rows()
        plan = fit([rows], self.config, "memory")
        plain = engine.fold(self.source(cut(rows, PIECES[0])), plan)
        cells = engine.fold(self.source(cut(rows, PIECES[0])), plan, replace(WINDOWS, judged=True))
        assert_same(plain[ProfileKey()], cells[ProfileKey()])
        inside = rows.filter((rows["at"].dt.epoch("us") - START) // int(WINDOWS.width) < WINDOWS.count)
        windows = [profile for cell, profile in cells.items() if cell.window and not cell.segment]
        whole = engine.fold(self.source([inside]), plan)[ProfileKey()]
        assert_same(whole, reduce(Profile.merge, windows))

    def test_segments_are_all_rows(self, engine: Engine) -> None:
        """The segments of one column, missing values included, merge to all rows, as far as segments have it."""
        rows = sample_rows()
        plan = fit([rows], self.config, "memory")
        cells = engine.fold(self.source(cut(rows, PIECES[0])), plan)
        segments = [profile for cell, profile in cells.items() if cell.segment.startswith("zone=")]
        merged = integers(reduce(Profile.merge, segments))
        assert {key: value for key, value in integers(cells[ProfileKey()]).items() if key in merged} == merged
        assert "zone=(missing)" in {cell.segment for cell in cells}

    def test_span(self, engine: Engine) -> None:
        """The rows span the time from first to last, stray dates left out; without a timestamp they span none."""
        rows = sample_rows()
        plan = fit([rows], self.config, "memory")
        times = np.sort(rows["at"].to_physical().to_numpy())
        for sizes in PIECES:
            assert (times[0], times[-1]) == engine.span(self.source(cut(rows, sizes)), plan)
        bare = rows.drop("at")
        assert engine.span(self.source([bare]), plan) is None
        assert engine.span(self.source([bare]), fit([bare], Config(), "memory")) is None

    def test_no_rows(self, engine: Engine) -> None:
        """Without rows there is a profile of all rows, the fresh one but for file formats; and columns are known."""
        rows = sample_rows()
        plan = fit([rows], self.config, "memory")
        for batches in ([rows.clear()], [rows.clear()] * 3):
            cells = engine.fold(self.source(batches), plan, WINDOWS)
            assert [ProfileKey()] == list(cells)
            assert 0 == cells[ProfileKey()].rows
            fresh = {name: column for name, column in integers(Profile(plan)).items() if name[0] != "/"}
            assert fresh == {name: column for name, column in integers(cells[ProfileKey()]).items() if name[0] != "/"}
            assert rows.columns == [c.name for c in engine.fit(self.source(batches), Config(derive=False)).columns]

    def test_what_is_given_is_left_as_it_is(self, engine: Engine) -> None:
        """Folding changes no rows and no plan."""
        rows = sample_rows()
        plan = fit([rows], self.config, "memory")
        state, before = codec.pack(plan.state()), rows.clone()
        engine.fold(self.source(cut(rows, PIECES[0])), plan, WINDOWS)
        assert before.equals(rows)
        assert state == codec.pack(plan.state())


def _by_hand(rows: pl.DataFrame, plan: Plan) -> dict[ProfileKey, Profile]:
    """The cells' profiles, each of its rows at once."""
    at = (rows["at"].dt.epoch("us") - START) // int(WINDOWS.width)
    parts = {ProfileKey(): rows}
    parts |= {ProfileKey(WINDOWS.name(i)): rows.filter(at == i) for i in range(WINDOWS.count)}
    parts |= {ProfileKey(segment=f"zone={zone}"): rows.filter(pl.col("zone") == zone) for zone in "abc"}
    parts[ProfileKey(segment="zone=(missing)")] = rows.filter(pl.col("zone").is_null())
    units, zones = pl.col("units"), pl.col("zone").fill_null("(missing)")
    ranges = {"under 3": units < 3, "3 to 6": (units >= 3) & (units < 6), "6 and over": units >= 6}
    parts |= {ProfileKey(segment=f"units={name}"): rows.filter(inside) for name, inside in ranges.items()}
    for zone in ("a", "b", "c", "(missing)"):
        for word, paid in (("true", True), ("false", False)):
            own = rows.filter(zones == zone, pl.col("paid") == paid)
            parts[ProfileKey(segment=f"zone & paid={zone} & {word}")] = own
    ratio = pl.when(units > 0).then(pl.col("prediction") / units)
    parts[ProfileKey(segment="dear")] = rows.filter((ratio > 0.1) | ~pl.col("paid"))
    fresh = {
        cell: Profile.of_segment if cell.segment else Profile.of_window if cell.window else Profile for cell in parts
    }
    profiles = {cell: fresh[cell](plan) for cell in parts}
    for cell, part in parts.items():
        profiles[cell].absorb(Batch(part, "memory"))
    return profiles
