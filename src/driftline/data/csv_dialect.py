"""How a delimited text file is written: its separator and its header. Formats of numbers and dates are the plan's."""

import csv
import gzip
import io
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from driftline.errors import InputError

SEPARATORS = ",;\t|"
_OTHERS = "^~:\x01 "
_LINES = 50
_LONGEST = 1 << 20


@dataclass(frozen=True)
class Dialect:
    """How one file is written: what parts its fields, its names, and how many lines come before these."""

    path: Path | str
    separator: str
    names: list[str]
    skip: int
    glob: bool = False

    @property
    def form(self) -> str:
        """The format in words."""
        return "csv" if self.separator == "," else f"csv separated by {self.separator!r}"

    def scan(self, *, typed: bool) -> pl.LazyFrame:
        """The rows: all text, or each column in the type that its values in the whole file have."""
        types: dict[str, Any] = {"infer_schema_length": None} if typed else {"infer_schema": False}
        types |= {"glob": self.glob, "separator": self.separator, "skip_lines": self.skip}
        if isinstance(self.path, Path):
            return pl.scan_csv(self.path, with_column_names=_named(self.names), **types)
        rows = pl.scan_csv(self.path, **types)  # with names to set, Polars opens a local file at once
        columns = list(rows.collect_schema())
        return rows.rename(dict(zip(columns, _named(self.names)(columns), strict=True)))


def dialect_of(path: Path | str, *, glob: bool = False) -> Dialect:
    """How a file at a path or a URL is written; all files of a glob are written as the first.

    Raises:
        InputError: when the header is not UTF-8, names a column twice, or is parted by something unusual.
    """
    lines = first_lines(path, glob=glob)
    if lines and lines[0].lstrip("\ufeff").startswith(("PAR1", "ARROW1", "PK\x03\x04")):
        raise InputError(f"{path}: not text, but another format; give the file the ending of what it is")
    stated = stated_separator(lines)
    lines = lines[1:] if stated else lines
    separator = stated or separator_of(lines)
    rows = _parse_fields("".join(lines).removeprefix("\ufeff"), separator)
    names = rows[0] if rows else []
    if names.count("") > 1:  # as spreadsheets write columns that are empty
        names = [name or f"column_{place}" for place, name in enumerate(names, 1)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"{path}: column {twice[0]!r} is there more than once; give each column its own name")
    if len(names) == 1 and (other := _unusual_separator(lines)):
        raise InputError(
            f"{path}: one column only, {names[0][:80]!r}, which looks separated by {other!r}; "
            "expected a comma, semicolon, tab or | between columns"
        )
    return Dialect(path, separator, names, 1 if stated else 0, glob)


def stated_separator(lines: list[str]) -> str | None:
    """The separator that a first line states, as Excel's files do: `sep=;`.

    >>> stated_separator(["sep=;", "a;b"])
    ';'
    """
    match = re.match(r"\ufeff?sep=(.)\r?\n?$", lines[0], re.IGNORECASE) if lines else None
    return match[1] if match else None


def _named(names: list[str]) -> Callable[[list[str]], list[str]]:
    """The names of the header, for Polars leaves doubled quotes in them and counts up those that are blank."""
    return lambda columns: names if len(names) == len(columns) else columns


def separator_of(lines: list[str]) -> str:
    """The separator of a file's first lines: one that most lines have as often as the header; a comma where none is.

    What stands in quotes does not count.

    >>> separator_of(['id;"last, first, second";age', "1;x;2,5"])
    ';'
    """
    bare = [re.sub(r'"[^"]*"', "", line) for line in lines] or [""]

    def fits(separator: str) -> tuple[bool, int, int]:
        often = bare[0].count(separator)
        return often > 0, sum(line.count(separator) == often for line in bare), often

    return max(SEPARATORS, key=fits)


def open_bytes(path: Path) -> Any:
    """The file's bytes to read line by line, unpacked where it is packed with gzip."""
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")


def first_lines(path: Path | str, *, glob: bool = False) -> list[str]:
    """The first lines of a file at a path or a URL."""
    if isinstance(path, str) or path.suffix.lower() == ".zst":
        raw = pl.scan_csv(path, separator="\x1f", has_header=False, quote_char=None, infer_schema=False, glob=glob)
        return [f"{line or ''}\n" for line in raw.head(_LINES).collect().to_series(0)]
    with open_bytes(path) as file:
        lines = [file.readline(_LONGEST) for _ in range(_LINES)]
    try:
        first = lines[0].decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: line 1 is not UTF-8 (byte {error.start + 1}); save the file as UTF-8") from error
    return [line for line in [first, *(line.decode(errors="replace") for line in lines[1:])] if line]


def _parse_fields(text: str, separator: str) -> list[list[str]]:
    """The fields of each line, up to one that is too long to be one."""
    rows: list[list[str]] = []
    with suppress(csv.Error):
        rows.extend(csv.reader(io.StringIO(text), delimiter=separator))
    return rows


def _unusual_separator(lines: list[str]) -> str | None:
    """A character that parts every line alike, though it is no separator that is looked for."""
    for character in _OTHERS:
        counts = {line.strip().count(character) for line in lines}
        if len(lines) > 1 and len(counts) == 1 and counts != {0}:
            return character
    return None
