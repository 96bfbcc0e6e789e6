"""Files: formats, patterns, batches."""

import datetime as dt
import gzip
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

from driftline import Monitor
from driftline.data.file_formats import BATCH
from driftline.data.sources.files import Files
from driftline.errors import InputError

FRAME = pl.DataFrame({"a": range(10), "b": [f"v{at}" for at in range(10)]})


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _write(path: Path, frame: pl.DataFrame = FRAME) -> None:
    """Write the rows in the format that the name ends in."""
    match path.suffix:
        case ".parquet" | ".pq":
            frame.write_parquet(path)
        case ".csv" | ".txt":
            frame.write_csv(path)
        case ".tsv":
            frame.write_csv(path, separator="\t")
        case ".arrow" | ".feather" | ".ipc":
            frame.write_ipc(path)
        case ".gz":
            path.write_bytes(gzip.compress(frame.write_csv().encode()))
        case _:
            frame.write_ndjson(path)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("d.parquet", "parquet"), ("d.pq", "parquet"), ("d.csv", "csv"), ("D.CSV", "csv"), ("d.txt", "csv"),
        ("d.tsv", "csv separated by '\\t'"), ("d.csv.gz", "csv"), ("d.jsonl", "json lines"), ("d.ndjson", "json lines"),
        ("d.json", "json lines"), ("d.arrow", "arrow"), ("d.feather", "arrow"), ("d.ipc", "arrow"),
    ],
)  # fmt: skip
def test_formats(folder, name, form):
    """A file is read by the format that its name ends in, and gives the same rows every time."""
    _write(folder / name.lower())
    if name != name.lower():
        (folder / name.lower()).rename(folder / name)
    source = Files(name)
    assert form == source.format
    assert name == source.label
    for _ in range(2):
        assert FRAME.equals(pl.concat(source.batches()))


def test_zstd(folder):
    """A CSV file packed with zstd is read, its separator found."""
    FRAME.lazy().sink_csv(folder / "d.csv.zst", separator=";", compression="zstd")
    assert FRAME.equals(pl.concat(Files("d.csv.zst").batches()))


def test_patterns(folder):
    """A folder, a glob, a glob over folders: the files in the order of their names, other files left out."""
    for at, name in enumerate(["b.parquet", "a.csv", "deep/c.parquet", "notes.md"]):
        (folder / name).parent.mkdir(exist_ok=True)
        _write(folder / name, FRAME.with_columns(a=pl.lit(at)))
    firsts = {
        pattern: [batch["a"][0] for batch in Files(pattern).batches()] for pattern in (".", "*.parquet", "**/*.parquet")
    }
    assert {".": [1, 0], "*.parquet": [0], "**/*.parquet": [0, 2]} == firsts


def test_names_with_wildcards(folder):
    """A file whose own name looks like a pattern is that file."""
    _write(folder / "a[1].parquet")
    assert 10 == Files("a[1].parquet").rows


def test_absolute_paths(folder):
    """Paths may be absolute, and may be paths."""
    _write(folder / "d.parquet")
    assert 10 == Files(folder / "d.parquet").rows
    assert 10 == Files(str(folder / "*.parquet")).rows


def test_columns_that_are_asked_for(folder):
    """Only the columns that are asked for are read; those that are not there are left out, the rows are kept."""
    _write(folder / "d.parquet")
    assert [["b"]] == [batch.columns for batch in Files("d.parquet").batches(["b", "zzz"])]


def test_batches_are_bounded(folder):
    """A long file comes in several batches, in order."""
    pl.DataFrame({"a": range(3 * BATCH)}).write_parquet(folder / "d.parquet", row_group_size=BATCH)
    batches = list(Files("d.parquet").batches())
    assert len(batches) > 1
    assert pl.concat(batches)["a"].is_sorted()


@pytest.mark.parametrize("name", ["d.parquet", "d.csv", "d.arrow"])
def test_no_rows(folder, name):
    """A file without rows gives one empty batch with its columns."""
    _write(folder / name, FRAME.clear())
    assert [(0, ["a", "b"])] == [(batch.height, batch.columns) for batch in Files(name).batches()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a;b\n1,5;x\n2,5;y\n", {"a": ["1,5", "2,5"], "b": ["x", "y"]}),
        ("a;b\n1.5;x\n2,5;y\n", {"a": ["1.5", "2,5"], "b": ["x", "y"]}),
        ("a;b,c\n1;x\n", {"a": [1], "b,c": ["x"]}),
        ('"a;b",c\n1,2\n', {"a;b": [1], "c": [2]}),
        ("a\n1\n2\n", {"a": [1, 2]}),
        ("a b\n1\n2\n", {"a b": [1, 2]}),
        ("a|b\n1|2\n", {"a": [1], "b": [2]}),
        ('a,b\n"x, y",2\n', {"a": ["x, y"], "b": [2]}),
    ],
)
def test_how_csv_is_written(folder, text, expected):
    """Separator, quotes and decimal commas are found out."""
    (folder / "d.csv").write_text(text, encoding="utf-8")
    assert expected == pl.concat(Files("d.csv").batches()).to_dict(as_series=False)


