"""The forms for machines and terminals: JUnit, Markdown, and the terminal."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from driftline.errors import ConfigError
from driftline.report.formats.terminal import show
from driftline.types import Level
from driftline.verdicts.result import Result, form_of
from driftline.verdicts.sections.findings import group_findings, list_harmless


def shown(result: Result, width: int) -> str:
    page = StringIO()
    show(result, Console(file=page, width=width, no_color=True, highlight=False, legacy_windows=False))
    return page.getvalue()


def test_junit_has_a_case_for_each_judged_verdict(any_result: Result) -> None:
    """Alerts fail, unknowns are skipped, warnings are printed, and the counts on the suites agree."""
    root = ET.fromstring(any_result.render("junit").encode())  # noqa: S314 - our own output
    judged = [verdict for verdict in any_result.verdicts if verdict.judged]
    levels = [verdict.level for verdict in judged]
    assert len(judged) == len(root.findall("testsuite/testcase")) == int(root.get("tests", ""))
    for path, level in (("failure", Level.ALERT), ("skipped", Level.UNKNOWN), ("system-out", Level.WARNING)):
        assert levels.count(level) == len(root.findall(f"testsuite/testcase/{path}"))
    assert levels.count(Level.ALERT) == sum(int(suite.get("failures", "")) for suite in root.findall("testsuite"))


def test_markdown_tells_every_finding(story: Result) -> None:
    """Headline, findings and performance are there, and it fits one comment."""
    text = story.render("markdown")
    assert text.startswith("### 🔴 ")
    for finding in story.findings:
        assert finding.lead.reason.split(" ", 1)[0].replace("_", "\\_") in text
    assert "| Root mean squared error | 6.5 min | 8.1 min |" in text
    assert len(text) < 65_536


def test_markdown_of_many_segments_fits_one_comment(story: Result) -> None:
    """Where the tables of segments would be too long for a comment, the last ones are left out."""
    mae = next(verdict for verdict in story.verdicts if verdict.metric == "mae" and not verdict.segment)
    many = [
        replace(mae, metric=f"error_{at}", title=f"error {at}", segment=f"zone={'z' * 60}{zone}")
        for at in range(40) for zone in range(25)
    ]  # fmt: skip
    text = replace(story, verdicts=(*story.verdicts, *many)).render("markdown")
    assert 40_000 < len(text) < 65_536
    assert "Error 0 by segment" in text
    assert "Error 39 by segment" not in text
    assert "Schema (" in text


def test_markdown_keeps_names_in_their_place(hostile: Result) -> None:
    """A name cannot add markup, cells or lines, nor call a person."""
    text = hostile.render("markdown")
    assert "<script" not in text.replace("`<script", "")
    assert "@someone" not in "".join(text.split("`")[::2])
    rows = [line for line in text.splitlines() if line.startswith("| 🔴")]
    assert {4} == {line.replace("\\|", "").count("|") for line in rows if "Alert" in line}


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_terminal_keeps_to_its_width(any_result: Result, width: int) -> None:
    """No line is wider than the terminal."""
    assert width >= max(cell_len(line) for line in shown(any_result, width).splitlines())


def test_the_terminal_tells_the_story(story: Result) -> None:
    """Findings come worst first with their date; guesses are marked; harmless changes and errors follow."""
    text = shown(story, 100)
    assert text.index("passenger_count  alert since 14 Feb 2023") < text.index(
        "PULocationID  warning since 20 Feb 2023"
    )
    assert "numeric?" in text
    assert "all values survive" in text
    assert "[5.03, 5.21]" in text


def test_the_rendered_terminal_form_is_plain(any_result: Result) -> None:
    """Without a terminal there are no escape sequences."""
    assert "\x1b" not in any_result.render("terminal")


def test_the_suffix_names_the_form(tmp_path: Path, story: Result) -> None:
    """`save` picks the form by suffix and refuses one that it does not know."""
    expected = {
        ".html": "html",
        ".htm": "html",
        ".json": "json",
        ".md": "markdown",
        ".markdown": "markdown",
        ".xml": "junit",
    }
    assert expected == {suffix: form_of(Path(f"out{suffix}")) for suffix in expected}
    assert story.render("json") == story.save(tmp_path / "out.json").read_text(encoding="utf-8")
    with pytest.raises(ConfigError, match="no report form"):
        form_of(Path("out.pdf"))


def test_segments_are_told_with_their_column(story: Result) -> None:
    """Trouble in a segment is told under the same trouble of all rows, not beside it."""
    groups = group_findings(story.findings)
    subjects = [group.finding.subject for group in groups]
    assert len(set(subjects)) == len(subjects)
    others = next(group.others for group in groups if group.finding.subject == "model performance")
    expected = ["PULocationID=74", "PULocationID=166"]
    assert expected == [each.lead.segment for each in others]


def test_harmless_changes_of_one_reason_are_told_once(story: Result) -> None:
    """Columns that changed alike share a line, and a segment does not repeat what holds for all rows."""
    one = next(verdict for verdict in story.notable if verdict.metric == "type")
    verdicts = (one, replace(one, column="extra"), replace(one, segment="a=b"))
    section = list_harmless(replace(story, verdicts=verdicts))
    assert section is not None
    assert [(one.reason, ("DOLocationID", "extra"))] == [(note.text, note.names) for note in section.notes]
