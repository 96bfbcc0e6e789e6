"""`driftline references`: the versions of each model's reference that a store keeps."""

from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from driftline import humanize
from driftline.cli.options import store_option
from driftline.cli.stores import open_existing_store
from driftline.data.atomic import write_atomic
from driftline.errors import ConfigError, PackError
from driftline.report import phrases
from driftline.stores import pack
from driftline.stores.base import Store
from driftline.stores.records import StoredPack


@click.command()
@store_option
@click.option("--model", metavar="NAME", help="Only this model.")
@click.option("--plan", metavar="PLAN", help="Only the version of this plan: the name at the beginning of its line.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="F", help="Write that version as a pack to F.")
def references(url: str, model: str | None, plan: str | None, output: Path | None) -> None:
    """List the versions of each model's reference.

    The newest come first. A store keeps the pack of each plan that its windows were judged by; `-o` writes one back, to
    go on with an earlier reference.
    """
    with open_existing_store(url) as store:
        found = [each for each in store.packs(model) if plan in {None, each.plan}]
        if output is None:
            return print_references(store, found, Console(highlight=False))
        if len(found) != 1:
            raise ConfigError(f"{humanize.count(len(found), 'reference')} to write; name one by --model and --plan")
        data = store.pack(found[0].model, found[0].plan)
    write_atomic(output, data or b"")
    click.echo(f"wrote {output}")
    return None


def print_references(store: Store, found: list[StoredPack], console: Console) -> None:
    """Print the plan of each version, its model, when it was kept, and the rows that it is of."""
    for each in found:
        line = f"{each.plan}  {each.model}: since {humanize.moment(each.saved)}, {describe_rows(store, each)}"
        console.print(Text(phrases.visible(line)))
    if not found:
        console.print("no references")


def describe_rows(store: Store, kept: StoredPack) -> str:
    """The rows of a reference: where from, how many, and of which time."""
    try:
        dataset = pack.parse(store.pack(kept.model, kept.plan) or b"", "the store's pack").dataset
    except PackError as error:
        return f"cannot be read: {error}"
    times = f", {dataset.start[:10]} to {dataset.end[:10]}" if dataset.start and dataset.end else ""
    return f"{humanize.count(dataset.rows, 'row')} of {dataset.label}{times}"
