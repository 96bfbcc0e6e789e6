"""What the story says: a line a day, and whether each day came out as declared."""

from dataclasses import dataclass
from datetime import datetime

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from driftline import humanize
from driftline.cli.demo.faults import INCIDENTS, Incident
from driftline.types import Level
from driftline.verdicts.result import Result

COLOURS = {Level.OK: "green", Level.UNKNOWN: "dim", Level.WARNING: "yellow", Level.ALERT: "bold red"}


@dataclass(frozen=True)
class Day:
    """One judged day: what was done to it, if anything, and what the check says."""

    date: datetime
    incident: Incident | None
    result: Result

    @property
    def loud(self) -> tuple[str, ...]:
        """What the alerts are about."""
        return tuple(finding.subject for finding in self.result.findings if finding.level is Level.ALERT)

    @property
    def due(self) -> tuple[str, ...]:
        """Of which one must be named in an alert; empty on a day that must stay quiet."""
        return self.incident.named if self.incident else ()

    @property
    def wrong(self) -> str:
        """How the verdict differs from what is declared, in words; empty where it does not."""
        if self.due and not set(self.due) & set(self.loud):
            return f"{self.date:%Y-%m-%d}: expected an alert on {' or '.join(self.due)}, got {_listed(self.loud)}"
        if self.loud and not self.due:
            return f"{self.date:%Y-%m-%d}: expected a quiet day, got an alert on {_listed(self.loud)}"
        return ""

    @property
    def harmless(self) -> str:
        """Changes of the schema that are worth a word and no alarm; empty where there are none."""
        told: dict[str, list[str]] = {}
        for verdict in self.result.notable:
            if verdict.family == "schema":
                told.setdefault(verdict.title, []).append(verdict.column or "the rows")
        return "; ".join(f"{title}, harmless: {humanize.listing(names)}" for title, names in told.items())

    def line(self) -> str:
        """Date, rows, level and why, with rich's markup."""
        findings, level = self.result.findings, self.result.level
        mark = f"[{COLOURS[level]}]{level.value:<7}[/]"
        start = f"{self.date:%a %Y-%m-%d} {self.result.current.rows:>6,} rows  {mark}"
        if not findings:
            return f"{start}  {escape(self.harmless)}".rstrip()
        starts = [finding.since for finding in findings if finding.since]
        since = f"; since {min(starts)[11:16]}" if starts else ""
        also = f"; also {humanize.listing([finding.subject for finding in findings[1:]])}" if findings[1:] else ""
        return f"{start}  {escape(f'{findings[0].change}{also}{since}')}"


def summarise(days: list[Day], console: Console) -> int:
    """Say which broken days were found and which quiet ones stayed quiet; 0 if all is as declared, else 1."""
    table = Table("broken on purpose", "what was done", "outcome", box=None, pad_edge=False)
    for incident in INCIDENTS:
        own = [day for day in days if day.incident is incident]
        failed = [f"{day.date:%d}" for day in own if day.wrong]
        good = f"found: {incident.named[0]}" if incident.named else "stayed quiet, as it should"
        bad = f"[red]{'missed' if incident.named else 'false alert'} on {', '.join(failed)}[/]"
        table.add_row(", ".join(f"{day.date:%b %d}" for day in own), incident.done, bad if failed else good)
    console.print(table)
    quiet = [day for day in days if not day.due]
    say(console, f"Quiet days: {sum(not day.loud for day in quiet)} of {len(quiet)} stayed quiet.")
    wrong = [day.wrong for day in days if day.wrong]
    say(console, "The story did not come out as declared:" if wrong else "The story came out as declared.")
    for text in wrong:
        say(console, f"  {text}")
    return 1 if wrong else 0


def say(console: Console, text: str) -> None:
    """A plain line: not wrapped, not coloured, its brackets no markup."""
    console.print(text, soft_wrap=True, highlight=False, markup=False)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"
