"""A panel a column: both distributions drawn together, and how each of its verdicts was reached."""

from collections.abc import Iterable

from driftline import humanize
from driftline.report import phrases
from driftline.report.html import svg
from driftline.report.html.markup import badge, code, fold, table, tally_list, text
from driftline.report.html.pictures import MOST, Pictures
from driftline.report.html.sparkline import numbers_table, sparkline
from driftline.report.html.verdicts import verdict_table
from driftline.types import Column, Level, Verdict
from driftline.verdicts.sections.records import ColumnList, ColumnPanel

_SPLIT = 30


def column_panels(section: ColumnList, pictures: Pictures) -> str:
    """The panels of the columns that have a picture, and a table of the others."""
    chosen = set(pictures.chosen)
    panels = "".join(
        _panel(panel, pictures, f"dl-{section.name}-{at}")
        for at, panel in enumerate(section.panels) if panel.column.name in chosen
    )  # fmt: skip
    rest = [panel for panel in section.panels if panel.column.name not in chosen]
    return panels + (_rest(rest, pictures) if rest else "")


def _panel(panel: ColumnPanel, pictures: Pictures, anchor: str) -> str:
    column, chart = panel.column, panel.chart
    level = _worst(panel.verdicts)
    facts = _schema(column) + (' <span class="guess">guessed</span>' if column.guessed else "")
    sign = badge(level, judged=any(verdict.judged for verdict in panel.verdicts))
    name = f'<span class="name">{code(column.name)}<small>{facts}</small></span>'
    drawing = pictures.distribution(column.name)
    shares = fold("The numbers in the picture", numbers_table(chart)) if chart and svg.available() else ""
    figure = f"<figure>{drawing}{shares}</figure>" if drawing else ""
    verdicts = _verdicts(column, panel.verdicts)
    body = f'<div class="halves panel-body" id="{anchor}">{figure}<div>{verdicts}</div></div>'
    return fold(f"{sign}{name}{sparkline(chart) if chart else ''}", body, kind=f"panel column {level.value}")


def _verdicts(column: Column, verdicts: Iterable[Verdict]) -> str:
    """The verdicts on all rows, then those on segments, folded."""
    whole = verdict_table([item for item in verdicts if not item.segment], f"Verdicts on {code(column.name)}")
    split = sorted((item for item in verdicts if item.segment), key=lambda item: -item.level.rank)
    if split:
        title = f"{humanize.count(len(split), 'verdict')} by segment"
        shown = title if len(split) <= _SPLIT else f"{title}; the worst {_SPLIT}"
        whole += fold(title, verdict_table(split[:_SPLIT], shown))
    return whole or '<p class="soft">Nothing was measured on this column.</p>'


def _rest(rest: list[ColumnPanel], pictures: Pictures) -> str:
    rows = [
        (
            code(panel.column.name),
            _schema(panel.column),
            tally_list(_tally(panel.verdicts)) or '<span class="soft">nothing judged</span>',
        )
        for panel in rest
    ]
    title = humanize.count(len(rest), "more column")
    note = (
        f'<p class="soft">Panels and pictures are made for {MOST} of the {pictures.total:,} columns, those with '
        "findings first. These are the others; the JSON report has every number of theirs.</p>"
    )
    return fold(title, note + table(title, ("Column", "Schema", "Verdicts"), rows, kind="rest"), kind="panel")


def _schema(column: Column) -> str:
    return f"{column.kind.value} · {column.role.value} · {text(phrases.type_name(column.dtype))}"


def _tally(verdicts: Iterable[Verdict]) -> dict[Level, int]:
    levels = [verdict.level for verdict in verdicts if verdict.judged]
    return {level: levels.count(level) for level in reversed(Level) if level in levels}


def _worst(verdicts: Iterable[Verdict]) -> Level:
    return max((item.level for item in verdicts if item.judged), key=lambda level: level.rank, default=Level.OK)
