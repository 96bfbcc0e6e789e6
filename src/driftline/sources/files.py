"""Rows in files: Parquet, CSV (also compressed), JSON lines, Arrow IPC; one path, a folder or a glob; read by batch."""

import glob
import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from driftline.errors import InputError

FORMATS = {
    ".parquet": "parquet", ".pq": "parquet", ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".jsonl": "json lines",
    ".ndjson": "json lines", ".json": "json lines", ".arrow": "arrow", ".feather": "arrow", ".ipc": "arrow",
}  # fmt: skip
BATCH = 131_072
_SEPARATORS = ",;\t|"
_KNOWN = "Parquet (.parquet), CSV (.csv, .tsv, also .gz), JSON lines (.jsonl, .ndjson), Arrow IPC (.arrow, .feather)"


class Files:
    """Files of one pattern as a source, in the order of their names."""

    def __init__(self, pattern: str | Path) -> None:
        self.label = str(pattern)
        self.paths = _found(self.label)
        self._frames = [_scan(path) for path in self.paths]
        self.format = ", ".join(dict.fromkeys(form for form, _ in self._frames))
        self.rows: int | None = _rows(self.paths) if self.format == "parquet" else None

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """All rows, file by file, about 131,072 at a time.

        Raises:
            InputError: when a file turns out to be damaged on the way; it is named.
        """
        for path, (_, lazy) in zip(self.paths, self._frames, strict=True):
            empty = True
            wanted = lazy if columns is None else lazy.select(name for name in lazy.collect_schema() if name in columns)
            try:
                for batch in wanted.collect_batches(chunk_size=BATCH, maintain_order=True):
                    empty = False
                    yield batch
            except (pl.exceptions.PolarsError, OSError) as error:
                raise _damaged(path, error) from error
            if empty:
                yield wanted.collect_schema().to_frame()


files = Files


def _found(pattern: str) -> list[Path]:
    path = Path(pattern)
    if path.is_dir():
        found = sorted(child for child in path.iterdir() if child.is_file() and _form(child) is not None)
    elif path.exists():
        found = [path]
    else:
        found = sorted(Path(name) for name in glob.glob(pattern, recursive=True) if Path(name).is_file())  # noqa: PTH207 - pattern may be absolute
    if not found:
        what = "no readable file in the folder" if path.is_dir() else "no such file"
        raise InputError(f"{pattern}: {what}; expected {_KNOWN}")
    for each in found:
        if _form(each) is None:
            raise InputError(f"{each}: unknown file type {each.suffix!r}; expected {_KNOWN}")
        if not each.stat().st_size:
            raise InputError(f"{each}: the file is empty (0 bytes); expected {FORMATS[_form(each) or '']} with rows")
    return found


def _form(path: Path) -> str | None:
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    if suffixes and suffixes[-1] in {".gz", ".zst"}:
        suffixes.pop()
        return suffixes[-1] if suffixes and FORMATS.get(suffixes[-1]) in {"csv", "json lines"} else None
    return suffixes[-1] if suffixes and suffixes[-1] in FORMATS else None


def _scan(path: Path) -> tuple[str, pl.LazyFrame]:
    form = FORMATS[_form(path) or ""]
    try:
        if form == "csv":
            form, lazy = _csv(path)
        elif form == "parquet":
            lazy = pl.scan_parquet(path, glob=False)
        elif form == "arrow":
            lazy = pl.scan_ipc(path, glob=False)
        else:
            lazy = pl.scan_ndjson(path, infer_schema_length=None)
        if not len(lazy.collect_schema()):
            raise InputError(f"{path}: the file has no columns")
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        raise _damaged(path, error) from error
    return form, lazy


def _csv(path: Path) -> tuple[str, pl.LazyFrame]:
    head = _header(path)
    separator = max(_SEPARATORS, key=head.count) if any(c in head for c in _SEPARATORS) else ","
    names = [name.strip().strip('"') for name in head.rstrip("\r\n").split(separator)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"{path}: column {twice[0]!r} is there more than once; give each column its own name")
    options: dict[str, Any] = {"separator": separator, "try_parse_dates": True, "infer_schema_length": None}
    form = "csv" if separator == "," else f"csv separated by {separator!r}"
    return form, pl.scan_csv(path, glob=False, **options)


def _header(path: Path) -> str:
    """The first line of a text file."""
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    if path.suffix.lower() == ".zst":
        return ",".join(pl.read_csv(path, n_rows=1).columns)
    with opener(path, "rb") as file:
        line = file.readline(1 << 20)
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: line 1 is not UTF-8 (byte {error.start + 1}); save the file as UTF-8") from error


def _rows(paths: list[Path]) -> int | None:
    try:
        return sum(int(pl.scan_parquet(path, glob=False).select(pl.len()).collect().item()) for path in paths)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{paths[0]}: cannot count its rows: {error}") from error


def _damaged(path: Path, error: Exception) -> InputError:
    form = FORMATS[_form(path) or ""]
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if "utf" in first.lower():
        return InputError(f"{path}: not UTF-8 text ({first}); save the file as UTF-8")
    return InputError(f"{path}: cannot be read as {form}: {first}; the file may be cut short, damaged, or of another format")
