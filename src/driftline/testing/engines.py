# ruff: noqa: S101, SIM300 - a suite of tests: it asserts, the expected first
"""The suite that every engine passes.

An engine's own test file inherits it and says how to make one:

    pytest.register_assert_rewrite("driftline.testing.engines")

    class TestMyEngine(EngineSuite):
        @pytest.fixture
        def engine(self):
            return MyEngine()
"""

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any

import numpy as np
import polars as pl

from driftline import codec
from driftline.config import Config
from driftline.plan import Plan
from driftline.ports import Engine
from driftline.profile import Profile
from driftline.rows import Rows
from driftline.types import Cell
from driftline.windows import Windows

HOUR = 3_600e6
START = 18_993 * 24 * HOUR  # 2022-01-01
WINDOWS = Windows(START, 6 * HOUR, 3)
PIECES = ((997,), (1, 996), (500, 0, 497), (300, 300, 300, 97), (50,) * 19 + (47,))


class Batches:
    """A source of given batches."""

    def __init__(self, batches: Sequence[pl.DataFrame]) -> None:
        self.label, self.format, self.given = "batches", "memory", batches
        self.rows: int | None = sum(batch.height for batch in batches)

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The batches, in order."""
        for batch in self.given:
            yield batch if columns is None else batch.select(name for name in batch.columns if name in columns)


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


def cut(rows: pl.DataFrame, sizes: Sequence[int]) -> Batches:
    """The rows in batches of these sizes."""
    ends = np.cumsum(sizes)
    return Batches([rows[int(end) - size : int(end)] for end, size in zip(ends, sizes, strict=True)])


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


class EngineSuite:
    """What the contract in `driftline.ports` promises, as tests. The fixture `engine` is the engine."""

    config = Config(target="target", prediction="prediction", timestamp="at", segments=("zone",))

    def test_fit_any_batching(self, engine: Engine) -> None:
        """The same rows give the same plan in any batches."""
        rows = sample_rows()
        assert {engine.fit(cut(rows, PIECES[0]), self.config).fingerprint} == {
            engine.fit(cut(rows, sizes), self.config).fingerprint for sizes in PIECES
        }

    def test_fold_any_batching(self, engine: Engine) -> None:
        """The same rows give the same integers in any batches, in all rows, in each window and in each segment."""
        rows = sample_rows()
        plan = engine.fit(cut(rows, PIECES[0]), self.config)
        expected = _by_hand(rows, plan)
        for sizes in PIECES:
            found = engine.fold(cut(rows, sizes), plan, WINDOWS)
            assert sorted(expected) == sorted(found)
            for cell, profile in expected.items():
                assert integers(profile) == integers(found[cell])

    def test_order(self, engine: Engine) -> None:
        """The order of the rows does not matter to the integers."""
        rows = sample_rows()
        plan = engine.fit(cut(rows, PIECES[0]), self.config)
        mixed = rows.sample(fraction=1, shuffle=True, seed=3)
        assert integers(engine.fold(cut(rows, PIECES[0]), plan)[Cell()]) == integers(
            engine.fold(cut(mixed, PIECES[3]), plan)[Cell()]
        )

    def test_windows_are_all_rows(self, engine: Engine) -> None:
        """Windows, with the rows outside of them, merge to the profile that all rows have without windows."""
        rows = sample_rows()
        plan = engine.fit(cut(rows, PIECES[0]), self.config)
        plain = engine.fold(cut(rows, PIECES[3]), plan)
        cells = engine.fold(cut(rows, PIECES[3]), plan, WINDOWS)
        assert integers(plain[Cell()]) == integers(cells[Cell()])
        inside = rows.filter((rows["at"].dt.epoch("us") - START) // int(WINDOWS.width) < WINDOWS.count)
        windows = [profile for cell, profile in cells.items() if cell.window]
        whole = engine.fold(cut(inside, (inside.height,)), plan)[Cell()]
        assert integers(whole) == integers(reduce(Profile.merge, windows))

    def test_segments_are_all_rows(self, engine: Engine) -> None:
        """The segments of one column, missing values included, merge to all rows, as far as segments have it."""
        rows = sample_rows()
        plan = engine.fit(cut(rows, PIECES[0]), self.config)
        cells = engine.fold(cut(rows, PIECES[3]), plan)
        segments = [profile for cell, profile in cells.items() if cell.segment]
        merged = integers(reduce(Profile.merge, segments))
        assert {key: value for key, value in integers(cells[Cell()]).items() if key in merged} == merged
        assert "zone=(missing)" in {cell.segment for cell in cells}

    def test_no_rows(self, engine: Engine) -> None:
        """Without rows there is a profile of all rows, and it is the fresh one but for file formats."""
        rows = sample_rows()
        plan = engine.fit(cut(rows, PIECES[0]), self.config)
        for source in (Batches([]), Batches([rows.clear()])):
            cells = engine.fold(source, plan, WINDOWS)
            assert [Cell()] == list(cells)
            assert 0 == cells[Cell()].rows
            fresh = {name: column for name, column in integers(Profile(plan)).items() if name[0] != "/"}
            assert fresh == {name: column for name, column in integers(cells[Cell()]).items() if name[0] != "/"}

    def test_source_is_left_as_it_is(self, engine: Engine) -> None:
        """Folding changes no rows and no plan, and may be done again."""
        rows = sample_rows()
        plan = engine.fit(cut(rows, PIECES[0]), self.config)
        fingerprint, before = codec.pack(plan.state()), rows.clone()
        first = engine.fold(cut(rows, PIECES[3]), plan, WINDOWS)
        second = engine.fold(cut(rows, PIECES[3]), plan, WINDOWS)
        assert {cell: profile.dump() for cell, profile in first.items()} == {
            cell: profile.dump() for cell, profile in second.items()
        }
        assert before.equals(rows)
        assert fingerprint == codec.pack(plan.state())


def _by_hand(rows: pl.DataFrame, plan: Plan) -> dict[Cell, Profile]:
    """The cells' profiles, each of its rows at once."""
    at = (rows["at"].dt.epoch("us") - START) // int(WINDOWS.width)
    parts = {Cell(): rows}
    parts |= {Cell(WINDOWS.name(i)): rows.filter(at == i) for i in range(WINDOWS.count)}
    parts |= {Cell(segment=f"zone={zone}"): rows.filter(pl.col("zone") == zone) for zone in "abc"}
    parts[Cell(segment="zone=(missing)")] = rows.filter(pl.col("zone").is_null())
    profiles = {cell: Profile.of_segment(plan) if cell.segment else Profile(plan) for cell in parts}
    for cell, part in parts.items():
        profiles[cell].absorb(Rows(part, "memory"))
    return profiles
