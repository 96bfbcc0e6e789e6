"""The port of engines, and how rows are opened for one.

These comments are the contract; `driftline.testing.engines` holds the suite for it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from driftline import registry
from driftline.config.settings import Config
from driftline.data.sources.base import Source
from driftline.errors import ConfigError
from driftline.profiles.plan import Plan
from driftline.profiles.profile import Profile
from driftline.types import ProfileKey
from driftline.windows import Windows


class Engine(Protocol):
    """What folds rows into profiles. The same rows give the same integers in any order and partition.

    `source` names the source that opens files for it; if that is "files", it takes every source, else only those that
    name it. What it cannot read is an `InputError`, and rows that it lost an `EngineError`: never is a part of the
    rows taken for the whole.
    """

    source: str

    def fit(self, source: Source, config: Config) -> Plan:
        """The plan, fitted on a reference."""
        ...

    def span(self, source: Source, plan: Plan) -> tuple[float, float] | None:
        """First and last time (microseconds since 1970 UTC), as `span.Span` has them; None where there is no time."""
        ...

    def fold(self, source: Source, plan: Plan, windows: Windows | None = None) -> Mapping[ProfileKey, Profile]:
        """One profile for each window and segment; `ProfileKey()` holds all rows, and is there even for no rows."""
        ...


def open_source(rows: Any, engine: str = "local") -> Source:
    """The source of a path, folder, glob or URL, which the engine reads, or of a table, by the library it is of."""
    if isinstance(rows, str | Path):
        name = registry.find("engines", engine).source
        if name == "files" and (scheme := re.match(r"([A-Za-z][A-Za-z0-9]+)://", str(rows))):
            name, rows = _name_source(scheme[1].lower()), str(rows)
    elif all(hasattr(rows, name) for name in ("label", "format", "batches")):
        source: Source = rows
        return source
    else:
        table = rows[0] if isinstance(rows, list) and rows else rows
        library = type(table).__module__.partition(".")[0]
        name = library if library in registry.names("sources") else "frames"
    opened: Source = registry.find("sources", name)(rows)
    return opened


def _name_source(scheme: str) -> str:
    """The source that opens URLs of a scheme: one of its name, else the one of files elsewhere."""
    return scheme if scheme in registry.names("sources") else "remote"


def open_rows(rows: Any, engine: str | None, config: Config) -> tuple[Source, Engine]:
    """The rows' source, and the engine: as said, else that of the rows."""
    source = open_source(rows, engine or config.engine or "local")
    own = getattr(source, "engine", "local")
    folder: Engine = registry.find("engines", engine or own)()
    if engine not in {None, own} and folder.source != "files":
        raise ConfigError(
            f"engine: {engine} cannot fold a {source.label}; hand over a path, or a table of {folder.source}, or leave "
            "the engine out"
        )
    return source, folder


def stored_rows(source: Any) -> Callable[..., Iterator[pl.DataFrame]]:
    """What gives the rows to fold: as text, where the file has no types of its own."""
    rows: Callable[..., Iterator[pl.DataFrame]] = getattr(source, "texts", source.batches)
    return rows
