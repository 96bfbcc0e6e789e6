"""The report in a terminal: calm, worst first, and readable from 40 columns up."""

from collections.abc import Iterable
from io import StringIO
from typing import assert_never

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from driftline import humanize
from driftline.report import phrases
from driftline.report.base import ReportFormat
from driftline.types import Column, Dataset, Level
from driftline.verdicts.result import Finding, Result
from driftline.verdicts.sections.records import (
    Chart,
    ColumnList,
    FindingGroup,
    FindingList,
    Footer,
    Headline,
    Note,
    NoteList,
    Row,
    Schema,
    Section,
    Table,
    VerdictList,
)  # fmt: skip

STYLES = {Level.ALERT: "bold red", Level.WARNING: "bold yellow", Level.UNKNOWN: "bold cyan", Level.OK: "bold green"}
_NARROW = 60
_LABEL = 20  # of a longer one, the beginning may be shown alone
_MOST = 20
_COLUMNS = 12  # that a finding about several names
_HEADS = 6  # of more, the numbers of a row follow one another
_BLOCKS = 60


def show(result: Result, console: Console, *, details: bool = False) -> None:
    """Print the sections of a result in their order.

    Args:
        result: what to show.
        console: where to.
        details: whether to print also what is left out of a short answer.
    """
    for section in result.sections:
        if details or not section.detail:
            _show_section(section, console, details=details)
    console.print(_next_step(result))


def show_schema(columns: tuple[Column, ...], console: Console) -> None:
    """Print the schema alone."""
    title = f"Schema ({humanize.count(len(columns), 'column')})"
    _print_titled(console, title, _schema(columns, narrow=console.width < _NARROW))


def _show_section(section: Section, console: Console, *, details: bool) -> None:
    narrow = console.width < _NARROW
    match section:
        case Headline():
            _show_headline(section, console)
        case FindingList():
            _print_titled(console, section.title, _findings(section, console.width))
        case NoteList():
            _print_titled(console, section.title, _notes(section, details=details))
        case Table():
            _print_titled(console, section.title, _table(section, narrow=narrow))
        case Chart():
            _print_titled(console, section.title, _chart(section, console.width))
        case Schema():
            _print_titled(console, section.title, _schema(section.columns, narrow=narrow))
        case Footer():
            console.print(Text("\n" + phrases.visible(" · ".join(section.facts[1:3])), style="dim"))
        case ColumnList() | VerdictList():  # the tables hold their numbers
            pass
        case _:
            assert_never(section)


def _show_headline(section: Headline, console: Console) -> None:
    style = STYLES[section.level]
    console.print()
    console.print(_hang(_mark(section.level), Text(phrases.visible(section.text), style=style)))
    for word, side in (("reference", section.reference), ("current", section.current)):
        console.print(_side(word, side, console.width))
    if facts := [(name, phrases.clip(value, 40)) for name, value in section.facts if name != "model"]:
        (first, value), *rest = facts
        line = " · ".join([value, *(f"{name} {value}" for name, value in rest)])
        console.print(Text(f"  {first:<9} {line}", style="dim"))


def _side(word: str, side: Dataset, width: int) -> Text:
    rows, when = humanize.count(side.rows, "row"), phrases.time_range(side)
    room = width - 15 - len(rows)
    rest = [rows, when] if when and room - len(when) - 3 >= min(len(side.label), _LABEL) else [rows]
    room -= len(when) + 3 if len(rest) > 1 else 0
    return Text(f"  {word:<9} {' · '.join([phrases.clip(side.label, max(room, 8)), *rest])}", style="dim")


def _print_titled(console: Console, title: str, body: RenderableType) -> None:
    console.print()
    console.print(Text(title, style="bold"))
    console.print(Padding(body, (0, 0, 0, 2)))


def _hang(mark: Text, body: RenderableType) -> Grid:
    """The body beside a mark of one character."""
    grid = Grid.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=1)
    grid.add_column(overflow="fold")
    grid.add_row(mark, body)
    return grid


def _mark(level: Level, *, judged: bool = True) -> Text:
    return Text(phrases.ICONS[level], style=STYLES[level]) if judged else Text("·", style="dim")


def _dim(text: str) -> Text:
    return Text(phrases.visible(text), style="dim")


def _findings(section: FindingList, width: int) -> RenderableType:
    blocks = [block for group in section.groups[:_MOST] for block in (_finding(group, width), Text())]
    more = len(section.groups) - _MOST
    return Group(*blocks[:-1], *([_dim(f"\n… and {humanize.count(more, 'more subject')}")] if more > 0 else []))


def _finding(group: FindingGroup, width: int) -> RenderableType:
    finding = group.finding
    level, style = finding.level, STYLES[finding.level]
    head = Text.assemble((phrases.visible(finding.subject), "bold"), (f"  {phrases.SHORT[level].lower()}", style))
    if finding.begun:
        head.append(f" since {finding.begun}", style="default")
    what, _ = finding.explain()
    body = Group(head, Text(phrases.visible(what)), *_evidence(finding), *_others(group.others))
    if group.chart:
        body = Group(body, _hang(_dim("·"), _chart(group.chart, width - 4)))
    return _hang(Text(phrases.ICONS[level], style=style), body)


