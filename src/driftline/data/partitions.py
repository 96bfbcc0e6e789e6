"""Folders named `key=value`: what Spark, pandas and DuckDB make of columns that they partition by (Hive's names)."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import polars as pl

_NULL = "__HIVE_DEFAULT_PARTITION__"
_WILD = re.compile(r"[*?\[]")

Keys = Mapping[str, object]


def walk(folder: Path) -> Iterator[Path]:
    """The files in a folder, and in its folders that are named `key=value`, at any depth."""
    for child in folder.iterdir():
        if child.is_file():
            yield child
        elif "=" in child.name[1:]:
            yield from walk(child)


def columns(pattern: str, paths: Sequence[Path]) -> dict[Path, Keys]:
    """The key columns of each file, named below the folder or the first wildcard of the pattern that found it.

    Keys are whole numbers or dates where all their values are, else text.

    >>> columns("trips/**/*.csv", [Path("trips/year=2024/zone=a/t.csv"), Path("trips/year=2025/zone=b%20c/t.csv")])[
    ...     Path("trips/year=2025/zone=b%20c/t.csv")
    ... ]
    {'year': 2025, 'zone': 'b c'}
    """
    parts = Path(pattern).parts
    fixed = next((place for place, part in enumerate(parts) if _WILD.search(part)), len(parts))
    texts = {path: dict(_keys(path.parts[fixed:-1])) for path in paths}
    values: dict[str, set[str]] = {}
    for keys in texts.values():
        for name, text in keys.items():
            if text is not None:
                values.setdefault(name, set()).add(text)
    readers = {name: _reader(texts) for name, texts in values.items()}
    return {
        path: {name: None if text is None else readers[name](text) for name, text in keys.items()}
        for path, keys in texts.items()
    }


def add(rows: pl.LazyFrame, keys: Keys) -> pl.LazyFrame:
    """The rows with the key columns that they do not have themselves."""
    if not keys:
        return rows
    names = set(rows.collect_schema())
    return rows.with_columns(pl.lit(value).alias(name) for name, value in keys.items() if name not in names)


def _keys(folders: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    for folder in folders:
        name, equals, value = folder.partition("=")
        if name and equals:
            yield unquote(name), None if value == _NULL else unquote(value)


def _reader(texts: set[str]) -> Callable[[str], object]:
    readers: tuple[Callable[[str], object], ...] = (int, date.fromisoformat)
    for read in readers:
        try:
            for text in texts:
                read(text)
        except ValueError:
            continue
        return read
    return str
