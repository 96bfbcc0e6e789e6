"""Tables in memory, of every library and with every odd column."""

import datetime as dt
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from driftline import Monitor
from driftline.data.sources import frames
from driftline.data.sources.frames import BATCH, Frames, read
from driftline.errors import InputError
from driftline.types import Level

pandas = pytest.importorskip("pandas")
pyarrow = pytest.importorskip("pyarrow")


@pytest.mark.parametrize(
    "table",
    [
        pl.DataFrame({"a": [1, 2]}),
        pl.LazyFrame({"a": [1, 2]}),
        pandas.DataFrame({"a": [1, 2]}),
        pyarrow.table({"a": [1, 2]}),
        pyarrow.record_batch({"a": [1, 2]}),
    ],
    ids=["polars", "lazy", "pandas", "table", "batch"],
)
def test_libraries(table):
    """Every table that speaks Arrow is read as it is."""
    assert {"a": [1, 2]} == read(table).to_dict(as_series=False)


def test_streams():
    """A stream of Arrow batches, which can be read once, is kept and read again."""
    source = Frames(pyarrow.table({"a": [1, 2]}).to_reader())
    assert [2, 2] == [sum(batch.height for batch in source.batches()) for _ in range(2)]


def test_duckdb():
    """A DuckDB relation is a table."""
    duckdb = pytest.importorskip("duckdb")
    assert {"a": [1], "b": ["x"]} == read(duckdb.sql("SELECT 1 AS a, 'x' AS b")).to_dict(as_series=False)


@pytest.mark.parametrize("thing", [[1], None, 3, object()], ids=lambda thing: type(thing).__name__)
def test_no_table(thing):
    """What is no table is refused, with what would be."""
    with pytest.raises(InputError, match="expected a path, a table with the Arrow PyCapsule interface"):
        Monitor.fit(thing)


@pytest.mark.parametrize(
    "lazy",
    [
        pl.LazyFrame({"a": ["x"]}).select("b"),
        pl.LazyFrame({"a": ["x"]}).select(pl.col("a").cast(pl.Int64)),
        pl.scan_csv("no/such/file.csv"),
    ],
    ids=["column", "cast", "file"],
)
def test_lazy_frames_that_fail(lazy):
    """A lazy frame that cannot be computed is refused in one line."""
    with pytest.raises(InputError, match="cannot read this LazyFrame: ") as refused:
        read(lazy)
    assert "\n" not in str(refused.value)


def test_columns_of_one_name():
    """Two columns of one name are refused by it, in every library."""
    tables = [
        pandas.DataFrame([[1, 2]], columns=["a", "a"]),
        pandas.DataFrame([[1, 2]], columns=[1, "1"]),
        pyarrow.Table.from_arrays([pyarrow.array([1]), pyarrow.array([2])], names=["a", "a"]),
    ]
    for table, name in zip(tables, "a1a", strict=True):
        with pytest.raises(InputError, match=f"has '{name}' as a column name more than once"):
            read(table)


def test_columns_of_one_content():
    """Two columns that hold the same are two columns."""
    assert ["a", "b"] == read(pyarrow.table({"a": [1, 2], "b": [1, 2]})).columns


def test_pandas_index_is_no_column():
    """The index of a pandas table is left out, also where rows were taken out of it."""
    frame = pandas.DataFrame({"a": [1, 2, 3]})
    assert ["a"] == read(frame[frame.a > 1]).columns


PANDAS = {
    "mixed": [1, "a", None],
    "nested": [1, {"a": 2}, [3]],
    "complex": [1 + 2j, 0j, 1j],
    "sets": [{1}, {2}, set()],
    "sparse": pandas.arrays.SparseArray([0, 1, 0]),
    "periods": pandas.period_range("2024", periods=3),
    "intervals": pandas.cut([1, 2, 3], 2),
    "categories": pandas.Categorical(["a", "b", None]),
    "numbers as categories": pandas.Categorical([1, 2, 1]),
    "nullable": pandas.array([1, None, 3], dtype="Int64"),
    "truth": pandas.array([True, None, False], dtype="boolean"),
    "decimals": [Decimal("1.5"), None, Decimal(2)],
    "spans": pandas.to_timedelta([1, 2, 3], unit="s"),
    "dates": [dt.date(2024, 1, 1), None, dt.date(1, 1, 1)],
    "zones": [pandas.Timestamp("2024-01-01", tz="UTC"), pandas.Timestamp("2024-01-01", tz="Europe/Berlin"), None],
    "nothing": [None, None, None],
    "nan": [float("nan"), float("inf"), 0.0],
}


@pytest.mark.parametrize("name", PANDAS)
def test_pandas_columns(name):
    """A pandas column of any content is read, if only as text, and stops no check."""
    odd = pandas.Series(list(PANDAS[name]) * 50) if isinstance(PANDAS[name], list) else _repeated(PANDAS[name])
    frame = pandas.DataFrame({"odd": odd, "x": np.linspace(0, 1, len(odd))})
    assert Level.ALERT is not Monitor.fit(frame).check(frame).level
    plain = frame.assign(odd=np.linspace(0, 1, len(odd)))
    found = {finding.lead.column for finding in Monitor.fit(plain).check(frame).findings}
    assert found <= {"odd"}


def _repeated(values):
    return pandas.concat([pandas.Series(values)] * 50, ignore_index=True)


