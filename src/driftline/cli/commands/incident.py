"""`driftline incident`: one incident, and what a person does to it."""

import re
from datetime import UTC, datetime, timedelta

import click
from rich.console import Console

from driftline.cli.incidents import describe_state, print_stored
from driftline.cli.options import find_user, parse_time, store_option
from driftline.cli.stores import open_existing_store
from driftline.report import phrases
from driftline.types import Action
from driftline.windows import seconds

_ACTIONS = {action.value.replace("_", "-"): action for action in Action}
_WIDTH = re.compile(r"[1-9]\d{0,4}[mhdw]", re.ASCII)


@click.command()
@click.argument("incident_id", metavar="ID")
@click.argument("action", required=False, type=click.Choice(list(_ACTIONS)))
@store_option
@click.option("--by", metavar="NAME", help="Who does it; your user name by default.")
@click.option("--note", default="", metavar="TEXT", help="Why, such as: new tariff.")
@click.option("--until", metavar="TIME", help="When a mute ends: a time, or how long from now, such as 8h or 3d.")
def incident(incident_id: str, action: str | None, url: str, by: str | None, note: str, until: str | None) -> None:
    """Show an incident, or record what you do to it.

    ID is its id, from `driftline incidents`. acknowledge: you have it. mute: nobody is told until a time. note: keep a
    remark. accept: it is the new normal; it ends with the next window, and does not open again at that level. resolve:
    it is mended; it ends with the next window, and what still lasts then opens a new one. false-alarm: nobody is told
    any more; it stays listed as one. reopen: take back an acknowledgement, a mute or a false alarm. A server takes it
    up by itself, `driftline watch` with the same --store.
    """
    with open_existing_store(url) as store:
        if action is None:
            return print_stored(store.incident(incident_id), Console(highlight=False))
        done = store.act_on_incident(incident_id, _ACTIONS[action], by or find_user(), note, parse_end(until))
    click.echo(f"{phrases.visible(describe_state(done))}: {phrases.visible(done.headline)}")
    return None


def parse_end(text: str | None) -> datetime | None:
    """When a mute ends: the time of a text, or so long from now; a time without an offset is UTC.

    Raises:
        ConfigError: when it is neither.
    """
    if text is not None and _WIDTH.fullmatch(text):
        return datetime.now(UTC) + timedelta(seconds=seconds(text))
    return parse_time(text, "--until")
