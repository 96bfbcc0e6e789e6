"""Shows an incident on the terminal."""

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from driftline import humanize, registry
from driftline.alerts.incidents import Incident
from driftline.report import phrases


def print_incident(incident: Incident, sentence: str, console: Console) -> None:
    """Print what happened, since when, and the further members of an incident."""
    console.print(Text(phrases.visible(sentence), "bold"))
    earliest, latest = humanize.moment(incident.earliest), humanize.moment(incident.latest)
    between = f" (between {earliest} and {latest})" if earliest != latest else ""
    end = f"over at {humanize.moment(incident.closed)}" if incident.closed else f"still open, as {incident.id}"
    end = incident.acceptance or end
    print_indented(f"since {humanize.moment(incident.since)}{between}; {end}", console)
    print_indented(incident.reason, console, "dim")
    for member in incident.members[1:]:
        times = "" if member.beyond is None else f", up to {humanize.number(member.beyond)} times the limit"
        title = registry.find("metrics", member.metric).title
        print_indented(f"with {member.subject}: {title}{times}", console, "dim")
    for event in incident.events:
        print_indented(f"then, since {humanize.moment(event.since)}, {event.subject}: {event.reason}", console, "dim")


def print_indented(text: str, console: Console, style: str = "") -> None:
    """Print a line of an incident, below its sentence."""
    console.print(Padding(Text(phrases.visible(text), style), (0, 0, 0, 2)))
