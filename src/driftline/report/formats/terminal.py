"""The report in a terminal: calm, worst first, and readable from 40 columns up."""

from collections.abc import Iterable
from io import StringIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from driftline import humanize
from driftline.report import phrases
from driftline.report.base import ReportFormat
from driftline.types import Column, Dataset, Level, Verdict
from driftline.verdicts.result import Finding, Result

STYLES = {Level.ALERT: "bold red", Level.WARNING: "bold yellow", Level.UNKNOWN: "bold cyan", Level.OK: "bold green"}
_NARROW = 60
_MOST = 20


def show(result: Result, console: Console) -> None:
    """Print the whole report: headline, schema, findings, harmless changes, performance and what to do next."""
    narrow = console.width < _NARROW
    console.print()
    console.print(_line(result.level, result.headline))
    for word, side in (("reference", result.reference), ("current", result.current)):
        console.print(_side(word, side, narrow=narrow))
    _section(console, "Findings", _findings(result.findings))
    _section(console, "Changed, but harmless", _harmless(result.notable))
    _section(console, "Performance", _performance(result, narrow=narrow))
    show_schema(result.columns, console)
    for note in result.notes:
        console.print(Padding(_hanging(Text("i", style="dim"), Text(phrases.visible(note), style="dim")), (1, 0, 0, 2)))
    console.print(_footer(result))


def show_schema(columns: tuple[Column, ...], console: Console) -> None:
    """Print the schema alone."""
    _section(
        console, f"Schema ({humanize.count(len(columns), 'column')})", _schema(columns, narrow=console.width < _NARROW)
    )


def _section(console: Console, title: str, body: RenderableType | None) -> None:
    if body is not None:
        console.print()
        console.print(Text(title, style="bold"))
        console.print(Padding(body, (0, 0, 0, 2)))


def _line(level: Level, text: str) -> RenderableType:
    return _hanging(Text(phrases.ICONS[level], style=STYLES[level]), Text(phrases.visible(text), style=STYLES[level]))


def _hanging(mark: Text, body: RenderableType) -> Table:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=1)
    grid.add_column(overflow="fold")
    grid.add_row(mark, body)
    return grid


def _side(word: str, side: Dataset, *, narrow: bool) -> Text:
    when = phrases.times(side)
    parts = [phrases.clipped(side.label, 24 if narrow else 40), humanize.count(side.rows, "row")]
    parts += [when] if when and not narrow else []
    return Text(f"  {word:<9} {' · '.join(parts)}", style="dim")


def _schema(columns: tuple[Column, ...], *, narrow: bool) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    for head in ("column", "kind", "role", *(() if narrow else ("type",))):
        table.add_column(head, no_wrap=True, overflow="ellipsis")
    for column in columns[:_MOST]:
        mark = Text("?" if column.guessed else "", style="dim")
        name, role = Text(phrases.clipped(column.name, 18 if narrow else 32)), Text(column.role.value) + mark
        cells = [
            name,
            Text(column.kind.value) + mark,
            role,
            Text(phrases.clipped(phrases.type_name(column.dtype).split("(")[0], 18), style="dim"),
        ]
        table.add_row(*cells[: 3 if narrow else 4])
    told = []
    if len(columns) > _MOST:
        told.append(f"… and {humanize.count(len(columns) - _MOST, 'more column')}")
    if any(column.guessed for column in columns):
        told.append("? guessed from the reference")
    return Group(table, Text(" · ".join(told), style="dim")) if told else table


def _findings(findings: tuple[Finding, ...]) -> RenderableType | None:
    if not findings:
        return None
    groups = phrases.gathered(findings)
    blocks = [block for finding, others in groups[:_MOST] for block in (_finding(finding, others), Text())]
    more = len(groups) - _MOST
    tail = [Text(f"\n… and {humanize.count(more, 'more subject')}", style="dim")] if more > 0 else []
    return Group(*blocks[:-1], *tail)


