"""`driftline db`."""

from pathlib import Path

import click

from driftline.errors import StoreError

_STORE = click.option("--store", default="sqlite:///driftline.db", show_default=True, metavar="URL", help="The store.")
_LOG = click.option("--log", default="sqlite:///driftline-log.db", show_default=True, metavar="URL", help="The log.")
_STATE = click.option(
    "--state",
    default="driftline-state",
    show_default=True,
    type=click.Path(path_type=Path),
    help="The server's folder.",
)


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
    from driftline.cli import upkeep  # noqa: PLC0415 - quick help

    files = upkeep.sqlite_files(store, log, state)
    bad = {what: said for what, path in files.items() if (said := upkeep.trouble(path))}
    for what, path in files.items():
        click.echo(f"{what}: {path}: {bad.get(what, 'whole')}")
    for what, url, facts in (("store", store, upkeep.store_facts), ("log", log, upkeep.log_facts)):
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
    from driftline.cli import upkeep  # noqa: PLC0415 - quick help

    for what, path in upkeep.sqlite_files(store, log, state).items():
        before, after = upkeep.vacuum(path)
        click.echo(f"{what}: {path}: {before:,} bytes, now {after:,}")


@db.command()
@_STORE
@click.option(
    "--out",
    default="driftline-tables",
    show_default=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where files go.",
)
@click.option(
    "--form", default="parquet", show_default=True, type=click.Choice(["parquet", "csv"]), help="Of the files."
)
def export(store: str, out: Path, form: str) -> None:
    """Write runs and verdicts as plain files, for BI tools and for archives."""
    from driftline.cli import upkeep  # noqa: PLC0415 - quick help

    for path, rows in upkeep.export(store, out, form):
        click.echo(f"wrote {path}: {rows:,} rows")