def _evidence(finding: Finding) -> Iterable[RenderableType]:
    """The verdicts behind a finding, each with the mark of its level."""
    _, evidence = finding.explain()
    if evidence:
        yield _hang(_mark(finding.level), _dim(evidence))
    if finding.columns:
        yield _hang(_dim("·"), _dim(f"columns: {phrases.join_names(list(finding.columns), _COLUMNS)}"))
    for verdict in finding.support[:3]:
        yield _hang(_mark(verdict.level), _dim(humanize.capitalize(verdict.reason)))
    if (more := len(finding.support) - 3) > 0:
        yield _hang(_dim("·"), _dim(f"and {humanize.count(more, 'more sign')} of the same"))


def _others(others: tuple[Finding, ...]) -> Iterable[RenderableType]:
    if others:
        worst = max((other.level for other in others), key=lambda level: level.rank)
        names = phrases.join_names([other.lead.segment or "all rows" for other in others], 5)
        yield _hang(_mark(worst), _dim(f"also: {names}"))


def _notes(section: NoteList, *, details: bool) -> RenderableType:
    shown = section.notes if details else section.notes[:_MOST]
    lines: list[RenderableType] = [_hang(_dim("·"), _note(note, details=details)) for note in shown]
    if (more := len(section.notes) - len(shown)) > 0:
        lines.append(_dim(f"… and {more:,} more"))
    return Group(*([_dim(section.lead)] if section.lead else []), *lines)


def _note(note: Note, *, details: bool) -> RenderableType:
    line = f"{phrases.join_names(note.names)}: {note.text}" if note.names else note.text
    extra = [_hang(_dim("·"), _dim(text)) for text in note.details] if details else []
    return Group(Text(phrases.visible(line)), *extra)


def _table(section: Table, *, narrow: bool) -> RenderableType:
    rows = section.rows[:_MOST]
    if narrow or len(section.heads) > _HEADS:
        body: RenderableType = Group(*(_stacked(section.heads, row) for row in rows))
    else:
        body = _grid(section.heads, rows)
    tail = [_dim(f"… and {humanize.count(len(section.rows) - _MOST, 'more row')}")] if len(section.rows) > _MOST else []
    caption = [_dim(section.caption)] if section.caption else []
    return Group(*caption, body, *tail)


def _grid(heads: tuple[str, ...], rows: tuple[Row, ...]) -> Grid:
    marked = any(row.verdict for row in rows)
    grid = Grid(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    if marked:
        grid.add_column("", width=1, no_wrap=True)
    grid.add_column(phrases.visible(heads[0]).lower(), overflow="fold")
    for head in heads[1:]:
        grid.add_column(phrases.clip(head.lower(), 24), justify="right", no_wrap=True)
    for row in rows:
        first, *rest = (phrases.clip(str(cell), 60) for cell in row.cells)
        mark = [_mark(row.verdict.level, judged=row.verdict.judged) if row.verdict else Text("")] if marked else []
        grid.add_row(*mark, Text(first), *(Text(cell) for cell in rest))
    return grid


def _stacked(heads: tuple[str, ...], row: Row) -> RenderableType:
    """A row whose numbers follow one another, each after its head."""
    first, *rest = (phrases.visible(str(cell)) for cell in row.cells)
    numbers = [f"{head.lower()} {cell}" for head, cell in zip(heads[1:], rest, strict=True) if cell and cell != "–"]
    mark = _mark(row.verdict.level, judged=row.verdict.judged) if row.verdict else _dim("·")
    return _hang(mark, Group(Text(first, style="bold"), _dim(" · ".join(numbers))))


def _chart(section: Chart, width: int) -> RenderableType:
    lines = phrases.sketch_chart(section, min(_BLOCKS, width - 16))
    names = max((len(name) for name, _ in lines), default=0)
    rows = [Text.assemble((f"{name:<{names}}  ", "dim"), blocks) for name, blocks in lines]
    return Group(*rows, _dim(phrases.chart_axes(section)))


def _schema(columns: tuple[Column, ...], *, narrow: bool) -> RenderableType:
    grid = Grid(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    grid.add_column("column", overflow="ellipsis", no_wrap=True)
    for head in ("kind", "role", *(() if narrow else ("type",))):
        grid.add_column(head, no_wrap=True, overflow="ellipsis")
    for column in columns[:_MOST]:
        mark = Text("?" if column.guessed else "", style="dim")
        name, role = Text(phrases.clip(column.name, 18 if narrow else 60)), Text(column.role.value) + mark
        kind_mark = Text("?" if column.kind_guessed else "", style="dim")
        cells = [name, Text(column.kind.value) + kind_mark, role]
        kind, source = phrases.type_name(column.dtype).split("(")[0], column.name.partition(".")[0]
        grid.add_row(*cells, *([] if narrow else [_dim(kind.removesuffix(f" of {source}"))]))
    notes = []
    if len(columns) > _MOST:
        notes.append(f"… and {humanize.count(len(columns) - _MOST, 'more column')}")
    if any(column.kind_guessed for column in columns):
        notes.append("? guessed from the reference")
    return Group(grid, _dim(" · ".join(notes))) if notes else grid


def _next_step(result: Result) -> Text:
    few = result.level is Level.UNKNOWN
    step = "judge more rows at once, such as several days" if few else "see more with --details or --html report.html"
    return Text(f"Next: {step}", style="dim")


def _render(result: Result) -> str:
    page = StringIO()
    show(result, Console(file=page, width=80, no_color=True, highlight=False, legacy_windows=False))
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines()) + "\n"


terminal = ReportFormat((), _render)
