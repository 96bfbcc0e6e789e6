"""Compiled loops fold as NumPy's sort does: counts to the bit, floats to within rounding."""

from functools import partial

import numpy as np
import polars as pl
import pytest

pytest.register_assert_rewrite("driftline.testing.sketches")

from click.testing import CliRunner  # noqa: E402 - after the line above
from hypothesis import given, settings  # noqa: E402 - after the line above
from hypothesis import strategies as st  # noqa: E402 - after the line above

from driftline import registry  # noqa: E402 - after the line above
from driftline.cli.commands.doctor import doctor  # noqa: E402 - after the line above
from driftline.config.settings import Config  # noqa: E402 - after the line above
from driftline.errors import ConfigError  # noqa: E402 - after the line above
from driftline.profiles.batch import Batch  # noqa: E402 - after the line above
from driftline.profiles.columns.labels import Distinct  # noqa: E402 - after the line above
from driftline.profiles.fitting.fit import fit  # noqa: E402 - after the line above
from driftline.profiles.loops import compiled  # noqa: E402 - after the line above
from driftline.profiles.plan import ColumnPlan  # noqa: E402 - after the line above
from driftline.profiles.profile import Profile  # noqa: E402 - after the line above
from driftline.testing.sketches import (  # noqa: E402 - after the line above
    Rows,
    check_laws,
    cuts,
    frames,
    magnitudes,
    plans,
    same,
)
from driftline.types import Column, Kind, Role  # noqa: E402 - after the line above

needs_numba = pytest.mark.skipif(
    compiled.find_spec("numba") is None, reason="Numba is not installed: pip install 'driftline[fast]'"
)
SKETCHES = (
    *("bins", "moments", "magnitudes", "distinct", "numbers", "counts", "categories"),
    *("regression", "scaled_errors", "absolute_errors", "expected_errors"),
)


def column(edges, *, exact=0, levels=None, role=Role.FEATURE):
    return ColumnPlan(
        Column("x", Kind.NUMERIC, role, "Float64"),
        edges=np.array(edges, float), groups=np.zeros(2 * len(edges) + 1, int),
        core=(edges[0], edges[-1]) if edges else None, exact=exact, levels=levels,
    )  # fmt: skip


def folded(way, plan, parts):
    """The sketches of one column after batches of numbers."""
    kinds = [kind for name, kind in registry.every("sketches").items() if name in SKETCHES[:6]]
    states = [kind(plan) for kind in kinds if kind.suits(plan)]
    with compiled.using(way):
        for part in parts:
            values = Batch(pl.DataFrame({"x": part}), "parquet").values(plan)
            for state in states:
                state.absorb(values)
    return states


@needs_numba
@settings(max_examples=3)
@given(frame=frames(), at=cuts(), file=st.sampled_from(["parquet", "csv"]))
def test_laws(frame, at, file):
    """The laws of every sketch that the loops fold."""
    with compiled.using("always"):
        check_laws([registry.find("sketches", name) for name in SKETCHES], frame, at, file)


@needs_numba
@settings(max_examples=2)
@given(frame=frames(), file=st.sampled_from(["parquet", "csv"]))
def test_same(frame, file):
    """Both ways end in the same profile."""
    rows = Rows(frame, file)
    for plan in plans():
        ways = []
        for way in ("always", "never"):
            with compiled.using(way):
                ways.append(Profile(plan))
                ways[-1].absorb(Batch(frame, file))
        for name, state in ways[1].states.items():
            same(state.state(), ways[0].states[name].state(), partial(magnitudes, type(state), plan, rows))
        for name, profile in ways[1].columns.items():
            for key, state in profile.states.items():
                size = partial(magnitudes, type(state), profile.plan, rows)
                same(state.state(), ways[0].columns[name].states[key].state(), size)


