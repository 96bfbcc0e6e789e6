"""`driftline accept`: takes an incident for the new normal."""

import getpass

import click
from rich.console import Console
from rich.text import Text

from driftline import humanize
from driftline.cli.stores import open_existing_store
from driftline.errors import ConfigError
from driftline.report import phrases
from driftline.stores.base import Store


@click.command()
@click.argument("incident", required=False)
@click.option(
    "--store", "url", default="sqlite:///driftline.db", show_default=True, metavar="URL",
    help="Where the server, or watch --store, keeps results.",
)  # fmt: skip
@click.option("--by", metavar="NAME", help="Who accepts it; your user name by default.")
@click.option("--note", default="", metavar="TEXT", help="Why, such as: new tariff.")
def accept(incident: str | None, url: str, by: str | None, note: str) -> None:
    """Accept an incident as the new normal, or list the open ones.

    INCIDENT is its id. It ends with the next window, as "accepted by NAME", and does not open again at that level; half
    as much again, or another kind of finding, opens one. A server takes it up by itself, `driftline watch` with the
    same --store.
    """
    with open_existing_store(url) as store:
        if incident is None:
            return list_open(store, Console(highlight=False))
        name = by or _find_user()
        accepted = store.accept_incident(incident, name, note)
    click.echo(f"accepted by {phrases.visible(name)}: {phrases.visible(accepted.headline)}")
    return None


def list_open(store: Store, console: Console) -> None:
    """Print the id of each incident that is open and was not accepted, what it is about, and since when."""
    found = [each for each in store.incidents(accepted=False) if each.closed is None]
    for each in found:
        since = f"; since {humanize.moment(each.since)}" if each.since else ""
        console.print(
            Text(f"{phrases.visible(each.id)}  {phrases.visible(each.model)}: {phrases.visible(each.headline)}{since}")
        )
    if not found:
        console.print("no open incidents")


def _find_user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:  # a container without names of users
        raise ConfigError("nobody knows your user name here; say who accepts it with --by NAME") from error