def _finding(finding: Finding, others: list[Finding]) -> RenderableType:
    style = STYLES[finding.level]
    subject = phrases.visible(finding.subject)
    head = Text.assemble((subject, "bold"), (f"  {phrases.SHORT[finding.level].lower()}", style))
    if finding.since:
        head.append(f" since {phrases.moment(finding.since)}", style="default")
    what, evidence = phrases.explain(finding)
    also = [*filter(None, [evidence]), *(phrases.sentence(item.reason) for item in finding.verdicts[1:4])]
    if len(finding.verdicts) > 4:
        also.append(f"and {humanize.count(len(finding.verdicts) - 4, 'more sign')} of the same")
    if others:
        shown = [phrases.clipped(each.lead.segment or "all rows", 40) for each in others[:5]]
        also.append(f"also: {', '.join(shown)}{f' and {len(others) - 5} more' if len(others) > 5 else ''}")
    dot = Text("·", style="dim")
    lines = [_hanging(dot, Text(phrases.visible(line), style="dim")) for line in also]
    body = Group(head, Text(phrases.visible(what)), *lines)
    return _hanging(Text(phrases.ICONS[finding.level], style=style), body)


def _harmless(verdicts: tuple[Verdict, ...]) -> RenderableType | None:
    groups = phrases.together(verdicts)
    if not groups:
        return None
    lines: list[RenderableType] = []
    for level, names, reason in groups[:_MOST]:
        shown = ", ".join(phrases.clipped(name, 40) for name in names[:6])
        more = f" and {len(names) - 6} more" if len(names) > 6 else ""
        body = Group(Text(f"{shown}{more}", style="bold"), Text(phrases.visible(reason), style="dim"))
        lines.append(_hanging(Text(phrases.ICONS[level], style=STYLES[level]), body))
    if len(groups) > _MOST:
        lines.append(Text(f"… and {len(groups) - _MOST:,} more", style="dim"))
    return Group(*lines)


def _performance(result: Result, *, narrow: bool) -> RenderableType | None:
    known = [verdict for verdict in result.verdicts if verdict.family == "performance" and verdict.value is not None]
    if not known:
        return None
    if narrow:
        return Group(*(_stacked(verdict) for verdict in known[:_MOST]))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    table.add_column("", min_width=1, no_wrap=True)
    table.add_column("metric", overflow="ellipsis", no_wrap=True, max_width=20)
    table.add_column("where", overflow="ellipsis", no_wrap=True, max_width=16)
    for head in ("reference", "current", "interval"):
        table.add_column(head, justify="right", no_wrap=True)
    for row in _performance_rows(known[:_MOST]):
        table.add_row(*row)
    more = len(known) - _MOST
    return Group(table, Text(f"… and {humanize.count(more, 'more row')}", style="dim")) if more > 0 else table


def _performance_rows(verdicts: Iterable[Verdict]) -> Iterable[list[Text]]:
    for verdict in verdicts:
        yield [
            _mark(verdict),
            Text(phrases.sentence(verdict.title)),
            Text(phrases.visible(verdict.segment or "all rows"), style="" if verdict.segment else "dim"),
            Text(phrases.quantity(verdict.reference, verdict.unit), style="dim"),
            Text(phrases.quantity(verdict.value, verdict.unit)),
            Text(phrases.interval(verdict), style="dim"),
        ]


def _stacked(verdict: Verdict) -> RenderableType:
    head = Text.assemble(phrases.sentence(verdict.title), (f"  {phrases.clipped(verdict.segment or '', 24)}", "dim"))
    numbers = Text.assemble(phrases.change(verdict), (f" {phrases.interval(verdict)}", "dim"))
    return _hanging(_mark(verdict), Group(head, numbers))


def _mark(verdict: Verdict) -> Text:
    return Text(phrases.ICONS[verdict.level], style=STYLES[verdict.level]) if verdict.judged else Text("·", style="dim")


def _footer(result: Result) -> Text:
    levels = phrases.tally(result.verdicts)
    told = ", ".join(phrases.counted(level, n) for level, n in levels.items())
    text = Text(f"\n{sum(levels.values()):,} verdicts ({told}) in {result.elapsed:.1f} s", style="dim")
    few = result.level is Level.UNKNOWN
    step = "judge more rows at once, such as several days" if few else "see the pictures with --html report.html"
    return text.append(f"\nNext: {step}", style="dim")


def _render(result: Result) -> str:
    page = StringIO()
    show(result, Console(file=page, width=80, no_color=True, highlight=False, legacy_windows=False))
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines()) + "\n"


terminal = ReportFormat((), _render)
