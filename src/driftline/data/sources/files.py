"""Rows in files: Parquet, CSV (also compressed), JSON lines, Arrow IPC; one path, a folder or a glob; read by batch."""

import glob
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from driftline.data import partitions, text_errors
from driftline.data.file_formats import BROKEN, FORMATS, KNOWN, File, format_of, open_file, read
from driftline.errors import InputError

_TEXTS = {"csv": text_errors.of_csv, "json lines": text_errors.of_json_lines}


class Files:
    """Files of one pattern as a source, in the order of their names.

    Folders that are named `key=value`, as Spark, pandas and DuckDB write them, give each row a column `key`.
    `read` is the share of their bytes that is in files that have been read to the end, of the pass over all columns
    that is under way. `rows` are known of Parquet, and of other formats after the first such pass.
    """

    def __init__(self, pattern: str | Path) -> None:
        self.label = str(pattern)
        self.paths = _find_paths(self.label)
        self._sizes = [path.stat().st_size for path in self.paths]
        self._files = [_open(path) for path in self.paths]
        self._keys = partitions.columns(self.label, self.paths)
        self.format = ", ".join(dict.fromkeys(file.form for file in self._files))
        self.rows: int | None = sum(map(_count_rows, self.paths)) if self.format == "parquet" else None
        self.read = 0.0

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """All rows, file by file, about 131,072 at a time.

        Raises:
            InputError: when a file turns out to be damaged on the way; it is named.
        """
        return self._batches(columns, typed=True)

    def texts(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """As `batches`, but what a CSV file holds is text: its types are the plan's, whatever the file looks like."""
        return self._batches(columns, typed=False)

    def _batches(self, columns: Sequence[str] | None, *, typed: bool) -> Iterator[pl.DataFrame]:
        rows = 0
        for at, (path, file) in enumerate(zip(self.paths, self._files, strict=True)):
            if columns is None:
                self.read = sum(self._sizes[:at]) / sum(self._sizes)
            try:
                for batch in read(partitions.add(file.scan(typed=typed), self._keys[path]), columns):
                    rows += batch.height
                    yield batch
            except BROKEN as error:
                raise _explain(path, error) from error
        if columns is None:
            self.rows = rows


files = Files


def _find_paths(pattern: str) -> list[Path]:
    path = Path(pattern)
    if path.is_dir():
        found = sorted(child for child in partitions.walk(path) if format_of(child) is not None)
    elif path.exists():
        found = [path]
    else:
        found = sorted(Path(name) for name in glob.glob(pattern, recursive=True) if Path(name).is_file())  # noqa: PTH207 - pattern may be absolute
    if not found:
        what = "no readable file in the folder" if path.is_dir() else "no such file"
        raise InputError(f"{pattern}: {what}; expected {KNOWN}")
    for each in found:
        if format_of(each) is None:
            raise InputError(f"{each}: unknown file type {each.suffix!r}; expected {KNOWN}")
        if not each.stat().st_size:
            raise InputError(
                f"{each}: the file is empty (0 bytes); expected {FORMATS[format_of(each) or '']} with rows"
            )
    return found


def _open(path: Path) -> File:
    try:
        return open_file(path, FORMATS[format_of(path) or ""])
    except BROKEN as error:
        raise _explain(path, error) from error


def _count_rows(path: Path) -> int:
    try:
        return int(pl.scan_parquet(path, glob=False).select(pl.len()).collect().item())
    except BROKEN as error:
        raise _explain(path, error) from error


def _explain(path: Path, error: BaseException) -> InputError:
    """The error in words, with the line where that can be found."""
    form = FORMATS[format_of(path) or ""]
    first = (str(error).strip().splitlines() or [type(error).__name__])[0].removeprefix("parquet: ")
    if isinstance(error, PermissionError):
        return InputError(f"{path}: may not be read ({error.strerror}); check the rights of the file and of its folder")
    if isinstance(error, pl.exceptions.PolarsError) and path.suffix.lower() != ".zst" and form in _TEXTS:
        try:
            found = _TEXTS[form](path)
        except BROKEN as deeper:
            return _explain(path, deeper)
        if found:
            return InputError(f"{path}: {found}")
    return InputError(
        f"{path}: cannot be read as {form}: {first[:200]}; the file may be cut short, damaged, or of another format"
    )
