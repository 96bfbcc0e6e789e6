"""The report for people: one HTML file that needs no network and no script, in light and dark, on paper and phones."""

from collections.abc import Iterable
from importlib.resources import files
from itertools import groupby
from typing import assert_never

from driftline.report import phrases
from driftline.report.base import ReportFormat
from driftline.report.html import svg
from driftline.report.html.columns import column_panels
from driftline.report.html.findings import LEAD, finding_cards
from driftline.report.html.lines import line_chart
from driftline.report.html.markup import section as landmark
from driftline.report.html.markup import tally_list, text
from driftline.report.html.masthead import footer, masthead
from driftline.report.html.notes import notes
from driftline.report.html.pictures import HOW, Pictures
from driftline.report.html.tables import number_table, schema_table
from driftline.report.html.verdicts import all_verdicts, verdict_table
from driftline.types import Health
from driftline.verdicts.result import Result
from driftline.verdicts.sections.records import (
    Chart,
    ColumnList,
    FindingList,
    Footer,
    Headline,
    NoteList,
    Schema,
    Section,
    Table,
    Tally,
    VerdictList,
)  # fmt: skip

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def _render(result: Result) -> str:
    pictures = Pictures(result)
    tiers = next((section.tiers for section in result.sections if isinstance(section, Headline)), {})
    body = "".join(
        _tier(health, tiers.get(health, {}), sections, pictures) if health else _landmarks(sections, pictures)
        for health, sections in groupby(result.sections, key=lambda section: section.health)
    )
    style = files("driftline.report").joinpath("page.css").read_text(encoding="utf-8")
    how = "" if svg.available() else f'<p class="how">{HOW}</p>'
    title = f"{phrases.clip(result.model, 60)}: {phrases.clip(result.headline, 120)}"
    parts = [
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta name="color-scheme" content="light dark"><title>{text(title)}</title><style>\n{style}</style></head>',
        f'<body><div class="driftline"><div class="sheet">{how}{body}</div></div></body></html>\n',
    ]
    return "".join(parts)


def _landmarks(sections: Iterable[Section], pictures: Pictures) -> str:
    """Sections that belong to no tier, each a landmark of the page."""
    return "".join(_landmark(section, pictures) for section in sections)


def _landmark(section: Section, pictures: Pictures) -> str:
    match section:
        case Headline():
            return f"{masthead(section)}<main>"
        case Footer():
            return f"</main>{footer(section)}"
        case FindingList():
            return landmark(section.name, text(section.title), finding_cards(section, pictures), LEAD)
        case _:
            return landmark(section.name, text(section.title), _body(section, pictures, titled=False))


def _tier(health: Health, tally: Tally, sections: Iterable[Section], pictures: Pictures) -> str:
    """The sections of a tier, under its heading; charts stand beside each other."""
    parts = []
    for is_chart, group in groupby(sections, key=lambda section: isinstance(section, Chart)):
        bodies = "".join(_body(section, pictures, titled=True) for section in group)
        parts.append(f'<div class="charts">{bodies}</div>' if is_chart else bodies)
    return landmark(health.value, health.value.capitalize(), tally_list(tally) + "".join(parts))


def _body(section: Section, pictures: Pictures, *, titled: bool) -> str:
    head = f"<h3>{text(section.title)}</h3>" if titled else ""
    match section:
        case NoteList():
            body = f'{head}<div class="card">{notes(section)}</div>'
        case Table():
            body = number_table(section)
        case Chart():
            body = f'<div class="card">{head}{line_chart(section)}</div>'
        case ColumnList():
            body = head + column_panels(section, pictures)
        case VerdictList() if titled:
            body = f'{head}<div class="card">{verdict_table(section.verdicts, "Worst first")}</div>'
        case VerdictList():
            body = all_verdicts(section)
        case Schema():
            body = f'<div class="card">{schema_table(section)}</div>'
        case FindingList():
            body = head + finding_cards(section, pictures)
        case Headline() | Footer():
            body = ""
        case _:
            assert_never(section)
    return body


html = ReportFormat((".html", ".htm"), _render)
