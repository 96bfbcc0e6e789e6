"""Shows an incident on the terminal."""

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from driftline import humanize
from driftline.alerts.incidents import Incident
from driftline.report import phrases
from driftline.windows import show_local


def print_incident(incident: Incident, console: Console, zone: str = "") -> None:
    """Print what happened, since when by the clock of a zone, the evidence, and what happened to further members."""
    first, *others = incident.members
    console.print(Text(phrases.visible(first.change), "bold"))
    since, earliest, latest, closed = (
        humanize.moment(show_local(time, zone))
        for time in (incident.since, incident.earliest, incident.latest, incident.closed)
    )
    between = f" (between {earliest} and {latest})" if earliest != latest else ""
    end = incident.acceptance or (f"over at {closed}" if incident.closed else f"still open, as {incident.id}")
    print_indented(f"since {since}{between}; {end}", console)
    print_indented(incident.reason, console, "dim")
    for member in others:
        times = "" if member.beyond is None else f" (up to {humanize.number(member.beyond)} times the limit)"
        print_indented(f"with {member.change}{times}", console, "dim")
    for event in incident.events:
        print_indented(f"then, since {humanize.moment(show_local(event.since, zone))}: {event.change}", console, "dim")


def print_indented(text: str, console: Console, style: str = "") -> None:
    """Print a line of an incident, below its sentence."""
    console.print(Padding(Text(phrases.visible(text), style), (0, 0, 0, 2)))
