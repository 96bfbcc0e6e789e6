"""`driftline migrate`: copies a store, such as from SQLite to PostgreSQL."""

from collections import Counter

import click

from driftline.cli.stores import open_existing_store
from driftline.errors import ConfigError
from driftline.stores.base import open_store
from driftline.stores.copy import copy_store


@click.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def migrate(source: str, target: str) -> None:
    """Copy all that the store FROM keeps into the store TO.

    TO is made where there is none. Both are URLs, such as sqlite:///driftline.db, postgresql://me@host/db and
    mongodb://host/db. It may be stopped and begun again: what is there already is not copied again. FROM stays as it
    is. Stop what writes to it, or migrate once more afterwards.
    """
    if source == target:
        raise ConfigError(f"{source}: a store cannot be copied into itself; name another one")
    new: Counter[str] = Counter()
    with open_existing_store(source) as old, open_store(target) as opened:
        for table, rows in copy_store(old, opened):
            new[table] += rows
    for table, rows in new.items():
        click.echo(f"{table}: {rows:,} new or changed")
    if not new:
        click.echo("nothing is there to copy")
