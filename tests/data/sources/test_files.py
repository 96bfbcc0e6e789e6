"""Files: formats, patterns, batches."""

import gzip
from pathlib import Path

import polars as pl
import pytest

from driftline.data.sources.files import BATCH, Files
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
