"""Shows an incident on the terminal: as it was just watched, or as a store keeps it."""

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from driftline import humanize
from driftline.alerts.incidents import Incident
from driftline.report import phrases
from driftline.stores.incident_life import describe
from driftline.stores.records import StoredIncident
from driftline.types import IncidentState
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


def print_stored(incident: StoredIncident, console: Console) -> None:
    """Print what happened, since when, the evidence, and what people did."""
    console.print(Text(phrases.visible(f"{incident.model}: {incident.headline}"), "bold"))
    since, earliest, latest = map(humanize.moment, (incident.since, incident.earliest, incident.latest))
    between = f" (between {earliest} and {latest})" if earliest != latest else ""
    print_indented(f"{incident.level.value}, {describe_state(incident)}", console)
    print_indented(f"since {since or 'unknown'}{between}; last seen {humanize.moment(incident.updated)}", console)
    for member in incident.members[1:]:
        print_indented(f"with {member.change}", console)
    for sentence in incident.evidence or (incident.reason,):
        print_indented(sentence, console, "dim")
    for done in incident.actions:
        until = f" until {humanize.moment(done.until)}" if done.until else ""
        note = f": {done.note}" if done.note else ""
        print_indented(f"{humanize.moment(done.at)}  {done.person}: {describe(done.action)}{until}{note}", console)


def summarize(incident: StoredIncident) -> str:
    """What an incident is about, since when, and its state where that is not `open`."""
    since = f"; since {humanize.moment(incident.since)}" if incident.since else ""
    state = describe_state(incident)
    return f"{incident.headline}{since}" + (f"; {state}" if state != IncidentState.OPEN else "")


def describe_state(incident: StoredIncident) -> str:
    """Where an incident is in its life, until when or by whom.

    >>> from driftline.testing.incidents import sample_incident
    >>> describe_state(sample_incident("a"))
    'open'
    """
    if incident.state is IncidentState.MUTED and incident.muted_until:
        return f"muted until {humanize.moment(incident.muted_until)}"
    if incident.state is IncidentState.ACKNOWLEDGED:
        return f"acknowledged by {incident.owner}"
    over = "over; " if incident.closed and incident.state is not IncidentState.RESOLVED else ""
    return over + incident.state.value.replace("_", " ")


def print_indented(text: str, console: Console, style: str = "") -> None:
    """Print a line of an incident, below its sentence."""
    console.print(Padding(Text(phrases.visible(text), style), (0, 0, 0, 2)))
