"""The sections of a report: which there are, in which order, and that their counts agree."""

import dataclasses
import json

import pytest

from driftline.types import Bar, ChartData, Column, Dataset, Health, Kind, Level, Role, Task, Verdict
from driftline.verdicts.result import Result
from driftline.verdicts.sections.records import (
    Change,
    Chart,
    FindingList,
    Footer,
    Headline,
    NoteList,
    Series,
    Table,
)  # fmt: skip

COLUMNS = tuple(Column(name, Kind.NUMERIC, Role.FEATURE, "Float64") for name in ("fare", "tip", "tax"))
VOLUME = Chart(
    name="volume", title="Rows over time", health=Health.DATA, x="time", y="rows", steps=True,
    series=(Series("rows", "current", (("2024-01-01T00:00:00", 3.0), ("2024-01-01T01:00:00", 0.0))),),
)  # fmt: skip
ERROR = {"metric": "mae", "title": "mean absolute error", "family": "performance", "health": Health.MODEL}


def verdict(column="fare", level="ok", **facts):
    """A verdict on a distance."""
    known = {
        "health": Health.DATA, "family": "drift", "metric": "jensen_shannon", "title": "Jensen-Shannon distance",
        "segment": None, "window": None, "value": 0.01, "low": 0.0, "high": 0.02, "n": 1000, "unit": "",
        "threshold": 0.15, "p_value": 0.5, "reason": "Jensen-Shannon distance 0.01; limit 0.15",
    }  # fmt: skip
    return Verdict(column=column, level=Level(level), **(known | facts))


def result(*verdicts, **facts):
    """A result of these verdicts."""
    side = Dataset("rows", 1000)
    known = {"model": "m", "task": None, "reference": side, "current": side, "columns": COLUMNS}
    return Result(verdicts=verdicts, **(known | facts))


def described(column, **pairs):
    """Descriptions of a column: reference and current value by metric."""
    facts = {"family": "description", "judged": False, "threshold": None, "p_value": None}
    return [
        verdict(column, metric=metric, title=metric, reference=was, value=now, **facts)
        for metric, (was, now) in pairs.items()
    ]


def section(made, name):
    """The section of that name, or None."""
    return next((section for section in made.sections if section.name == name), None)


LOUD = (
    verdict("fare", "alert"),
    verdict("fare", "alert", segment="zone=7"),
    verdict("tip", "warning"),
    verdict(None, "alert", **ERROR),
    verdict("tax"),
)


def test_order():
    """Outcome and findings first, the tiers then, schema and foot last; no section without content."""
    names = [section.name for section in result(*LOUD, notes=("a note",)).sections]
    expected = [
        "headline", "findings", "service-unseen", "data-columns", "performance", "verdicts", "schema", "notes",
        "footer",
    ]  # fmt: skip
    assert expected == names


def test_one_count_everywhere():
    """Headline, cards, tiers, foot and JSON count the same findings."""
    made = result(*LOUD)
    count = len(made.findings)
    assert 4 == count
    head, cards, foot = (section(made, name) for name in ("headline", "findings", "footer"))
    assert isinstance(head, Headline)
    assert isinstance(cards, FindingList)
    assert isinstance(foot, Footer)
    assert made.headline.startswith(f"{count} findings (3 alerts)")
    assert count == cards.count == sum(1 + len(group.others) for group in cards.groups)
    assert cards.title == "Findings (4 about 3 subjects)"
    loud = [n for tally in head.tiers.values() for level, n in tally.items() if level.rank >= Level.WARNING.rank]
    assert count == sum(loud)
    assert any(fact.startswith(f"{count} findings") for fact in foot.facts)
    assert count == len(json.loads(made.render("json"))["findings"]) == len(made.to_dict()["findings"])
    for form in ("html", "markdown", "terminal"):
        assert cards.title in made.render(form)


@pytest.mark.parametrize("form", ["html", "json", "markdown", "terminal"])
def test_a_new_section_is_in_every_form(form):
    """A table or chart that a result gets appears in each form without a change to the form."""
    table = Table(name="extra", title="An extra table", health=Health.DATA, heads=("Name", "Number"), rows=())
    chart = dataclasses.replace(VOLUME, name="more", title="An extra chart")
    text = result(*LOUD, figures=(table, chart)).render(form)
    assert "An extra table" in text
    assert "An extra chart" in text


def test_positive_class():
    """The positive class of a binary classifier stands at the top of every form for people, and in JSON."""
    made = result(*LOUD, task=Task.BINARY, positive="churned")
    assert ("positive class", "churned") in section(made, "headline").facts
    for form in ("html", "markdown", "terminal"):
        assert made.render(form).index("churned") < made.render(form).index("Findings (")
    assert "churned" == made.to_dict()["positive"]


def test_columns():
    """The table of columns has count, missing, distinct and the usual statistics, of both sides."""
    missing = verdict("fare", metric="missing", title="missing values", unit="share", reference=0.1, value=0.25)
    table = section(result(missing, *described("fare", mean=(2.0, 3.0), median=(1.0, 2.0))), "statistics")
    assert isinstance(table, Table)
    heads = ("Column", "Values", "Missing", "Distinct", "Mean", "Std", "Min", "25 %", "Median", "75 %", "Max")
    assert heads == table.heads
    (row,) = table.rows
    cells = dict(zip(table.heads, row.cells, strict=True))
    assert (Change(900, 750), Change(0.1, 0.25, "share")) == (cells["Values"], cells["Missing"])
    assert (Change(2.0, 3.0), Change(1.0, 2.0), "–") == (cells["Mean"], cells["Median"], cells["Max"])