RANDOM = np.random.default_rng(0)
HEAVY = RANDOM.standard_t(2, 20_000)
NUMBERS = {
    "heavy tails": HEAVY,
    "one sign": np.exp(3 * HEAVY.clip(-20, 20)),
    "a day in microseconds": 1.7e15 + RANDOM.integers(0, 86_400_000_000, 20_000),
    "few values": RANDOM.integers(0, 12, 20_000) / 4,
    "many zeros": np.where(RANDOM.random(20_000) < 0.5, 0.0, np.exp(HEAVY.clip(-20, 20))),
    "too small to be normal": RANDOM.standard_normal(20_000) * 1e-310,
    "of all sizes": RANDOM.choice([-1, 1], 20_000) * 10.0 ** RANDOM.uniform(-305, 70, 20_000),
    "far from the edges": None,
}


@needs_numba
@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("few", [False, True])
def test_numbers(name, few):
    """Numbers of any scale, with nulls, NaN and infinity, under edges that are among them."""
    numbers = HEAVY if NUMBERS[name] is None else NUMBERS[name]
    edges = np.unique(np.quantile(numbers, np.linspace(0, 1, 5 if few else 257), method="lower"))
    if NUMBERS[name] is None:
        numbers = numbers + 1e7
    odd = pl.Series([None, float("nan"), float("inf"), float("-inf"), -0.0, None])
    series = pl.Series(numbers)
    parts = [pl.concat([series[:7], odd, series[7:9000]]), pl.concat([series[9000:], odd])[5:]]
    plan = column(edges.tolist(), exact=100 if few else 0, levels=edges[:3] if few else None)
    largest, spread = np.abs(numbers).max(), np.ptp(np.append(numbers, 0.0))
    powers = {"mean": 0, "m2": 1, "m3": 2, "m4": 3}
    size = {field: len(numbers) * largest * spread**power for field, power in powers.items()}
    for ours, theirs in zip(folded("always", plan, parts), folded("never", plan, parts), strict=True):
        sums = {"sums": np.maximum(np.abs(theirs.sums), largest)} if hasattr(theirs, "sums") else {}
        same(theirs.state(), ours.state(), size | sums)


@needs_numba
@pytest.mark.parametrize(
    "values", [[1.0, None, float("nan"), -2.5, 4.0], ["1.0", "NA", "two", None, "-inf"], [3, 1, 2, None, 0]]
)
def test_parts(values):
    """The values of parts of a batch, by slices and by places: each row in its part, null, unreadable or a number."""
    frame = pl.DataFrame({"x": values * 4})
    ways = {}
    for way in ("always", "never"):
        with compiled.using(way):
            batch = Batch(frame, "parquet")
            parts = [batch.part(rows) for rows in (slice(0, 7), slice(7, 9), np.arange(9, 20, 2), slice(None))]
            found = list(batch.values_of(column([0.0, 1.0, 3.0]), parts))
            ways[way] = [
                (v.rows, v.null, v.nan, v.positive_infinite, v.negative_infinite, v.invalid, v.numbers.tolist())
                for v in found
            ]
    assert ways["never"] == ways["always"]


@needs_numba
def test_ids():
    """Ids, of which many hashes are kept, and labels whose texts are short, long, and many."""
    ids = pl.Series(RANDOM.permutation(300_000)[:150_000].repeat(2)).cast(pl.Float64)
    plan = column([], role=Role.ID)
    ours, theirs = (folded(way, plan, [ids[:200_000], ids[200_000:]]) for way in ("always", "never"))
    assert [state.hashes.tolist() for state in theirs if hasattr(state, "hashes")] == [
        state.hashes.tolist() for state in ours if hasattr(state, "hashes")
    ]


