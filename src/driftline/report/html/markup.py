"""Small pieces of HTML. Everything that comes from data passes through `text` or `code`."""

from collections.abc import Iterable
from html import escape

from driftline.report import phrases
from driftline.types import Level
from driftline.verdicts.sections.records import Tally

_SHAPES = {
    Level.ALERT: '<path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z"/><path class="cut" d="M8 4v5M8 11v1"/>',
    Level.WARNING: '<path d="M8 1l7.5 14H.5z"/><path class="cut" d="M8 6v4M8 12v1"/>',
    Level.UNKNOWN: '<circle class="open" cx="8" cy="8" r="6.5"/><path class="line" d="M6 6.5a2 2 0 1 1 2 2v1M8 11v1"/>',
    Level.OK: '<circle cx="8" cy="8" r="7.5"/><path class="cut" d="M4.5 8.2l2.5 2.5 4.5-5"/>',
}


def text(value: str) -> str:
    """Text of the data, escaped, its control characters made visible.

    >>> text("<b>&'")
    '&lt;b&gt;&amp;&#x27;'
    """
    return escape(phrases.visible(value))


def code(name: str) -> str:
    """A name of the data, such as a column's."""
    return f"<code>{text(name)}</code>" if name else '<code class="soft">(empty)</code>'


def icon(level: Level) -> str:
    """The sign of a level; its shape differs, not only its colour."""
    return f'<svg class="icon {level.value}" viewBox="0 0 16 16" aria-hidden="true">{_SHAPES[level]}</svg>'


def badge(level: Level, *, judged: bool = True) -> str:
    """A level as a sign and a word."""
    if not judged:
        return '<span class="badge described">Described</span>'
    return f'<span class="badge {level.value}">{icon(level)}{phrases.SHORT[level]}</span>'


def tally_list(tally: Tally) -> str:
    """The counts of the levels in a row, each with its sign, or nothing."""
    items = "".join(f"<li>{icon(level)}{phrases.count_level(level, n)}</li>" for level, n in tally.items())
    return f'<ul class="tally">{items}</ul>' if items else ""


def fold(summary: str, body: str, *, kind: str = "", opened: bool = False) -> str:
    """A part that opens on request. `summary` and `body` are HTML."""
    mark = f' class="{kind}"' if kind else ""
    return f"<details{mark}{' open' if opened else ''}><summary>{summary}</summary>{body}</details>"


def table(caption: str, heads: Iterable[str], rows: Iterable[Iterable[str]], *, kind: str = "") -> str:
    """A table with a caption and column heads; the first cell of a row is its head. All of it is HTML."""
    columns = "".join(f'<th scope="col">{head}</th>' for head in heads)
    body = "".join(
        "<tr>"
        + "".join(f"<td>{cell}</td>" if at else f'<th scope="row">{cell}</th>' for at, cell in enumerate(row))
        + "</tr>"
        for row in rows
    )
    mark = f' class="{kind}"' if kind else ""
    return f"<table{mark}><caption>{caption}</caption><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>"


def section(name: str, title: str, body: str, lead: str = "") -> str:
    """A landmark of the page with its heading. `title`, `lead` and `body` are HTML; `name` is its anchor."""
    if not body:
        return ""
    words = f'<p class="lead">{lead}</p>' if lead else ""
    head = f'<h2 id="dl-{name}-h">{title}</h2>'
    return f'<section id="dl-{name}" aria-labelledby="dl-{name}-h">{head}{words}{body}</section>'
