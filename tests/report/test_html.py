"""The HTML page: complete, self-contained, escaped, and the same for the same result."""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from html.parser import HTMLParser

import pytest

from driftline.report.html import svg
from driftline.verdicts.result import Result
from driftline.verdicts.sections.findings import group_findings

_VOID = {"meta", "line", "circle", "path", "rect", "br"}


class Reader(HTMLParser):
    """Collects tags, ids and attributes, and checks that every tag is closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(name="page", scope="module")
def _page(story: Result) -> str:
    return story.render("html")


@pytest.fixture(name="bare")
def _bare(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    svg.available.cache_clear()
    yield
    svg.available.cache_clear()


def test_the_page_is_well_formed_and_inert(any_result: Result) -> None:
    """Every tag is closed; no script, no handler, nothing loaded from elsewhere; ids are unique."""
    page = Reader(any_result.render("html"))
    assert not page.open
    assert not {"script", "link", "img", "iframe", "object", "base"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "style"]
    loads = [value for name, value in page.attributes if name in {"src", "href", "xlink:href", "action"}]
    assert not [value for value in loads if not value.startswith("#dl-")]
    ids = [value for name, value in page.attributes if name == "id"]
    assert len(set(ids)) == len(ids)
    assert {value[1:] for value in loads} <= set(ids)


def test_the_style_loads_nothing(page: str) -> None:
    """Neither the style sheet nor a picture names an address, and the policy forbids it too."""
    assert not re.search(r"https?://|@import|url\(", page)
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page


def test_every_finding_is_told(story: Result, page: str) -> None:
    """What each finding says, its date and the verdicts behind it stand on the page."""
    for finding in story.findings:
        assert escape(finding.explain()[0]) in page
    for verdict in (verdict for group in group_findings(story.findings) for verdict in group.finding.verdicts):
        assert escape(verdict.reason) in page
    assert "14 Feb 2023" in page


def test_harmless_changes_and_the_three_tiers_are_told(page: str) -> None:
    """What is harmless is shown as such, and a batch check owns up to not seeing the service."""
    read = Reader(page)
    assert "all values survive the change" in read.text
    assert "Not observed in a batch check" in read.text
    assert {"dl-service", "dl-data", "dl-model"} <= {value for name, value in read.attributes if name == "id"}


def test_names_stay_text(hostile: Result) -> None:
    """Markup in names of columns, models, units and files is shown, never obeyed."""
    page = hostile.render("html")
    assert "<script" not in page
    assert "<b>bold" not in page
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;" in page
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202e]", page)


def test_pictures_show_reference_and_current(story: Result, page: str) -> None:
    """A column's picture holds both distributions, and missing and new values are labelled bars."""
    assert page.count('class="picture"') >= len(story.distributions)
    assert ">missing</text>" in page
    assert ">new</text>" in page
    assert f'fill="{svg.REFERENCE}"' in page
    assert f'fill="{svg.CURRENT}"' in page


def test_the_style_sheet_knows_every_stand_in_colour(page: str) -> None:
    """Each colour that a picture uses is replaced by the theme's, so that dark mode is legible."""
    style, body = page.split("</style>")
    used = set(re.findall(r'(?:fill|stroke)="#[0-9a-f]{3,6}"', body))
    assert used
    assert not {each for each in used if f"[{each}]" not in style}


@pytest.mark.usefixtures("bare")
def test_without_the_extra_the_page_is_complete(story: Result) -> None:
    """Without the drawing library the numbers stand in for the pictures, and one line says how to get those."""
    page = story.render("html")
    assert not svg.available()
    assert 'class="picture"' not in page
    assert "driftline[report]" in page
    for finding in story.findings:
        assert escape(finding.explain()[0]) in page


def test_the_same_result_gives_the_same_page(story: Result, page: str) -> None:
    """Nothing random and no clock is in the page."""
    assert page == replace(story).render("html")


def test_a_wide_table_stays_small(wide: Result) -> None:
    """With 1,200 columns the page has at most 60 pictures (findings first), says so, and stays under 2 MB."""
    page = wide.render("html")
    drawn = set(re.findall(r"Shares of rows by value of (feature_\d+)", page))
    assert len(drawn) == 60
    assert {finding.lead.column for finding in wide.findings} <= drawn
    assert "60 of the 1,200 columns" in page
    assert "feature_1199" in page
    assert len(page) < 2_000_000
