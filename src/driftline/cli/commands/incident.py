"""`driftline incident`: one incident, and what a person does to it."""

import re
from datetime import UTC, datetime, timedelta

import click
from rich.console import Console

from driftline import humanize
from driftline.alerts.preview import Preview, preview_acceptance
from driftline.cli.incidents import describe_state, print_indented, print_stored
from driftline.cli.options import find_user, parse_time, store_option
from driftline.cli.stores import open_existing_store
from driftline.errors import ConfigError
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
@click.option("--preview", is_flag=True, help="Show what would have alerted since, if it were accepted; keep nothing.")
def incident(  # noqa: PLR0913 - each is an option
    incident_id: str, action: str | None, url: str, by: str | None, note: str, until: str | None, *, preview: bool
) -> None:
    """Show an incident, or record what you do to it.

    ID is its id, from `driftline incidents`. acknowledge: you have it. mute: nobody is told until a time. note: keep a
    remark. accept: it is the new normal; it ends with the next window, and does not open again at that level. resolve:
    it is mended; it ends with the next window, and what still lasts then opens a new one. false-alarm: nobody is told
    any more; it stays listed as one. reopen: take back an acknowledgement, a mute or a false alarm. A server takes it
    up by itself, `driftline watch` with the same --store.
    """
    if preview and action not in {None, "accept"}:
        raise ConfigError(f"--preview shows what accepting would do; {action} has none")
    with open_existing_store(url) as store:
        if preview:
            return print_preview(preview_acceptance(store, incident_id), Console(highlight=False))
        if action is None:
            return print_stored(store.incident(incident_id), Console(highlight=False))
        done = store.act_on_incident(incident_id, _ACTIONS[action], by or find_user(), note, parse_end(until))
    click.echo(f"{phrases.visible(describe_state(done))}: {phrases.visible(done.headline)}")
    return None


def print_preview(found: Preview, console: Console) -> None:
    """Print what would have alerted since an incident opened, if it had been accepted."""
    windows = humanize.count(found.windows, "window")
    console.print(f"{windows} since it opened, {found.alerting} with an alert; accepted, {len(found.left)} would have")
    for start, subjects in found.left:
        print_indented(f"{humanize.moment(start)}  {phrases.join_names(list(subjects))}", console)


def parse_end(text: str | None) -> datetime | None:
    """When a mute ends: the time of a text, or so long from now; a time without an offset is UTC.

    Raises:
        ConfigError: when it is neither.
    """
    if text is not None and _WIDTH.fullmatch(text):
        return datetime.now(UTC) + timedelta(seconds=seconds(text))
    return parse_time(text, "--until")
