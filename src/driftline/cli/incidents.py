"""Shows an incident on the terminal."""

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from driftline import humanize
from driftline.alerts.incidents import Incident
from driftline.report import phrases


def print_incident(incident: Incident, console: Console) -> None:
    """Print what happened, since when, the evidence, and what happened to the further members of an incident."""
    first, *others = incident.members
    console.print(Text(phrases.visible(first.change), "bold"))
    earliest, latest = humanize.moment(incident.earliest), humanize.moment(incident.latest)
    between = f" (between {earliest} and {latest})" if earliest != latest else ""
    end = f"over at {humanize.moment(incident.closed)}" if incident.closed else f"still open, as {incident.id}"
    end = incident.acceptance or end
    print_indented(f"since {humanize.moment(incident.since)}{between}; {end}", console)
    print_indented(incident.reason, console, "dim")
    for member in others:
        times = "" if member.beyond is None else f", up to {humanize.number(member.beyond)} times the limit"
        print_indented(f"with {member.change}{times}", console, "dim")
    for event in incident.events:
        print_indented(f"then, since {humanize.moment(event.since)}: {event.change}", console, "dim")


def print_indented(text: str, console: Console, style: str = "") -> None:
    """Print a line of an incident, below its sentence."""
    console.print(Padding(Text(phrases.visible(text), style), (0, 0, 0, 2)))