def test_damage_found_on_the_way(folder):
    """A file that turns out to be damaged after its first rows is named then."""
    frame = pl.DataFrame({"a": [f"{at * 7919 % 1009}" for at in range(400_000)]})
    frame.write_parquet(folder / "d.parquet", row_group_size=50_000, compression="uncompressed", statistics=False)
    data = bytearray((folder / "d.parquet").read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = b"\xff" * 4000
    (folder / "d.parquet").write_bytes(bytes(data))
    source = Files("d.parquet")
    with pytest.raises(InputError, match=r"d\.parquet: cannot be read as parquet"):
        pl.concat(source.batches())


def test_removed_on_the_way(folder):
    """A file that is gone when its rows are asked for is named."""
    _write(folder / "d.csv")
    source = Files("d.csv")
    (folder / "d.csv").unlink()
    with pytest.raises(InputError, match=r"d\.csv: "):
        list(source.batches())


def _partitioned(folder, *names):
    for at, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, FRAME.with_columns(a=pl.lit(at)))


@pytest.mark.parametrize("pattern", ["trips", "trips/*/*/*.parquet", "trips/**/*.parquet"])
def test_folders_of_keys(folder, pattern):
    """Folders named `key=value` become columns, nested and in globs; numbers, escaped text and null as they are."""
    null = "__HIVE_DEFAULT_PARTITION__"
    _partitioned(folder, "trips/year=2024/zone=a%20b/x.parquet", f"trips/year=2025/zone={null}/x.parquet")
    (folder / "trips/_SUCCESS").touch()
    rows = pl.concat(Files(pattern).batches(), how="vertical_relaxed").unique("a").sort("a")
    assert [(0, 2024, "a b"), (1, 2025, None)] == rows.select("a", "year", "zone").rows()


def test_keys_that_are_no_folders_of_the_pattern(folder):
    """A file that is named is read as it is, and a key that the file has itself is left alone."""
    _partitioned(folder, "trips/a=7/x.csv", "trips/zone=b/x.csv")
    assert ["a", "b"] == next(Files("trips/zone=b/x.csv").batches()).columns
    assert [0, 1] == sorted({a for batch in Files("trips").batches() for a in batch["a"].to_list()})


def test_separator_that_is_stated(folder):
    """Excel's first line `sep=;` is no header."""
    (folder / "d.csv").write_text("sep=;\na;b\n1,5;x\n", encoding="utf-8")
    assert [("1,5", "x")] == next(Files("d.csv").texts()).rows()
    (folder / "bad.csv").write_text("sep=;\na;b\n1;2;3\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 3 has 3 fields, the header has 2"):
        list(Files("bad.csv").batches())


def test_texts(folder):
    """A CSV file is folded as text; a file that tells its types is not."""
    for name in ("d.csv", "d.parquet"):
        _write(folder / name)
    assert {"a": pl.String, "b": pl.String} == dict(next(Files("d.csv").texts()).schema)
    assert FRAME.schema == next(Files("d.parquet").texts()).schema


def test_rows_are_known_after_a_pass(folder):
    """The rows of a text file are counted while it is read."""
    _write(folder / "d.csv")
    source = Files("d.csv")
    assert source.rows is None
    assert sum(batch.height for batch in source.batches()) == source.rows


@pytest.mark.parametrize("name", ["d.parquet", "d.feather"])
def test_times_at_fixed_offsets(folder, name):
    """Times at an offset that is no whole number of hours are read, and are the same moments."""
    pa = pytest.importorskip("pyarrow")
    from pyarrow import feather, parquet  # noqa: PLC0415 - an extra

    moment = dt.datetime(2024, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30)))
    table = pa.table({"at": pa.array([moment], type=pa.timestamp("us", tz="+05:30"))})
    (parquet.write_table if name.endswith("parquet") else feather.write_feather)(table, str(folder / name))
    (batch,) = Files(name).batches()
    assert [moment.timestamp() * 1e6] == batch["at"].to_physical().to_list()


@pytest.mark.usefixtures("folder")
def test_times_of_spark_beyond_nanoseconds():
    """Times as INT96, as Spark wrote them, are read beyond the years 1677 to 2262, which is told of the column."""
    times = [dt.datetime(2024, 1, 1) + dt.timedelta(hours=at) for at in range(300)]  # noqa: DTZ001 - INT96 has no zone
    odd = [dt.datetime(9999, 12, 31), dt.datetime(1, 1, 1), *times[2:]]  # noqa: DTZ001 - INT96 has no zone
    for name, column in (("ref.parquet", times), ("cur.parquet", odd)):
        rows = pa.table({"due": pa.array(column, pa.timestamp("us")), "x": range(300)})
        parquet.write_table(rows, name, use_deprecated_int96_timestamps=True)
    assert odd == pl.concat(Files("cur.parquet").batches())["due"].to_list()
    (told,) = (each for each in Monitor.fit("ref.parquet").check("cur.parquet") if each.metric == "stray_dates")
    assert "9999-12-31" in told.reason


def test_one_text_file_among_numbers(folder):
    """One file of a reference whose column is text is told, and what it leaves out is no drift of numbers."""
    (folder / "all").mkdir()
    random = np.random.default_rng(0)
    for at in range(3):
        _write(folder / f"all/{at}.csv", pl.DataFrame({"x": random.normal(size=200)}))
    _write(folder / "all/3.csv", pl.DataFrame({"x": ["low"] * 90}))
    result = Monitor.fit("all").check("all/0.csv")
    assert "13.0% of the reference's values of 'x' cannot be read as numeric: they are left out." in result.notes
    assert {"x: unreadable values 13.0% → 0.0%", "x has other shares: 'unreadable' 13.0% → 0.0%"} & {
        finding.change for finding in result.findings
    }