@needs_numba
@pytest.mark.parametrize("different", [3, 3_000, 20_000])
@pytest.mark.parametrize("form", ["{}", "a text that is longer than a view {}"])
def test_texts(different, form):
    """Texts are counted by their views, in columns of several parts and a slice of them."""
    texts = [form.format(i) for i in RANDOM.integers(0, different, 50_000)]
    series = pl.concat([pl.Series("x", [None, *texts[:20_000]]), pl.Series("x", texts[20_000:])], rechunk=False)[3:]
    counts = {}
    for way in ("always", "never"):
        with compiled.using(way):
            distinct = Distinct(series)
            counts[way] = dict(zip(distinct.values.to_list(), distinct.count().tolist(), strict=True))
            part = distinct.count(slice(100, 9_000))
            assert 8_900 == part.sum()
            assert distinct.values.len() == len(counts[way])
    assert counts["never"] == counts["always"]


def test_is_chosen(monkeypatch):
    """Small batches and short processes do without; the environment says otherwise; a wrong word is an error."""
    monkeypatch.setattr(compiled, "_WORK", compiled._Work())
    assert compiled.loops(100_000) is None
    monkeypatch.setenv(compiled.VARIABLE, "never")
    compiled.expect(10**12)
    assert compiled.loops(100_000) is None
    monkeypatch.setenv(compiled.VARIABLE, "always!")
    with pytest.raises(ConfigError, match="expected auto, always or never, got 'always!'"):
        compiled.loops(1)


@needs_numba
def test_many_numbers_are_folded_by_loops(monkeypatch):
    """Once a process folds many numbers, its larger batches go through the loops: more, where none are compiled yet."""
    monkeypatch.setattr(compiled, "_WORK", compiled._Work())
    monkeypatch.setattr(compiled, "_is_compiled", lambda: False)
    compiled.expect(30_000_000)
    assert compiled.loops(100_000) is None
    monkeypatch.setattr(compiled, "_is_compiled", lambda: True)
    assert compiled.loops(100_000) is not None
    assert compiled.loops(100) is None
    monkeypatch.setattr(compiled, "_is_compiled", lambda: False)
    compiled.expect(400_000_000)
    assert compiled.loops(100_000) is not None


def test_without_numba(monkeypatch):
    """Without Numba NumPy sorts, `driftline doctor` says why, and who asks for loops is told what to install."""
    monkeypatch.setattr(compiled, "_WORK", compiled._Work())
    monkeypatch.setattr(compiled, "_load", lambda: None)
    monkeypatch.setattr(compiled, "find_spec", lambda _: None)
    compiled.expect(10**12)
    assert compiled.loops(100_000) is None
    outcome = CliRunner().invoke(doctor)
    assert 0 == outcome.exit_code
    assert "numbers are folded by NumPy's sort: Numba is not installed; pip install 'driftline[fast]'" in outcome.output
    with pytest.raises(ConfigError, match="Numba is not installed"):
        compiled.compile_loops()
    monkeypatch.setenv(compiled.VARIABLE, "always")
    with pytest.raises(ConfigError, match=r"pip install 'driftline\[fast\]'"):
        compiled.loops(1)


@needs_numba
def test_doctor_compiles():
    """`driftline doctor --compile` says where the loops are kept, and from when on they are used."""
    said = CliRunner().invoke(doctor, ["--compile"]).output
    assert "compiled loops are kept in " in said
    assert "by compiled loops where a process folds over 25,000,000" in said


@needs_numba
def test_each_loop_is_compiled_once():
    """Rows as they came, and those of them that have both numbers, are arrays of two kinds; one loop is for both."""
    random = np.random.default_rng(1)
    rows = pl.DataFrame(
        {"y": random.normal(10, 1, 3_000), "answer": random.normal(10, 1, 3_000), "k": ["a", "b"] * 1_500}
    )
    profile = Profile(fit([rows], Config(target="y", prediction="answer")))
    with compiled.using("always"):
        for batch in (rows, rows.with_columns(pl.col("y").replace_strict({rows["y"][0]: None}, default=pl.col("y")))):
            profile.absorb(Batch(batch))
    several = {name for name, loop in vars(compiled._load()).items() if len(getattr(loop, "signatures", ())) > 1}
    assert several <= {"mix_bits"}  # which another loop calls, with what it may write to
