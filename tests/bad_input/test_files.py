"""Files that cannot be read, as reference and as current: a sentence that names the file, and exit code 2."""

import gzip
from pathlib import Path

import polars as pl
import pytest

from .conftest import rows

PARQUET = "good.parquet"


def _parquet() -> bytes:
    return Path(PARQUET).read_bytes()


def _csv() -> bytes:
    return Path("good.csv").read_bytes()


def _gzip_damaged() -> bytes:
    data = bytearray(gzip.compress(_csv()))
    data[800:820] = bytes(20)
    return bytes(data)


def _middle_damaged() -> bytes:
    data = _parquet()
    return data[:300] + b"\xff" * 600 + data[900:]


UNREADABLE = {
    "empty.csv": (lambda: b"", "empty (0 bytes)"),
    "empty.parquet": (lambda: b"", "empty (0 bytes)"),
    "empty.jsonl": (lambda: b"", "empty (0 bytes)"),
    "empty.csv.gz": (lambda: gzip.compress(b""), "cannot be read as csv"),
    "blank.csv": (lambda: b"\n\n\n", "cannot be read as csv"),
    "cut.parquet": (lambda: _parquet()[:-200], "cut short"),
    "head.parquet": (lambda: _parquet()[:100], "cut short"),
    "damaged.parquet": (_middle_damaged, "damaged"),
    "text.parquet": (_csv, "of another format"),
    "parquet.csv": (_parquet, "UTF-8"),
    "cut.arrow": (lambda: _arrow()[:-100], "cannot be read as arrow"),
    "cut.csv.gz": (lambda: gzip.compress(_csv())[:-500], "cut short"),
    "damaged.csv.gz": (_gzip_damaged, "damaged"),
    "plain.csv.gz": (_csv, "gzip"),
    "names.docx": (lambda: b"words", "unknown file type '.docx'"),
    "noending": (lambda: b"words", "unknown file type ''"),
}


def _arrow() -> bytes:
    rows().write_ipc("whole.arrow")
    data = Path("whole.arrow").read_bytes()
    Path("whole.arrow").unlink()
    return data


@pytest.mark.parametrize("side", ["reference", "current"])
@pytest.mark.parametrize("name", UNREADABLE)
def test_unreadable(check, name, side):
    """A file that is empty, cut short, damaged or something else is named, with what was expected."""
    make, words = UNREADABLE[name]
    Path(name).write_bytes(make())
    outcome = check(*((name, "good.csv") if side == "reference" else ("good.csv", name)))
    assert outcome.code == 2
    assert name in outcome
    assert words in outcome


@pytest.mark.parametrize("name", ["missing.csv", "missing/*.parquet", "missing"])
def test_missing(check, name):
    """A file, glob or folder that is not there is named, with the formats that can be read."""
    for arguments in ((name, "good.csv"), ("good.csv", name)):
        outcome = check(*arguments)
        assert outcome.code == 2
        assert f"{name}: no such file; expected Parquet" in outcome


def test_folder_without_files(check):
    """A folder in which nothing can be read is named."""
    Path("empty").mkdir()
    Path("empty/notes.md").write_text("nothing", encoding="utf-8")
    assert "empty: no readable file in the folder" in check("good.csv", "empty")


def test_folder(check):
    """A folder is read whole, whatever else lies in it."""
    Path("data").mkdir()
    for part in range(3):
        rows(part, 100).write_parquet(f"data/{part}.parquet")
    Path("data/notes.md").write_text("nothing", encoding="utf-8")
    outcome = check("good.parquet", "data")
    assert outcome.code == 0
    assert "300 rows" in outcome


def test_no_right_to_read(check, monkeypatch):
    """A file that may not be read is told as that, not as damaged."""

    def refuse(self, *_args, **_kwargs):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr("driftline.data.csv_dialect.open_bytes", refuse)
    outcome = check("good.parquet", "good.csv")
    assert outcome.code == 2
    assert "good.csv: may not be read (Permission denied); check the rights" in outcome


def test_one_damaged_of_many(check):
    """Of several files the damaged one is named."""
    Path("data").mkdir()
    rows().write_parquet("data/1.parquet")
    Path("data/2.parquet").write_bytes(_parquet()[:-200])
    outcome = check("good.parquet", "data/*.parquet")
    assert outcome.code == 2
    assert "data/2.parquet: cannot be read" in outcome


def test_same_file_twice(check):
    """A file that is its own reference is quiet."""
    assert check(PARQUET, PARQUET).code == 0


def test_files_that_differ_in_columns(check):
    """Files of one glob may differ in their columns and types: what is there counts, and the rest is still judged."""
    Path("data").mkdir()
    rows(2).write_parquet("data/1.parquet")
    rows(3).with_columns(pl.col("i").cast(pl.String), extra=pl.lit(1)).write_parquet("data/2.parquet")
    rows(4).drop("k").with_columns(pl.col("x").cast(pl.Float32)).write_parquet("data/3.parquet")
    for arguments in (("good.parquet", "data"), ("data", "good.parquet")):
        outcome = check(*arguments)
        assert outcome.code in {0, 1}
        assert "900" in outcome


def test_nothing_in_common(check):
    """Rows without any of the reference's columns are refused, with some of what was expected."""
    rows().rename({"x": "a", "k": "b", "i": "c"}).write_csv("other.csv")
    outcome = check("good.csv", "other.csv")
    assert outcome.code == 2
    assert "other.csv: no column in common with the reference; expected some of: x, k, i" in outcome
