# ruff: noqa: S101 - a suite of tests: it asserts, the expected first
"""The laws that every sketch keeps, checked on any rows; needs hypothesis for `frames`.

A sketch's own test file hands its class and random rows to `check_laws`:

    pytest.register_assert_rewrite("driftline.testing.sketches")

    @given(frame=frames(), cuts=cuts())
    def test_laws(frame, cuts):
        check_laws(MySketch, frame, cuts)
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache, cached_property, partial, reduce
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from hypothesis import strategies as st

from driftline.config.detectors import DetectorConfig
from driftline.config.segments.settings import WeakSegmentsConfig
from driftline.config.settings import Config, SampleConfig
from driftline.profiles import codec
from driftline.profiles.batch import Batch
from driftline.profiles.plan import ColumnPlan, LossModel, Plan
from driftline.profiles.sketches.base import ColumnSketch, Sketch
from driftline.profiles.values import ColumnValues
from driftline.stats.expected.boosting import Trees
from driftline.types import Column, Kind, Role, Task

TOLERANCE = 1e-12
CENTRAL = {"m2": 2, "m3": 3, "m4": 4, "comoments": 2, "m2_relative": 2}  # sums of powers of deviations from the mean
BASES = {"m2_relative": "mean_relative"}  # the field that holds that mean, where it is not `mean`
_DAY = 86_400e6

Size = Mapping[str, Any] | Callable[[], Mapping[str, Any]]
"""The natural magnitude of each field of floats, or what works it out."""


@cache
def plans() -> tuple[Plan, ...]:
    """Small plans, made by hand, that together call for every sketch: one for each task, one without, one of losses."""
    regression = (
        _numeric("target", Role.TARGET),
        _numeric("prediction", Role.PREDICTION),
        _numeric("lower", Role.LOWER),
        _numeric("upper", Role.UPPER),
        _numeric("shap_amount", Role.ATTRIBUTION),
        _numeric("shap_zone", Role.ATTRIBUTION),
    )
    query = ColumnPlan(Column("query", Kind.TEXT, Role.QUERY, "String"))
    ranking = (query, _numeric("target", Role.TARGET), _numeric("score", Role.SCORE))
    binary = (_boolean("target", Role.TARGET), _numeric("score", Role.SCORE))
    answers = _categorical("target", Role.TARGET), _categorical("prediction", Role.PREDICTION)
    classes = (*answers, _numeric("score", Role.SCORE))
    series: dict[Task | None, tuple[str, ...]] = {None: ("amount",), Task.RANKING: ("amount",)}
    with_loss = Plan(Config(), Task.REGRESSION, (*_features()[:2], *regression[:2]), "parquet", loss=_loss_model())
    return with_loss, *(
        Plan(
            _config(*series.get(task, ("amount", "error")), condition="flag and target" if positive else "flag"),
            task,
            (*_features(), *columns),
            "parquet",
            positive,
            unusual=3.0,
        )
        for task, columns, positive in (
            (Task.REGRESSION, regression, None),
            (Task.BINARY, binary, "true"),
            (Task.MULTICLASS, classes, None),
            (Task.RANKING, ranking, None),
            (None, (), None),
        )
    )


def _loss_model() -> LossModel:
    """One tree, which asks for the amount and then for the zone, with two expected losses in each leaf."""
    leaves = np.array([[[0.5, 1.0, 2.0, 4.0]], [[0.25, 1.5, 5.0, 20.0]]])
    trees = Trees(np.array([[0, 1]]), np.array([[2, 1]]), leaves)
    return LossModel({"amount": np.array([0.0, 0.5, 10.0]), "zone": np.empty(0)}, trees, np.array([0.75, 1.5]))


def _config(*series: str, condition: str) -> Config:
    """Settings with a sample of rows, a search for weak segments, what a row costs, and detectors of these series.

    A row costs differently where the condition holds.
    """
    detectors = tuple(DetectorConfig(detector="adwin", rows=name) for name in series)
    search, cost = WeakSegmentsConfig(search=True), f"2 * abs(amount) + 1 if {condition} else amount / 3"
    return Config(sample=SampleConfig(rows=8, worst=4), detectors=detectors, weak_segments=search, row_cost=cost)


def _features() -> tuple[ColumnPlan, ...]:
    when = Column("when", Kind.DATETIME, Role.TIMESTAMP, "Datetime")
    return (
        replace(_numeric("amount", Role.FEATURE), exact=20, rarity=np.linspace(4, 0, 17)),
        replace(_categorical("zone", Role.FEATURE), rarity=np.linspace(0, 4, 6)),
        _boolean("flag", Role.FEATURE),
        replace(_categorical("code", Role.FEATURE), column=Column("code", Kind.CATEGORICAL, Role.FEATURE, "Int64")),
        ColumnPlan(Column("note", Kind.TEXT, Role.FEATURE, "String")),
        ColumnPlan(Column("vector", Kind.TEXT, Role.FEATURE, "List(Float64)")),
        ColumnPlan(Column("key", Kind.TEXT, Role.ID, "Int64")),
        ColumnPlan(when, edges=np.arange(5, dtype=np.float64) * _DAY, groups=np.zeros(11, np.int64)),
        ColumnPlan(Column("empty", Kind.NUMERIC, Role.FEATURE, "Null"), groups=np.zeros(1, np.int64)),
    )


def _numeric(name: str, role: Role) -> ColumnPlan:
    edges = np.array([-10.0, 0.0, 0.25, 0.5, 1.0, 10.0, 1000.0])
    groups = np.arange(15) // 2
    return ColumnPlan(Column(name, Kind.NUMERIC, role, "Float64"), edges=edges, groups=groups, center=0.5, scale=2.0)


def _categorical(name: str, role: Role) -> ColumnPlan:
    return ColumnPlan(Column(name, Kind.CATEGORICAL, role, "String"), groups=np.arange(4), categories=("a", "b", "1"))


def _boolean(name: str, role: Role) -> ColumnPlan:
    return ColumnPlan(Column(name, Kind.BOOLEAN, role, "Boolean"), groups=np.arange(3), categories=("true", "false"))


_FLOATS = st.one_of(
    st.sampled_from([0.0, -0.0, 0.25, 0.5, 1.0, 10.0, 1000.0, float("nan"), float("inf"), float("-inf")]),
    st.floats(-1e30, 1e30),
    st.floats(-2, 2),
)
_WORDS = (
    *("a", "b", "c", "", " 1 ", "1", "1.0", "7", "7.0", "-2.5e3", "NaN", "inf"),
    *("True", "TRUE", "false", "no", "NO ", "é" * 130, "名"),
)
_VALUES: tuple[tuple[pl.DataType | type[pl.DataType], st.SearchStrategy[Any]], ...] = (
    (pl.Float64, _FLOATS),
    (pl.Float32, st.floats(-1e9, 1e9, width=32)),
    (pl.Int64, st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3)),
    (pl.UInt8, st.integers(0, 255)),
    (pl.Boolean, st.booleans()),
    (pl.String, st.sampled_from(_WORDS)),
    (pl.String, st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2150, 1, 1)).map(str)),  # noqa: DTZ001 - naive on purpose
    (pl.Categorical, st.sampled_from(_WORDS)),
    (pl.Datetime("us"), st.datetimes()),
    (pl.Datetime("ns"), st.datetimes(dt.datetime(1969, 12, 25), dt.datetime(1970, 1, 9))),  # noqa: DTZ001 - naive on purpose
    (pl.Date, st.dates()),
    (pl.Duration, st.timedeltas(dt.timedelta(days=-900), dt.timedelta(days=900))),
    (pl.Time, st.times()),
    (pl.Decimal(20, 4), st.decimals(-10**9, 10**9, places=4).map(Decimal)),
    (pl.List(pl.Int64), st.lists(st.integers(0, 3), max_size=2)),
    (pl.List(pl.Float64), st.lists(_FLOATS | st.none(), max_size=3)),
    (pl.Array(pl.Float32, 2), st.lists(st.floats(-9, 9, width=32), min_size=2, max_size=2)),
    (pl.Binary, st.binary(max_size=3)),
    (pl.Null, st.none()),
)  # fmt: skip


@st.composite
def frames(draw: st.DrawFn, most: int = 25) -> pl.DataFrame:
    """Rows (up to `most`) for the columns of `plans`: each of any type, with nulls and odd values, or not there."""
    height = draw(st.integers(0, most))
    names = dict.fromkeys(column.name for plan in plans() for column in plan.columns)
    columns = []
    for name in (*names, "stranger"):
        dtype, values = draw(st.sampled_from(_VALUES))
        if draw(st.integers(0, 9)):
            found = draw(st.lists(st.none() | values, min_size=height, max_size=height))
            columns.append(pl.Series(name, found, dtype=dtype, strict=False))
    return pl.DataFrame(columns)


def cuts(most: int = 25) -> st.SearchStrategy[list[int]]:
    """Where to cut rows into parts; parts may be empty."""
    return st.lists(st.integers(0, most), max_size=5)


def parts(frame: pl.DataFrame, at: Sequence[int]) -> list[pl.DataFrame]:
    """The rows cut at these places, in order, at least one part."""
    bounds = sorted({0, *(min(cut, frame.height) for cut in at), frame.height})
    return [frame[low:high] for low, high in pairwise(bounds)] or [frame]


class Rows:
    """Some rows of a file, read once for all sketches that fold them."""

    def __init__(self, frame: pl.DataFrame, file: str = "parquet") -> None:
        self.frame, self.file, self._batch = frame, file, Batch(frame, file)
        self._values: dict[ColumnPlan, ColumnValues] = {}

    @cached_property
    def one_by_one(self) -> "list[Rows]":
        """Each row by itself."""
        return [Rows(self.frame[row : row + 1], self.file) for row in range(self.frame.height)]

    def fold(self, sketch: Any) -> Any:
        """The sketch, after these rows."""
        if not isinstance(sketch, ColumnSketch):
            sketch.absorb(self._batch)
            return sketch
        if sketch.plan not in self._values:
            self._values[sketch.plan] = self._batch.values(sketch.plan)
        if (values := self._values[sketch.plan]).rows:
            sketch.absorb(values)
        return sketch


def check_laws(
    kinds: type[Sketch] | Iterable[type[Sketch]], frame: pl.DataFrame, at: Sequence[int], file: str = "parquet"
) -> None:
    """The monoid's laws of one class or several, under every plan that each suits, on rows cut at these places.

    Neutral, associative, commutative; nobody's state changes by a merge; any partition gives the state of all rows at
    once; `state` and the codec keep it, and it is all that there is. Integers and text are equal to the bit, floats
    within 1e-12 of their natural magnitude.
    """
    whole, pieces = Rows(frame, file), [Rows(part, file) for part in parts(frame, at)]
    for kind in [kinds] if isinstance(kinds, type) else kinds:
        for plan in suited(kind):
            try:
                _check(kind, plan, whole, pieces)
            except AssertionError as error:
                error.add_note(f"{kind.__name__} of {getattr(plan, 'name', 'all columns')}")
                raise


def _check(kind: type[Sketch], plan: Any, rows: Rows, parts: Sequence[Rows]) -> None:
    whole, pieces = rows.fold(kind(plan)), [part.fold(kind(plan)) for part in parts]
    size = cache(partial(magnitudes, kind, plan, rows))
    before = [codec.pack(piece.state()) for piece in pieces]
    neutral = kind(plan)
    assert {"plan", *kind.FIELDS} == set(vars(neutral))
    fresh = codec.pack(neutral.state())
    same(whole.state(), whole.merge(neutral).state(), {})
    same(whole.state(), neutral.merge(whole).state(), {})
    same(whole.state(), reduce(_merge, pieces).state(), size)
    same(whole.state(), reduce(_merge, reversed(pieces)).state(), size)
    same(whole.state(), pieces[0].merge(reduce(_merge, pieces[1:], kind(plan))).state(), size)
    assert before == [codec.pack(piece.state()) for piece in pieces]
    assert fresh == codec.pack(neutral.state()) == codec.pack(kind(plan).state())
    bit_by_bit = kind(plan)
    for part in parts:
        part.fold(bit_by_bit)
    same(whole.state(), bit_by_bit.state(), size)
    packed = codec.pack(whole.state())
    assert packed == codec.pack(kind.from_state(plan, codec.unpack(packed)).state())


def suited(kind: type[Sketch]) -> list[Any]:
    """The plans, or column plans, of `plans` that call for a sketch; at least one."""
    columns = {(column.name, column.kind): column for plan in plans() for column in plan.columns}
    found = [plan for plan in (columns.values() if issubclass(kind, ColumnSketch) else plans()) if kind.suits(plan)]
    assert found, f"no sample plan calls for {kind.__name__}"
    return found


def same(expected: Any, actual: Any, size: Size, name: str = "") -> None:
    """Two states are the same: floats within `TOLERANCE` times `size[field]`, or both not finite; all else equal.

    Where `size` is a function, it is called once floats differ.
    """
    if isinstance(expected, Mapping) and not name:
        assert list(expected) == list(actual)
        for field, value in expected.items():
            same(value, actual[field], size, field)
    elif _is_float(expected):
        assert np.shape(expected) == np.shape(actual)
        a, b = np.asarray(expected), np.asarray(actual)
        finite = np.isfinite(a)
        assert np.isfinite(b).tolist() == finite.tolist(), f"{name}: {expected} and {actual}"
        if np.array_equal(a[finite], b[finite]):
            return
        known = size() if callable(size) else size
        allowed = np.broadcast_to(TOLERANCE * np.asarray(known.get(name, 0.0)), a.shape)
        far = np.abs(a[finite] - b[finite]) > allowed[finite]
        assert not far.any(), f"{name}: {a[finite][far]} and {b[finite][far]} differ by over {allowed[finite][far]}"
    else:
        assert codec.pack(expected) == codec.pack(actual), f"{name}: {expected} and {actual}"


def magnitudes(kind: type[Sketch], plan: Any, rows: Rows) -> dict[str, Any]:
    """How large the terms are that make up each float field, found by folding the rows one by one.

    A sum of x over n rows is of magnitude n max|x|. A sum of k-th powers of deviations is of n max|x| range^(k-1): a
    deviation is known to rounding errors of x. So cancellation is no excuse to be less exact than the terms allow.
    """
    fields = [field for field, value in kind(plan).state().items() if _is_float(value)]
    if not fields or not rows.one_by_one:
        return {}
    states = [row.fold(kind(plan)).state() for row in rows.one_by_one]
    return {field: _magnitude(states, field) for field in fields}


def _is_float(value: Any) -> bool:
    return isinstance(value, float) or getattr(value, "dtype", None) == np.float64


def _magnitude(states: Sequence[Mapping[str, Any]], field: str) -> Any:
    base = BASES.get(field, "mean") if field in CENTRAL else field
    if len({np.shape(state[base]) for state in states}) > 1:
        return 0.0  # values that are kept as they are: nothing is summed
    terms = np.stack([np.asarray(state[base]) for state in states])
    terms = np.where(np.isfinite(terms), terms, 0.0)
    largest = np.abs(terms).max(axis=0)
    if field == "comoments":
        spread = np.maximum(np.ptp(terms, axis=0), np.finfo(float).eps * largest)
        return len(states) * (np.outer(largest, spread) + np.outer(spread, largest))
    with np.errstate(over="ignore"):  # beyond floats: every finite deviation is allowed
        if power := CENTRAL.get(field, 0):
            spread = np.maximum(np.ptp(terms, axis=0), np.finfo(float).eps * largest)
            return len(states) * largest * spread ** (power - 1)
        return len(states) * largest


def _merge(a: Any, b: Any) -> Any:
    return a.merge(b)
