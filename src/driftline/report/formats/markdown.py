"""The report for a pull request or a CI summary: GitHub-flavoured Markdown, short enough for one comment."""

import re
from collections.abc import Iterable
from typing import assert_never

from driftline import humanize
from driftline.report import phrases
from driftline.report.base import ReportFormat
from driftline.types import Dataset, Level, Verdict
from driftline.verdicts.result import Result
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
    Tally,
    VerdictList,
)  # fmt: skip

_MARKS = {Level.ALERT: "🔴", Level.WARNING: "🟠", Level.UNKNOWN: "⚪", Level.OK: "🟢"}
_MOST = 25
_LONGEST = 60_000  # characters; GitHub takes 65,536 in a comment
_BLOCKS = 60


def _render(result: Result) -> str:
    """All sections; where they would not fit one comment, the last ones that are details are left out."""
    parts = [(section.detail, _render_section(section).strip("\n")) for section in result.sections]
    while sum(len(text) + 2 for _, text in parts) > _LONGEST and any(detail for detail, _ in parts):
        del parts[max(at for at, (detail, _) in enumerate(parts) if detail)]
    return "\n\n".join(text for _, text in parts if text) + "\n"


def _render_section(section: Section) -> str:
    match section:
        case Headline():
            return _headline(section)
        case FindingList():
            return f"#### {section.title}\n\n{_findings(section)}"
        case NoteList():
            return _place(section, _notes(section))
        case Table():
            return _place(section, _table(section))
        case Chart():
            return _place(section, _chart(section))
        case Schema():
            return _fold(section.title, _schema(section))
        case Footer():
            return f"<sub>{_text(' · '.join(section.facts))}</sub>"
        case ColumnList() | VerdictList():  # the tables hold their numbers; all of them would not fit one comment
            return ""
        case _:
            assert_never(section)


def _place(section: NoteList | Table | Chart, body: str) -> str:
    return _fold(section.title, body) if section.detail else f"#### {_text(section.title)}\n\n{body}"


def _headline(section: Headline) -> str:
    sides = f"{_side('current', section.current)}, against {_side('reference', section.reference)}"
    (_, model), *facts = section.facts
    about = "".join(f" {_text(humanize.capitalize(name))}: {_text(value)}." for name, value in facts)
    tiers = [
        [health.value.capitalize(), _tally(tally) or "not observed"]
        for health, tally in section.tiers.items()
    ]  # fmt: skip
    text = f"### {_MARKS[section.level]} {_text(section.text)}\n\n**{_text(model)}**: {sides}.{about}"
    return f"{text}\n\n{_grid(['Health', 'Findings and checks'], tiers)}"


def _tally(tally: Tally) -> str:
    return ", ".join(f"{_MARKS[level]} {phrases.count_level(level, n)}" for level, n in tally.items())


def _side(word: str, side: Dataset) -> str:
    when = phrases.time_range(side)
    return f"{word} {_code(side.label)} ({humanize.count(side.rows, 'row')}{', ' + _text(when) if when else ''})"


def _findings(section: FindingList) -> str:
    shown = section.groups[:_MOST]
    timed = any(group.finding.since for group in shown)
    rows = [_finding(group, timed=timed) for group in shown]
    more = len(section.groups) - _MOST
    text = _grid(["Level", "Where", "What", *(["Since"] if timed else [])], rows)
    text += f"\n\n… and {humanize.count(more, 'more subject')}." if more > 0 else ""
    also = [verdict for group in shown for verdict in group.finding.verdicts[1:5]]
    return text + (f"\n\n{_fold('Supporting evidence', _lines(also))}" if also else "")


def _finding(group: FindingGroup, *, timed: bool) -> list[str]:
    finding = group.finding
    what, evidence = map(_text, finding.explain())
    what += f"<br>{evidence}" if evidence else ""
    if group.others:
        what += f" Also: {_names([other.lead.segment or 'all rows' for other in group.others])}."
    since = [_text(finding.begun)] if timed else []
    level = f"{_MARKS[finding.level]} {phrases.SHORT[finding.level]}"
    return [level, f"**{_text(finding.subject)}**", what, *since]


def _lines(verdicts: Iterable[Verdict]) -> str:
    return "\n".join(f"- {_code(phrases.place(verdict))}: {_text(verdict.reason)}" for verdict in verdicts)


def _notes(section: NoteList) -> str:
    lines = [_note(note) for note in section.notes[:_MOST]]
    lines += [f"- … and {len(section.notes) - _MOST:,} more"] if len(section.notes) > _MOST else []
    lead = f"{_text(section.lead)}\n\n" if section.lead else ""
    return lead + "\n".join(lines)


def _note(note: Note) -> str:
    return f"- {_names(list(note.names))}: {_text(note.text)}" if note.names else f"- {_text(note.text)}"


def _names(names: list[str]) -> str:
    more = f" and {len(names) - 6} more" if len(names) > 6 else ""
    return ", ".join(_code(name) for name in names[:6]) + more


def _table(section: Table) -> str:
    judged = any(row.verdict for row in section.rows)
    heads = [*map(_text, section.heads), *(["Verdict"] if judged else [])]
    text = _grid(heads, [_row(row, judged=judged) for row in section.rows[:_MOST]])
    more = len(section.rows) - _MOST
    caption = f"{_text(section.caption)}\n\n" if section.caption else ""
    return caption + text + (f"\n\n… and {humanize.count(more, 'more row')}." if more > 0 else "")


def _row(row: Row, *, judged: bool) -> list[str]:
    cells = [_text(str(cell)) for cell in row.cells]
    if not judged:
        return cells
    if row.verdict is None or not row.verdict.judged:
        return [*cells, "described"]
    return [*cells, f"{_MARKS[row.verdict.level]} {phrases.SHORT[row.verdict.level]}"]


def _chart(section: Chart) -> str:
    lines = phrases.sketch_chart(section, _BLOCKS)
    width = max((len(name) for name, _ in lines), default=0)
    blocks = "\n".join(f"{phrases.visible(name):<{width}}  {line}" for name, line in lines)
    return f"```\n{blocks}\n```\n{_text(phrases.chart_axes(section))}"


def _schema(section: Schema) -> str:
    rows = [
        [
            _code(column.name),
            f"{column.kind.value}{'?' if column.kind_guessed else ''}",
            column.role.value,
            _text(column.dtype),
        ]
        for column in section.columns[:_MOST]
    ]
    more = len(section.columns) - _MOST
    text = _grid(["Column", "Kind", "Role", "Type"], rows)
    return text + (f"\n\n… and {humanize.count(more, 'more column')}." if more > 0 else "")


def _grid(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _fold(title: str, body: str) -> str:
    return f"<details><summary>{_text(title)}</summary>\n\n{body}\n\n</details>"


def _text(text: str) -> str:
    """Text that Markdown shows as it is: nothing in it is markup, a table cell's end, or calls a person by name."""
    shown = phrases.clip(text.replace("\n", " "), 500)
    shown = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "@\u200b")
    return re.sub(r"([\\`*_\[\]|#~$])", r"\\\1", shown)


def _code(text: str) -> str:
    """Text in a code span, safe inside a table."""
    shown = phrases.clip(text, 120).replace("`", "'").replace("|", "¦")
    return f"`{shown or ' '}`"


markdown = ReportFormat((".md", ".markdown"), _render)