def test_small_but_certain():
    """What is beyond chance and at least a quarter of the way to the limit is listed once, with how much it is."""
    numbers = described("fare", mean=(50.0, 52.5), median=(50.0, 52.0), std=(10.0, 10.0))
    small = verdict("fare", value=0.08, p_value=1e-9)
    made = result(small, verdict("tip", value=0.08), verdict("tax", value=0.01, p_value=1e-9), *numbers)
    notes = section(made, "small")
    assert isinstance(notes, NoteList)
    assert ["fare is higher: median 50 → 52 (+4 %), mean 50 → 52.5 (+5 %)"] == [note.text for note in notes.notes]
    assert 1 == made.render("terminal").count("fare is higher")
    tolerated = dataclasses.replace(small, threshold=0.3)  # the reference's own windows vary as much
    assert section(result(tolerated, *numbers), "small") is None
    alerting = verdict("fare", "alert", metric="missing")
    assert section(result(small, alerting, *numbers), "small") is None


def test_a_small_change_for_the_better_is_listed():
    """The p-value of no worsening is nearly 1 where gaps became fewer: that is beyond chance, too."""
    fewer = verdict(
        "fare", metric="missing", title="missing values", unit="share", family="quality", value=0.01, reference=0.02,
        threshold=0.045, p_value=1 - 1e-12,
    )  # fmt: skip
    (note,) = section(result(fewer), "small").notes
    assert "fare: missing values 2.0 % → 1.0 %" in note.text.replace("2.0%", "2.0 %").replace("1.0%", "1.0 %")
    assert section(result(dataclasses.replace(fewer, p_value=0.5)), "small") is None


def test_harmless_changes_are_summed_up():
    """Columns that changed alike are one line; the reasons that differ are its details."""
    changed = [
        verdict(
            name, family="schema", metric="type_changed", title="type changed", notable=True, value=0.0,
            reason=f"type changed: Int64 in the reference, Float64 now; all {n} values survive: harmless",
        )
        for name, n in (("fare", "900"), ("tip", "1,000"))
    ]  # fmt: skip
    (note,) = section(result(*changed), "harmless").notes
    assert "Type changed in 2 columns; all values survive: harmless" == note.text
    assert ("fare", "tip") == note.names
    assert 2 == len(note.details)
    text = result(*changed).render("terminal")
    assert "fare, tip: Type changed in 2 columns" in text
    assert "900 values" not in text


def test_unjudged_numbers_are_never_green():
    """What is only described has no level: a grey dot in the terminal, no green in the page."""
    facts = ERROR | {"judged": False, "threshold": None}
    made = result(verdict(None, reference=0.01, **facts))
    page = made.render("html")
    assert 'class="ruler described"' in page
    assert 'class="ruler ok"' not in page
    assert "Described" in page


def test_gap_shows_rows_over_time():
    """A finding of missing hours says what happened, and carries the picture of the rows."""
    gap = verdict(
        None, "alert", family="quality", metric="gap", title="gap in time", unit="rows", value=1458.0, threshold=30.0,
        reason="gap in time: no rows for 10 hours (Thu 10 Feb 09:00 to 19:00), about 1,458 expected",
        detail={"start": "2022-02-10T09:00:00", "end": "2022-02-10T19:00:00", "hours": 10},
    )  # fmt: skip
    made = result(gap, figures=(VOLUME,))
    assert "No rows for 10 hours (Thu 10 Feb 09:00 to 19:00), about 1,458 expected." == made.headline
    assert VOLUME is section(made, "findings").groups[0].chart
    assert "█" in made.render("terminal")
    both = result(gap, verdict("fare", "alert"))
    assert "2 alerts in 1,000 rows: no rows for 10 hours" in both.headline
    assert both.headline.endswith("about 1,458 expected; also fare.")


def test_volume_says_how_many_rows():
    """Too few rows are told as rows and expected rows."""
    facts = {"family": "quality", "metric": "volume", "title": "volume", "detail": {"rows": 635, "expected": 2118.0}}
    made = result(verdict(None, "alert", **facts))
    assert "635 rows, about 2,118 expected (-70 %)." == made.headline


def test_segments_of_performance_are_tables_of_their_own():
    """The measures of all rows stand first; those of segments follow, the worst first."""
    segments = [verdict(None, level, segment=f"zone={level}", **ERROR) for level in ("ok", "alert")]
    table = section(result(verdict(None, **ERROR), *segments), "mae-by-segment")
    assert isinstance(table, Table)
    assert table.detail
    assert ["all rows", "zone=alert", "zone=ok"] == [row.cells[0] for row in table.rows]


def test_bars_without_low_stay_names():
    """A column of names is drawn in the page with its names."""
    chart = ChartData(COLUMNS[0], (Bar("card", 0.5, 0.4), Bar("cash", 0.5, 0.6)))
    assert "card" in result(verdict(), distributions=(chart,)).render("html")
