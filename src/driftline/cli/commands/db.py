"""`driftline db`: whether what Driftline keeps is complete, what it takes on disk, and its tables as plain files."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import polars as pl

from driftline.data.atomic import open_atomic
from driftline.errors import InputError, StoreError
from driftline.server.logs.base import open_log
from driftline.stores import sqlite_file
from driftline.stores.base import open_store
from driftline.windows import iso

_PART = 64 << 20
_STORE = click.option("--store", default="sqlite:///driftline.db", show_default=True, metavar="URL", help="The store.")
_LOG = click.option("--log", default="sqlite:///driftline-log.db", show_default=True, metavar="URL", help="The log.")
_STATE = click.option(
    "--state",
    default="driftline-state",
    show_default=True,
    type=click.Path(path_type=Path),
    help="The server's folder.",
)


_MODEL = click.option("--model", metavar="NAME", help="Only of this model.")


@click.group()
def db() -> None:
    """Check, compact and export what Driftline keeps."""


@db.command()
@_STORE
@_LOG
@_STATE
@click.pass_context
def check(ctx: click.Context, store: str, log: str, state: Path) -> None:
    """Say whether all of it is whole: every page of SQLite's files, every batch of the log. Exits with 1 if not."""
    files = sqlite_files(store, log, state)
    findings = {what: finding for what, path in files.items() if (finding := sqlite_file.find_damage(path))}
    bad = {what: finding for what, finding in findings.items() if finding != sqlite_file.IN_USE}
    for what, path in files.items():
        click.echo(f"{what}: {path}: {findings.get(what, 'whole')}")
    for what, url, facts in (("store", store, store_facts), ("log", log, log_facts)):
        if what in bad or (url.startswith("sqlite:") and what not in files):
            continue
        try:
            click.echo(f"{what}: {facts(url)}")
        except StoreError as error:
            bad[what] = str(error)
            click.echo(f"{what}: {error}")
    if not files:
        click.echo("nothing is there; name it by --store, --log and --state")
    ctx.exit(1 if bad else 0)


@db.command()
@_STORE
@_LOG
@_STATE
def vacuum(store: str, log: str, state: Path) -> None:
    """Give back to the disk what was freed in SQLite's files; the server has to be stopped."""
    for what, path in sqlite_files(store, log, state).items():
        before, after = sqlite_file.vacuum(path)
        click.echo(f"{what}: {path}: {before:,} bytes, now {after:,}")


@db.command()
@_STORE
@click.option(
    "-o",
    "--output",
    default="driftline-tables",
    show_default=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where files go.",
)
@click.option(
    "--form", default="parquet", show_default=True, type=click.Choice(["parquet", "csv"]), help="Of the files."
)
def export(store: str, output: Path, form: str) -> None:
    """Write runs and verdicts as plain files, for BI tools and for archives."""
    for path, rows in write_tables(store, output, form):
        click.echo(f"wrote {path}: {rows:,} rows")


@db.command()
@_LOG
@_MODEL
def dead(log: str, model: str | None) -> None:
    """List the batches that could not be folded, and why."""
    with open_log(log) as opened:
        letters = opened.dead_letters(model)
    for each in letters:
        when, kept = iso(each.noticed), f"{each.bytes:,} bytes" if each.bytes else "its rows are gone"
        click.echo(f"{when} {each.model} {each.kind} {each.batch}: {each.rows:,} rows, {kept}: {each.reason}")
    click.echo(f"{len(letters):,} batches are set aside" if letters else "no batch is set aside")


@db.command()
@_LOG
@_MODEL
def retry(log: str, model: str | None) -> None:
    """Put the batches that could not be folded behind all others in the log, to be folded once more.

    A running server takes them up at once. What fails again is set aside again.
    """
    with open_log(log) as opened:
        count = opened.retry(model)
    click.echo(f"{count:,} batches are to be folded again")


def sqlite_files(store: str, log: str, state: Path) -> dict[str, Path]:
    """The SQLite files among these, by what they are; only those that are there."""
    named = {"store": store, "log": log}
    found = {what: Path(url.partition(":///")[2]) for what, url in named.items() if url.startswith("sqlite:///")}
    found |= {f"state {path.stem}": path for path in sorted(state.glob("*.db"))}
    return {what: path for what, path in found.items() if path.is_file()}


def log_facts(url: str) -> str:
    """How many rows a log has; every batch is read and decoded.

    Raises:
        StoreError: when one cannot be.
    """
    batches = rows = after = 0
    with open_log(url) as log:
        while entries := log.read(after, _PART):
            for entry in entries:
                try:
                    found = pl.read_ipc_stream(entry.data).height
                except (pl.exceptions.PolarsError, OSError) as error:
                    raise StoreError(f"{url}: entry {entry.position}: {str(error)[:200]}") from error
                if found != entry.rows:
                    raise StoreError(f"{url}: entry {entry.position}: {found} rows, where {entry.rows} were taken in")
                batches, rows, after = batches + 1, rows + found, entry.position
        dead = len(log.dead_letters())
    return f"{batches:,} batches, {rows:,} rows" + (f", {dead:,} batches set aside: driftline db dead" if dead else "")


def store_facts(url: str) -> str:
    """How many runs and verdicts a store has."""
    with open_store(url) as store:
        return f"{len(store.runs(limit=None)):,} runs, {len(store.verdicts(limit=None)):,} verdicts"


def write_tables(url: str, folder: Path, form: str) -> Iterator[tuple[Path, int]]:
    """Write the tables `runs` and `verdicts` of a store, flat, as Parquet or CSV; gives each file and its rows.

    Raises:
        InputError: when the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}; name another folder") from error
    with open_store(url) as store:
        tables: dict[str, list[dict[str, Any]]] = {
            "runs": [asdict(run) for run in store.runs(limit=None)],
            "verdicts": [
                {"run_id": each.run_id, "model": each.model, "created": each.created, **_flat(asdict(each.verdict))}
                for each in store.verdicts(limit=None)
            ],
        }
    for name, rows in tables.items():
        frame = pl.DataFrame([_flat(row) for row in rows], infer_schema_length=None)
        path = folder / f"{name}.{form}"
        with open_atomic(path) as file:
            escape_formulas(frame).write_csv(file) if form == "csv" else frame.write_parquet(file)
        yield path, frame.height


def escape_formulas(frame: pl.DataFrame) -> pl.DataFrame:
    """Put an apostrophe before each text that a spreadsheet would take for a formula.

    >>> escape_formulas(pl.DataFrame({"a": ["=1+1", "x"], "b": [-1, 2]})).rows()
    [("'=1+1", -1), ('x', 2)]
    """
    text = pl.col(pl.String)
    return frame.with_columns(
        pl.when(text.str.contains(r"^[=+\-@\t\r]")).then(pl.lit("'") + text).otherwise(text).name.keep()
    )


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Plain values: enumerations as their words, what is nested left out."""
    plain = {name: getattr(value, "value", value) for name, value in row.items()}
    return {name: value for name, value in plain.items() if not isinstance(value, dict | list | tuple)}
