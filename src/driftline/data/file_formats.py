"""What formats files have, by the ending of their name, and how Polars scans each: at a path, or at a URL."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Protocol

import polars as pl

from driftline.data import by_name, csv_dialect
from driftline.errors import InputError

FORMATS = {
    ".parquet": "parquet", ".pq": "parquet", ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".jsonl": "json lines",
    ".ndjson": "json lines", ".json": "json lines", ".arrow": "arrow", ".feather": "arrow", ".ipc": "arrow",
}  # fmt: skip
BATCH = 131_072
BROKEN = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, EOFError, zlib.error)  # what damage raises
KNOWN = "Parquet (.parquet), CSV (.csv, .tsv, also .gz), JSON lines (.jsonl, .ndjson), Arrow IPC (.arrow, .feather)"


def format_of(path: PurePath) -> str | None:
    """The ending of a file's name that says its format, one of `FORMATS`; None where it says none.

    >>> format_of(Path("trips.csv.gz")), format_of(Path("trips.xlsx"))
    ('.csv', None)
    """
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    if suffixes and suffixes[-1] in {".gz", ".zst"}:
        suffixes.pop()
        return suffixes[-1] if suffixes and FORMATS.get(suffixes[-1]) in {"csv", "json lines"} else None
    return suffixes[-1] if suffixes and suffixes[-1] in FORMATS else None


class File(Protocol):
    """One file, or the files of a glob, that Polars can scan."""

    @property
    def form(self) -> str:
        """The format in words."""
        ...

    def scan(self, *, typed: bool) -> pl.LazyFrame:
        """The rows; untyped, what has no types of its own is text."""
        ...


@dataclass(frozen=True)
class _Binary:
    """A file that tells the types of its columns."""

    form: str
    lazy: pl.LazyFrame

    def scan(self, *, typed: bool) -> pl.LazyFrame:  # noqa: ARG002 - they are what they are
        return self.lazy


def open_file(path: Path | str, form: str, *, glob: bool = False) -> File:
    """A file of this format, at a path or a URL; with `glob` the URL is a pattern, whose folders' keys are columns.

    Raises:
        InputError: when it has no columns. What else is wrong is raised as it comes.
    """
    if form == "csv":
        file: File = csv_dialect.dialect_of(path, glob=glob)
    elif form == "parquet":
        file = _Binary(form, pl.scan_parquet(path, glob=glob, hive_partitioning=glob))
    elif form == "arrow":
        file = _Binary(form, pl.scan_ipc(path, glob=glob, hive_partitioning=glob))
    else:
        file = _Binary(form, pl.scan_ndjson(path, infer_schema_length=None))
    if not len(file.scan(typed=False).collect_schema()):
        raise InputError(f"{path}: the file has no columns; expected rows of named columns")
    return file


def read(rows: pl.LazyFrame, columns: Sequence[str] | None) -> Iterator[pl.DataFrame]:
    """The rows of a scan, of these columns alone if given, about 131,072 at a time; of none, the columns once."""
    wanted, empty = rows if columns is None else by_name.select_lazily(rows, columns), True
    for batch in wanted.collect_batches(chunk_size=BATCH, maintain_order=True):
        empty = False
        yield batch
    if empty:
        yield wanted.collect_schema().to_frame()
