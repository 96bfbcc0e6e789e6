"""Shows an incident on the terminal."""

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from driftline import humanize, registry
from driftline.alerts.incidents import Incident
from driftline.report import phrases
from driftline.windows import show_local


def print_incident(incident: Incident, sentence: str, console: Console, zone: str = "") -> None:
    """Print what happened, since when by the clock of a zone, and the further members of an incident."""
    console.print(Text(phrases.visible(sentence), "bold"))
    since, earliest, latest, closed = (
        humanize.moment(show_local(time, zone))
        for time in (incident.since, incident.earliest, incident.latest, incident.closed)
    )
    between = f" (between {earliest} and {latest})" if earliest != latest else ""
    end = f"over at {closed}" if incident.closed else "still open"
    print_indented(f"since {since}{between}; {end}", console)
    print_indented(incident.reason, console, "dim")
    for member in incident.members[1:]:
        times = "" if member.beyond is None else f", up to {humanize.number(member.beyond)} times the limit"
        title = registry.find("metrics", member.metric).title
        print_indented(f"with {member.subject}: {title}{times}", console, "dim")


def print_indented(text: str, console: Console, style: str = "") -> None:
    """Print a line of an incident, below its sentence."""
    console.print(Padding(Text(phrases.visible(text), style), (0, 0, 0, 2)))
