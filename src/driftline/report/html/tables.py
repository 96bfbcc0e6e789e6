"""Tables of numbers: plain ones, and those of verdicts, whose intervals are drawn."""

from driftline import humanize
from driftline.report import phrases
from driftline.report.html.markup import badge, fold, table, text
from driftline.report.html.ruler import ruler, ruler_ends
from driftline.verdicts.sections.records import Cell, Change, Row, Schema, Table

_MOST = 300
_OPEN = 15
"""Rows up to which a table is open."""


def number_table(section: Table) -> str:
    """The table of a section; a long one is closed."""
    if any(row.verdict for row in section.rows):
        body = _verdicts(section)
    else:
        rows = [[_cell(cell) for cell in row.cells] for row in section.rows[:_MOST]]
        kind = "pairs" if any(isinstance(cell, Change) for row in section.rows for cell in row.cells) else "grid"
        body = table(_caption(section), map(text, section.heads), rows, kind=kind)
    body = f'<div class="scroll" tabindex="0" role="region" aria-label="{text(section.title)}">{body}</div>'
    if len(section.rows) > _OPEN:
        return fold(f"{text(section.title)} ({humanize.count(len(section.rows), 'row')})", body, kind="panel")
    return f'<h3>{text(section.title)}</h3><div class="card">{body}</div>'


def schema_table(section: Schema) -> str:
    """The columns as they were stated or guessed."""
    rows = [
        (
            text(item.name),
            _guess(item.kind.value, guessed=item.kind_guessed),
            _guess(item.role.value, guessed=item.guessed),
            text(item.dtype),
        )
        for item in section.columns[:_MOST]
    ]
    more = f" The first {_MOST} of {len(section.columns):,}." if len(section.columns) > _MOST else ""
    return table(
        f"Kinds and roles that were guessed have a question mark.{more}", ("Column", "Kind", "Role", "Type"), rows
    )


def _guess(word: str, *, guessed: bool) -> str:
    return word + ('<span class="soft">?</span>' if guessed else "")


def _caption(section: Table) -> str:
    more = len(section.rows) - _MOST
    rest = f" The first {_MOST} of {len(section.rows):,}; the JSON report has them all." if more > 0 else ""
    return text(f"{section.caption}{rest}".strip())


def _cell(cell: Cell) -> str:
    if isinstance(cell, Change) and cell.reference is not None:
        was, now = (humanize.quantity(number, cell.unit) for number in (cell.reference, cell.current))
        return f"<b>{text(now)}</b><small>{text(was)}</small>"
    return text(str(cell))


def _verdicts(section: Table) -> str:
    """Rows of verdicts: the numbers, the interval drawn on one line for all rows of a metric, and the level."""
    verdicts = [row.verdict for row in section.rows if row.verdict and row.verdict.value is not None]
    shared = len({verdict.metric for verdict in verdicts}) == 1
    ends = ruler_ends(verdicts) if shared else None
    rows = [_verdict(row, ends) for row in section.rows[:_MOST]]
    heads = (*map(text, section.heads[:2]), "Current, with 95 % interval", "Drawn", "Verdict")
    return table(_caption(section), heads, rows, kind="performance")


def _verdict(row: Row, ends: tuple[float, float] | None) -> list[str]:
    first, reference, *_ = (text(str(cell)) for cell in row.cells)
    verdict = row.verdict
    if verdict is None:
        return [first, reference, "", "", ""]
    if verdict.value is None:
        now = f"<small>{text(verdict.reason)}</small>"
    else:
        value = humanize.quantity(verdict.value, verdict.unit)
        now = f"<b>{text(value)}</b> <small>{text(phrases.interval(verdict))}</small>"
    return [first, reference, now, ruler(verdict, ends), badge(verdict.level, judged=verdict.judged)]
