"""A line for each watched window, and one for each incident, in the terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from driftline import humanize, registry
from driftline.alerts.incidents import Incident
from driftline.report.formats.terminal import STYLES
from driftline.types import Level

if TYPE_CHECKING:
    from driftline.alerts.watch import Watched


def told(outcomes: "Sequence[Watched]", console: Console) -> int:
    """Print what was watched; 1 if there was an incident, else 0."""
    last: dict[str, Incident] = {}
    for outcome in outcomes:
        result = outcome.result
        start = (result.current.start or "")[:16].replace("T", " ")
        line = Text.assemble(
            f"{start}  {result.current.rows:>9,} rows  ", (f"{result.level.value:<7}", STYLES[result.level])
        )
        for incident in outcome.incidents:
            if incident in outcome.opened:
                line.append(f"  opens: {incident.headline}", STYLES[Level.ALERT])
            elif not incident.is_open:
                line.append(f"  over: {incident.headline}")
            elif joined := [each.subject for each in incident.members if each.joined == incident.updated]:
                line.append(f"  joins: {', '.join(joined)}", STYLES[Level.ALERT])
            last[incident.id] = incident
        console.print(line, soft_wrap=True)
    console.print()
    for incident in last.values():
        console.print(Text(f"{incident.headline}", "bold"), soft_wrap=True)
        between = (
            f" (between {incident.earliest} and {incident.latest})" if incident.earliest != incident.latest else ""
        )
        end = f"over at {incident.closed}" if incident.closed else "still open"
        console.print(Text(f"  since {incident.since}{between}; {end}"), soft_wrap=True)
        console.print(Text(f"  {incident.reason}"), soft_wrap=True)
        for each in incident.members[1:]:
            far = "" if each.beyond is None else f", up to {humanize.number(each.beyond)} times what is tolerated"
            console.print(
                Text(f"  with {each.subject}: {registry.find('metrics', each.metric).title}{far}"), soft_wrap=True
            )
    console.print(f"{len(last)} incident{'' if len(last) == 1 else 's'} in {len(outcomes)} windows")
    return 1 if last else 0
