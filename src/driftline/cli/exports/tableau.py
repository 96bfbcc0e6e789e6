"""`driftline export tableau`: the views of a store as an extract of Tableau."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import polars as pl

from driftline import humanize
from driftline.cli.exports.base_views import COUNTED, TIMES, read_columns
from driftline.cli.options import store_option
from driftline.cli.stores import open_existing_store
from driftline.errors import ConfigError, InputError, MissingExtraError
from driftline.stores.backends.base_sql import SqlStore

_BY_RUN = frozenset({"estimates", "service_health"})
"""Views of which a store may hold many millions of rows: they are read by run."""
_PAGE = 20_000  # rows that are written at a time, at least


@click.command()
@click.argument("output", metavar="OUT", type=click.Path(path_type=Path))
@store_option
@click.option("--model", metavar="NAME", help="Only this model.")
def tableau(output: Path, url: str, model: str | None) -> None:
    """Write the views of a store in SQLite or PostgreSQL to OUT, an extract (.hyper) with a table for each.

    Times are those of UTC. It needs driftline[tableau].
    """
    if output.suffix != ".hyper":
        raise ConfigError(f"{output}: Tableau opens extracts by the end of their name; name it OUT.hyper")
    with open_existing_store(url) as store:
        if not isinstance(store, SqlStore):
            raise ConfigError(f"a {type(store).__name__} store has no views; migrate it first: driftline migrate")
        counts = write_extract(store, output, model)
    for view, rows in counts.items():
        click.echo(f"{view}: {humanize.count(rows, 'row')}")
    click.echo(f"wrote {output}")


def write_extract(store: SqlStore, path: Path, model: str | None = None) -> dict[str, int]:
    """Write an extract, whole or not at all; gives the rows of each table.

    Raises:
        MissingExtraError: when pantab is not installed.
        InputError: when the file cannot be written.
    """
    try:
        import pantab  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtraError("an extract of Tableau", "tableau") from error
    counts: dict[str, int] = {}
    part = path.with_name(f".{path.stem}-{os.getpid()}.hyper")
    try:
        for view, columns in read_columns():
            for rows in read_pages(store, view, model):
                frame = make_frame(rows, columns)
                pantab.frame_to_hyper(frame, part, table=view, table_mode="a", atomic=False)
                counts[view] = counts.get(view, 0) + frame.height
        part.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}; name another place") from error
    finally:
        part.unlink(missing_ok=True)
    return counts


def read_pages(store: SqlStore, view: str, model: str | None) -> Iterator[list[dict[str, Any]]]:
    """The rows of a view, a page at a time; one page at least, which may be empty: its table is there then."""
    chosen = "(CAST(:model AS TEXT) IS NULL OR model = :model)"
    if view not in _BY_RUN:
        yield _read(store, f"SELECT * FROM {view} WHERE {chosen}", model=model)  # noqa: S608 - own names
        return
    page: list[dict[str, Any]] = []
    for run in _read(store, f"SELECT run_id FROM windows WHERE {chosen}", model=model):  # noqa: S608 - own names
        page += _read(store, f"SELECT * FROM {view} WHERE run_id = :run_id", run_id=run["run_id"])  # noqa: S608 - own names
        if len(page) >= _PAGE:
            yield page
            page = []
    yield page


def make_frame(rows: Sequence[Mapping[str, Any]], columns: Sequence[tuple[str, str]]) -> pl.DataFrame:
    """The rows as a table whose types do not hang on what is in it: numbers, texts, times in UTC.

    >>> make_frame([{"at": "2022-02-01T12:00:00Z", "n": 1}], [("at", "TEXT"), ("n", "INTEGER")]).dtypes
    [Datetime(time_unit='us', time_zone=None), Int64]
    """
    kinds = {"INTEGER": pl.Int64, "REAL": pl.Float64}
    series = [
        pl.Series(
            name,
            [row[name] for row in rows],
            pl.Int64 if name in COUNTED else pl.String if name in TIMES else kinds.get(declared, pl.String),
        )
        for name, declared in columns
    ]
    frame = pl.DataFrame(series)
    times = [name for name, _ in columns if name in TIMES]
    text = pl.col(times).str.replace(r"(Z|[+-]00:00)$", "")
    return frame.with_columns(text.str.to_datetime(time_unit="us", strict=False))


def _read(store: SqlStore, sql: str, **values: str | None) -> list[dict[str, Any]]:
    with store.session(writes=False) as session:
        return session.read(sql, values)
