"""`driftline incidents`: the incidents that a store keeps, a line each."""

import click
from rich.console import Console
from rich.text import Text

from driftline.cli.incidents import summarize
from driftline.cli.options import store_option
from driftline.cli.stores import open_existing_store
from driftline.report import phrases
from driftline.stores.base import Store
from driftline.types import IncidentState


@click.command()
@store_option
@click.option("--model", metavar="NAME", help="Only this model.")
@click.option(
    "--state", "states", type=click.Choice(IncidentState, case_sensitive=False), multiple=True,
    help="Only those in this state, over or not; may be repeated.",
)  # fmt: skip
@click.option("--all", "whole", is_flag=True, help="Those that are over, too.")
def incidents(url: str, model: str | None, states: tuple[IncidentState, ...], whole: bool) -> None:
    """List incidents that are open, acknowledged or muted.

    The newest come first. Each line begins with the id that `driftline incident` takes.
    """
    with open_existing_store(url) as store:
        print_incidents(store, Console(highlight=False), model, states, whole=whole)


def print_incidents(
    store: Store, console: Console, model: str | None = None, states: tuple[IncidentState, ...] = (), *,
    whole: bool = False,
) -> None:  # fmt: skip
    """Print the id of each incident, what it is about, since when, and who has it."""
    found = store.incidents(model, states=states or None, closed=None if whole or states else False)
    shown = [each for each in found if whole or states or each.is_open]
    for each in shown:
        console.print(Text(phrases.visible(f"{each.id}  {each.model}: {summarize(each)}")))
    if not shown:
        console.print("no incidents" if whole or states else "no open incidents")
