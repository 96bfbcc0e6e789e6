"""Columns of every type, as reference and as current: a broken one is one finding, and the rest is judged."""

import datetime as dt
from decimal import Decimal
from functools import cache

import polars as pl
import pytest

from driftline import Monitor
from driftline.errors import ConfigError
from driftline.types import Kind, Level

from .conftest import ROWS, rows

DAY = dt.datetime(2024, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)
HOURS = pl.Series([DAY + dt.timedelta(hours=hour) for hour in range(ROWS)])
TRUTH = pl.Series([row % 3 == 0 for row in range(ROWS)])

ODD = {
    "null": pl.Series([None] * ROWS),
    "null_float": pl.Series([None] * ROWS, dtype=pl.Float64),
    "null_text": pl.Series([None] * ROWS, dtype=pl.String),
    "null_date": pl.Series([None] * ROWS, dtype=pl.Datetime),
    "constant": pl.Series([3.5] * ROWS),
    "constant_text": pl.Series(["a"] * ROWS),
    "nan": pl.Series([float("nan")] * ROWS),
    "infinite": pl.Series([float("inf"), float("-inf")] * (ROWS // 2)),
    "list": pl.Series([[1, 2], [], None] * (ROWS // 3)),
    "array": pl.Series([[1.0, 2.0]] * ROWS, dtype=pl.Array(pl.Float64, 2)),
    "struct": pl.Series([{"a": row, "b": "q"} for row in range(ROWS)]),
    "empty_struct": pl.Series([{}] * ROWS, dtype=pl.Struct({})),
    "binary": pl.Series([bytes([row % 256, 255]) for row in range(ROWS)]),
    "list_of_bytes": pl.Series([[b"\xff"]] * ROWS),
    "decimal": pl.Series([Decimal(row) / 100 for row in range(ROWS)]),
    "duration": pl.Series([dt.timedelta(seconds=row) for row in range(ROWS)]),
    "time": pl.Series([dt.time(row % 24, 3) for row in range(ROWS)]),
    "date": HOURS.cast(pl.Date),
    "categorical": pl.Series(["u", "v", None] * (ROWS // 3), dtype=pl.Categorical),
    "enum": pl.Series(["u", "v", "u"] * (ROWS // 3), dtype=pl.Enum(["u", "v", "w"])),
    "boolean": TRUTH,
    "uint64": pl.Series([2**64 - 1 - row for row in range(ROWS)], dtype=pl.UInt64),
    "few_uint64": pl.Series([2**64 - 1 - row % 3 for row in range(ROWS)], dtype=pl.UInt64),
    "int128": pl.Series([10**30 + row for row in range(ROWS)], dtype=pl.Int128),
    "beyond_float": pl.Series([2**53 + row for row in range(ROWS)]),
    "huge": pl.Series([1e300 * (row + 1) / ROWS for row in range(ROWS)]),
    "largest": pl.Series([1.7e308 * (-1) ** row for row in range(ROWS)]),
    "tiny": pl.Series([1e-300 * row for row in range(ROWS)]),
    "smallest": pl.Series([5e-324, 0.0] * (ROWS // 2)),
    "years": pl.Series([dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31)] * (ROWS // 2)),  # noqa: DTZ001 - naive on purpose
    "nanoseconds": HOURS.cast(pl.Datetime("ns")),
    "zoned": HOURS.dt.replace_time_zone("Europe/Berlin", non_existent="null"),
    "far_date": pl.Series([2**31 - 1, 0] * (ROWS // 2)).cast(pl.Int32).cast(pl.Date),
    "far_moment": pl.Series([2**62, -(2**62)] * (ROWS // 2)).cast(pl.Datetime("ms")),
    "text": pl.Series([f"about {row} words" for row in range(ROWS)]),
    "empty_text": pl.Series([""] * ROWS),
    "long_text": pl.Series(["a" * 10_000, "b" * 10_000] * (ROWS // 2)),
    "odd_text": pl.Series(
        ["\x00", "\u202eabc", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")] * 100
    ),
    "object": pl.Series([object() for _ in range(ROWS)], dtype=pl.Object),
}


@cache
def _usual() -> Monitor:
    """A monitor of proper rows."""
    return Monitor.fit(rows())


@cache
def _timed() -> Monitor:
    """A monitor of rows that say when they were."""
    return Monitor.fit(rows().with_columns(at=HOURS), timestamp="at")


def _with(series: pl.Series) -> pl.DataFrame:
    return rows().with_columns(series.alias("odd"))


@pytest.mark.parametrize("name", ODD)
def test_same_on_both_sides(name):
    """A column of any type is quiet where both sides have it, and what is said of it can be drawn and saved."""
    frame = _with(ODD[name])
    result = Monitor.fit(frame).check(frame)
    assert Level.OK is result.level
    assert "All quiet" in result.headline
    for form in ("json", "markdown", "junit"):
        assert "odd" in result.render(form) or form != "json"


@pytest.mark.parametrize("name", ODD)
def test_instead_of_numbers(name):
    """A column that had numbers and came as something else breaks no other column, and no check."""
    result = _usual().check(rows(2).with_columns(ODD[name].alias("x")))
    assert {"x"} >= {verdict.column for verdict in result if verdict.level is Level.ALERT and verdict.column}
    assert [verdict for verdict in result if verdict.column == "i" and verdict.level is Level.OK]


def test_all_at_once_became_numbers():
    """Numbers in place of columns of every other type break no other column, and no check."""
    numbers = dict.fromkeys(ODD, rows(2)["x"])
    result = Monitor.fit(rows().with_columns(**ODD)).check(rows(2).with_columns(**numbers))
    alerts = {verdict.column for verdict in result if verdict.level is Level.ALERT}
    assert set() == alerts & {"x", "k", "i"}
    assert {"text", "struct", "boolean", "date", "enum"} <= {verdict.column for verdict in result}


@pytest.mark.parametrize(
    "name", ["null", "list", "struct", "binary", "decimal", "date", "categorical", "boolean", "text"]
)
def test_as_segment(name):
    """A column of any type may slice the rows."""
    frame = _with(ODD[name])
    assert Level.OK is Monitor.fit(frame, segments=("odd",)).check(frame).level


@pytest.mark.parametrize("name", ODD)
def test_as_id(name):
    """A column of any type may identify the rows: its repeated values are counted."""
    frame, values = _with(ODD[name]), ODD[name].drop_nulls()
    result = Monitor.fit(frame, id="odd", only=["quality"]).check(frame)
    (found,) = [each for each in result if each.metric == "duplicates"]
    if not values.dtype.is_nested() and not values.dtype.is_float() and values.dtype != pl.Object and found.n:
        assert found.value == pytest.approx((values.len() - values.n_unique()) / found.n)


@pytest.mark.parametrize("name", ODD)
def test_as_timestamp(name):
    """A column of any type may be said to tell the time: it does, or is refused in words; now it breaks no check."""
    _timed().check(rows().with_columns(ODD[name].alias("at")))
    try:
        Monitor.fit(_with(ODD[name]), timestamp="odd")
    except ConfigError as refused:
        assert str(refused).startswith("timestamp: column 'odd' holds ")  # noqa: PT017 - some types do tell times


HARMLESS = {
    "integer as float": ("i", rows()["i"].cast(pl.Float64)),
    "integer as text": ("i", rows()["i"].cast(pl.String)),
    "integer as text of floats": ("i", rows()["i"].cast(pl.Float64).cast(pl.String)),
    "float as text": ("x", rows()["x"].cast(pl.String)),
    "numbers with a decimal comma": ("x", rows()["x"].cast(pl.String).str.replace(".", ",", literal=True)),
    "float as decimal": ("x", rows()["x"].round(6).cast(pl.Decimal(20, 6))),
    "text as categorical": ("k", rows()["k"].cast(pl.Categorical)),
    "truth as integer": ("b", TRUTH.cast(pl.Int8)),
    "truth as float": ("b", TRUTH.cast(pl.Float64)),
    "truth as words": ("b", pl.Series(["True" if true else "False" for true in TRUTH])),
    "truth as digits": ("b", pl.Series(["1" if true else "0" for true in TRUTH])),
    "time as text": ("t", HOURS.dt.strftime("%Y-%m-%d %H:%M:%S")),
    "time as ISO text": ("t", HOURS.dt.strftime("%Y-%m-%dT%H:%M:%SZ")),
    "time as text with an offset": ("t", HOURS.dt.strftime("%Y-%m-%dT%H:%M:%S+00:00")),
    "time as text in UTC": ("t", HOURS.dt.strftime("%Y-%m-%d %H:%M:%S UTC")),
    "time as seconds": ("t", HOURS.dt.epoch("s")),
    "time as milliseconds": ("t", HOURS.dt.epoch("ms")),
    "time as nanoseconds": ("t", HOURS.cast(pl.Datetime("ns"))),
    "time with a zone": ("t", HOURS.dt.replace_time_zone("UTC")),
}


def _typed() -> pl.DataFrame:
    return rows().with_columns(TRUTH.alias("b"), HOURS.alias("t"))


@cache
def _of_types() -> Monitor:
    """A monitor of rows that have truth values and times too."""
    return Monitor.fit(_typed())


@pytest.mark.parametrize("name", HARMLESS)
def test_values_survive(name):
    """A change of type that loses no value is harmless, and told; in either direction it is no finding."""
    column, series = HARMLESS[name]
    other = _typed().with_columns(series.alias(column))
    result = _of_types().check(other)
    assert Level.OK is result.level
    assert [column] == [verdict.column for verdict in result.notable if verdict.metric == "type_changed"]
    assert Level.ALERT is not Monitor.fit(other).check(other).level


LOST = {
    "categories as numbers": ("k", rows()["k"].replace_strict({"a": 1, "b": 2, "c": 3})),
    "truth as yes and no": ("b", pl.Series(["yes" if true else "no" for true in TRUTH])),
    "time as day/month/year": ("t", HOURS.dt.strftime("%d/%m/%Y %H:%M")),
    "time as a word": ("t", pl.Series(["yesterday"] * ROWS)),
}


@pytest.mark.parametrize("name", LOST)
def test_values_are_lost(name):
    """A change of type after which the values cannot be read is one alert that says so."""
    column, series = LOST[name]
    result = _of_types().check(_typed().with_columns(series.alias(column)))
    assert [column] == [finding.lead.column for finding in result.findings]
    changed = next(verdict for verdict in result if verdict.column == column and verdict.metric == "type_changed")
    assert Level.ALERT is changed.level
    assert "300 of 300 values" in changed.reason


def test_all_null_became_values(check):
    """A column that the reference has empty and that now has values is one finding."""
    _with(ODD["null_float"]).write_parquet("ref.parquet")
    _with(rows()["x"]).write_parquet("cur.parquet")
    outcome = check("ref.parquet", "cur.parquet")
    assert outcome.code == 1
    assert "odd has other shares: 'missing' 100.0% → 0.0%." in outcome


def test_constant_is_told(check):
    """A column that is constant on both sides is told of as carrying nothing."""
    _with(ODD["constant"]).write_parquet("ref.parquet")
    outcome = check("ref.parquet", "ref.parquet")
    assert outcome.code == 0
    assert "it carries nothing" in outcome


def test_became_constant(check):
    """A column that no longer varies is an alert."""
    rows().with_columns(x=pl.lit(0.5)).write_csv("cur.csv")
    outcome = check("good.csv", "cur.csv")
    assert outcome.code == 1
    assert "No longer varies" in outcome


@pytest.mark.parametrize("side", ["reference", "current"])
def test_not_finite(check, side):
    """NaN and infinity are counted apart from numbers; more of them than in the reference is an alert."""
    odd = (
        rows()
        .with_row_index("at")
        .with_columns(
            x=pl.when(pl.col("at") % 5 == 0)
            .then(float("nan"))
            .when(pl.col("at") % 5 == 1)
            .then(float("inf"))
            .otherwise("x")
        )
    )
    odd.drop("at").write_parquet("odd.parquet")
    outcome = check(*(("odd.parquet", "good.parquet") if side == "reference" else ("good.parquet", "odd.parquet")))
    assert outcome.code == 1
    if side == "current":
        assert "NaN values 20.0%" in outcome
        assert "Infinite values 20.0%" in outcome


def test_dates_out_of_range(check):
    """Dates of the years 1 and 9999 are a finding where the reference has proper ones, even when they are many."""
    _typed().write_parquet("ref.parquet")
    _typed().with_columns(ODD["years"].alias("t")).write_parquet("cur.parquet")
    outcome = check("ref.parquet", "cur.parquet")
    assert outcome.code == 1
    assert "Stray dates 100.0%" in outcome


def test_one_stray_date(check):
    """A single date of 2009 is told of, and is no alert."""
    _typed().with_columns(
        t=pl.when(pl.int_range(pl.len()) == 5).then(pl.datetime(2009, 1, 1)).otherwise("t")
    ).write_parquet("cur.parquet")
    _typed().write_parquet("ref.parquet")
    outcome = check("ref.parquet", "cur.parquet")
    assert outcome.code == 0
    assert "1 far from the others, such as 2009-01-01" in outcome


def test_kinds_of_odd_columns():
    """Nested values and bytes are text, times of day are numbers, integers too large for floats are names."""
    plan = Monitor.fit(rows().with_columns(**{name: series for name, series in ODD.items() if name != "object"})).plan
    found = {name: plan.by_name[name].kind for name in ("list", "struct", "array", "time", "duration", "int128", "nan")}
    expected = dict.fromkeys(("list", "struct", "array"), Kind.TEXT) | {"int128": Kind.TEXT}
    assert expected | dict.fromkeys(("time", "duration", "nan"), Kind.NUMERIC) == found
    assert Kind.CATEGORICAL is plan.by_name["few_uint64"].kind


NAMES = ["", " ", "a\nb", "\U0001f600", "n" * 5000, "a=b", "k.role", "[bold]x[/]", "\x1b[31mred", "\u202eabc", "a\x00b"]
NAMES += [
    "rows in all",
    "label",
    "share",
    "row",
    "the segment",
    "the window",
    "metric",
    "true",
    "<script>alert(1)</script>",
]


@pytest.mark.parametrize("name", NAMES, ids=[repr(name)[:20] for name in NAMES])
def test_any_name(check, name):
    """A column may have any name: it is judged, sliced by, reported, and found missing like any other."""
    rows().rename({"k": name}).write_ipc("ref.arrow")
    places = ("--json", "o.json", "--markdown", "o.md", "--junit", "o.xml")
    outcome = check("ref.arrow", "ref.arrow", "--segment", name, *places, writes=("o.json", "o.md", "o.xml"))
    assert outcome.code == 0
    assert "\x1b" not in outcome
    outcome = check("ref.arrow", "good.parquet")
    assert outcome.code == 1
    assert "Column gone" in outcome


def test_column_without_a_name_is_called_so(check):
    """A headline never names nothing."""
    rows().rename({"k": ""}).write_ipc("ref.arrow")
    outcome = check("ref.arrow", "good.parquet")
    what = "the column without a name: column gone: the reference has it as String"
    assert f"3 findings (1 alert) in 300 rows: {what}; also columns added, file format." in outcome
