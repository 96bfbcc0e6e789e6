"""A panel a column: both distributions drawn together, and how each of its verdicts was reached."""

from driftline import humanize
from driftline.report import phrases
from driftline.report.html import svg
from driftline.report.html.markup import badge, code, folded, table, tally, text
from driftline.report.html.pictures import MOST, Pictures
from driftline.report.html.sparkline import numbers, spark
from driftline.report.html.verdicts import short
from driftline.types import Column, Level, Verdict
from driftline.verdicts.result import Result

_SPLIT = 30


def columns(result: Result, pictures: Pictures, *, model: bool) -> str:
    """The panels of the model's own columns (target, prediction, score), or of all the others."""
    by_name: dict[str, list[Verdict]] = {}
    for verdict in result.verdicts:
        if verdict.column is not None and verdict.family != "performance":
            by_name.setdefault(verdict.column, []).append(verdict)
    known = [column for column in result.columns if column.role.of_model == model]
    chosen = set(pictures.chosen)
    at = {column.name: index for index, column in enumerate(result.columns)}
    worst = {column.name: _worst(by_name.get(column.name, [])) for column in known}
    known.sort(key=lambda column: -max(worst[column.name].rank, 0))
    panels = "".join(
        _panel(column, by_name.get(column.name, []), pictures, at[column.name])
        for column in known
        if column.name in chosen
    )
    rest = [column for column in known if column.name not in chosen]
    return panels + (_rest(rest, by_name, len(result.columns)) if rest else "")


def _panel(column: Column, verdicts: list[Verdict], pictures: Pictures, at: int) -> str:
    picture = pictures.distributions.get(column.name)
    level = _worst(verdicts)
    guessed = ' <span class="guess">guessed</span>' if column.guessed else ""
    facts = f"{column.kind.value} · {column.role.value} · {text(phrases.type_name(column.dtype))}{guessed}"
    sign = badge(level, judged=any(verdict.judged for verdict in verdicts))
    head = (
        f'{sign}<span class="name">{code(column.name)}<small>{facts}</small></span>{spark(picture) if picture else ""}'
    )
    drawing = pictures.distribution(column.name)
    shares = folded("The numbers in the picture", numbers(picture)) if picture and svg.available() else ""
    figure = f"<figure>{drawing}{shares}</figure>" if drawing else ""
    told = _told(column, verdicts)
    body = f'<div class="halves panel-body" id="dl-column-{at}">{figure}<div>{told}</div></div>'
    return folded(head, body, kind=f"panel column {level.value}")


def _told(column: Column, verdicts: list[Verdict]) -> str:
    """The verdicts on all rows, then those on segments, folded."""
    whole = short([each for each in verdicts if not each.segment], f"Verdicts on {code(column.name)}")
    split = sorted((each for each in verdicts if each.segment), key=lambda each: -each.level.rank)
    if split:
        title = f"{humanize.count(len(split), 'verdict')} by segment"
        shown = title if len(split) <= _SPLIT else f"{title}; the worst {_SPLIT}"
        whole += folded(title, short(split[:_SPLIT], shown))
    return whole or '<p class="soft">Nothing was measured on this column.</p>'


def _rest(rest: list[Column], by_name: dict[str, list[Verdict]], total: int) -> str:
    rows = [
        (
            code(column.name),
            f"{column.kind.value} · {column.role.value} · {text(phrases.type_name(column.dtype))}",
            tally(by_name.get(column.name, [])) or '<span class="soft">nothing judged</span>',
        )
        for column in rest
    ]
    title = humanize.count(len(rest), "more column")
    note = (
        f'<p class="soft">Panels and pictures are made for {MOST} of the {total:,} columns, those with findings first. '
        "These are the others; the JSON report has every number of theirs.</p>"
    )
    return folded(title, note + table(title, ("Column", "Schema", "Verdicts"), rows, kind="rest"), kind="panel")


def _worst(verdicts: list[Verdict]) -> Level:
    return max((each.level for each in verdicts if each.judged), key=lambda level: level.rank, default=Level.OK)