def test_words_among_numbers_are_one_finding():
    """A column of numbers that now has words among them is one finding; its numbers are still read."""
    good = pandas.DataFrame({"x": np.linspace(0, 1, 100), "y": range(100)})
    bad = good.assign(x=[*good.x[:80], *["broken"] * 20])
    result = Monitor.fit(good).check(bad)
    assert ["x"] == [finding.lead.column for finding in result.findings]
    assert "20 of 100 values can not be read as numeric" in result.findings[0].lead.reason


ARROW = {
    "map": pyarrow.array([[("a", 1)], None], pyarrow.map_(pyarrow.string(), pyarrow.int64())),
    "half": pyarrow.array([np.float16(1), None], pyarrow.float16()),
    "dictionary": pyarrow.array(["a", None]).dictionary_encode(),
    "large text": pyarrow.array(["a", None], pyarrow.large_string()),
    "fixed bytes": pyarrow.array([b"ab", None], pyarrow.binary(2)),
    "null": pyarrow.nulls(2),
    "seconds": pyarrow.array([1, None], pyarrow.timestamp("s", "UTC")),
    "date64": pyarrow.array([86_400_000, None], pyarrow.date64()),
}


@pytest.mark.parametrize("name", ARROW)
def test_arrow_types(name):
    """An Arrow column of any type is read and stops no check."""
    odd = pyarrow.chunked_array([ARROW[name]] * 30)
    table = pyarrow.table({"odd": odd, "x": [*range(60)]})
    assert Level.ALERT is not Monitor.fit(table).check(table).level


def test_arrow_types_that_nothing_can_hold():
    """An Arrow type that cannot be read at all is refused, not a crash."""
    table = pyarrow.table({"r": pyarrow.RunEndEncodedArray.from_arrays([2], [5])})
    with pytest.raises(InputError, match="give it plain columns"):
        read(table)


def test_slices():
    """A table comes in slices of bounded height, without the columns that were not asked for, and at least once."""
    source = Frames(pl.DataFrame({"a": range(BATCH + 1), "b": 0}))
    assert [(BATCH, ["a"]), (1, ["a"])] == [(batch.height, batch.columns) for batch in source.batches(["a", "zzz"])]
    assert [["a"]] == [batch.columns for batch in Frames(pl.DataFrame({"a": []})).batches()]
    assert BATCH + 1 == source.rows


@pytest.mark.parametrize(
    "table",
    [
        {"x": [1, 2.5, None], "k": ["a", None, "b"]},
        {"x": np.array([1, 2.5, np.nan]), "k": ("a", None, "b")},
        [{"x": 1, "k": "a"}, {"x": 2.5}, {"k": "b"}],
    ],
)
def test_plain_python(table):
    """A dict of columns and a list of dicts are tables."""
    assert ["a", None, "b"] == Frames(table).table["k"].to_list()
    assert [1.0, 2.5] == Frames(table).table["x"].to_list()[:2]


def test_arrays():
    """A NumPy array of two dimensions has columns by number, one with names has these."""
    assert ["column_0", "column_1"] == Frames(np.zeros((3, 2))).table.columns
    named = np.array([(1.5, 2)], dtype=[("x", "f8"), ("i", "i8")])
    assert [(1.5, 2)] == Frames(named).table.select("x", "i").rows()


@pytest.mark.parametrize("table", [{"x": 5}, {"x": "word"}, {"x": [1], "y": [1, 2]}, [[1, 2]], [], np.zeros((2, 2, 2))])
def test_no_tables(table):
    """What is no table is refused in words."""
    with pytest.raises(InputError, match="cannot read"):
        Frames(table)


def test_index_of_pandas():
    """An index of times, or one with a name, is a column; one that only counts the rows is none."""
    times = pandas.date_range("2024-01-01", periods=3)
    assert ["index", "x"] == Frames(pandas.DataFrame({"x": range(3)}, index=times)).table.columns
    assert ["at", "x"] == Frames(pandas.DataFrame({"x": range(3)}, index=times.rename("at"))).table.columns
    assert ["x"] == Frames(pandas.DataFrame({"x": range(3)}, index=[5, 6, 7])).table.columns


def test_pandas_without_pyarrow(monkeypatch):
    """Numbers, texts, times, nullable integers and categories of pandas are the same where PyArrow is not installed."""
    table = pandas.DataFrame({
        "x": [1.5, None, 3.0], "n": pandas.array([1, None, 3], dtype="Int64"), "s": ["a", None, "b"],
        "at": pandas.to_datetime(["2024-01-01", None, "2024-01-03"]),
        "c": pandas.Categorical(["u", "v", None]), "b": [True, False, True],
        "z": pandas.to_datetime(["2024-01-01", None, "2024-01-03"]).tz_localize("Asia/Tokyo"),
    })  # fmt: skip
    expected = Frames(table).table
    taken = pl.DataFrame

    def without(data=None, *args, **kwargs):
        if isinstance(data, pandas.DataFrame):
            raise ImportError("pyarrow is required")  # noqa: TRY004 - as Polars does
        return taken(data, *args, **kwargs)

    monkeypatch.setattr(pl, "DataFrame", without)
    found = frames._by_column(table)
    for name in ("x", "n", "s", "b"):
        assert expected[name].to_list() == found[name].to_list()
    assert expected["c"].cast(pl.String).to_list() == found["c"].to_list()
    for name in ("at", "z"):
        whole = expected[name].dt.epoch("us").to_list()
        assert whole == found[name].dt.epoch("us").to_list()
