"""What a check gives back, made by hand: levels, exit codes, findings, tables, files."""

import dataclasses

import polars as pl
import pyarrow as pa
import pytest

from driftline.errors import ConfigError
from driftline.types import Dataset, Health, Level, Task, Verdict
from driftline.verdicts.result import TABLE_COLUMNS, Result, form_of


def verdict(level="ok", column="fare", **changes):
    """A verdict."""
    made = Verdict(
        health=Health.DATA, family="drift", metric="psi", title="PSI", column=column, segment=None, window=None,
        level=Level(level), value=0.3, low=0.2, high=0.4, n=1000, unit="", threshold=0.2, reason="Because.",
    )  # fmt: skip
    return dataclasses.replace(made, **changes)


def result(*verdicts):
    """A result."""
    side = Dataset("rows", 1000)
    return Result(model="m", task=Task.REGRESSION, reference=side, current=side, columns=(), verdicts=verdicts)


@pytest.mark.parametrize(
    ("levels", "level", "code"),
    [
        ((), "unknown", 3),
        (("ok",), "ok", 0),
        (("unknown",), "unknown", 3),
        (("ok", "unknown"), "ok", 0),
        (("ok", "warning", "unknown"), "warning", 0),
        (("warning", "alert", "ok"), "alert", 1),
        (("unknown", "alert"), "alert", 1),
    ],
)
def test_level_and_exit_code(levels, level, code):
    """The worst level counts; unknown only where nothing could be judged."""
    found = result(*(verdict(each) for each in levels))
    assert (level, code) == (found.level.value, found.exit_code)


def test_described_does_not_count():
    """What is only described decides nothing."""
    assert Level.UNKNOWN is result(verdict("ok", judged=False)).level


def test_iteration():
    """A result is its verdicts, in order."""
    found = result(verdict(column="a"), verdict(column="b"))
    assert (["a", "b"], 2) == ([each.column for each in found], len(found))


def test_findings():
    """One finding for each column and segment, the worst first; performance is one of its own; ok ones are none."""
    found = result(
        verdict("ok", "quiet"),
        verdict("warning", "mild"),
        verdict("alert", "bad", since="2022-01-05T00:00:00"),
        verdict("alert", "bad", metric="missing", family="quality", since="2022-01-03T00:00:00"),
        verdict("alert", "bad", segment="zone=7"),
        verdict("alert", None, metric="mae", family="performance", health=Health.MODEL),
    ).findings
    assert {"bad", "bad where zone=7", "model performance"} == {each.subject for each in found[:3]}
    assert ["mild"] == [each.subject for each in found[3:]]
    (bad,) = [each for each in found if each.subject == "bad"]
    assert (2, "2022-01-03T00:00:00", Level.ALERT) == (len(bad.verdicts), bad.since, bad.level)


def test_change_is_told_by_drift():
    """Where a fact of quality leads that does not say how much, the change is that of the drift beside it."""
    numbers = [
        verdict(metric=name, family="description", judged=False, reference=11.0, value=14.0)
        for name in ("mean", "median")
    ]
    lead = verdict("alert", metric="risen_value", family="quality", reason="share of a rare value 2.6%; limit 1.0%")
    (finding,) = result(lead, verdict("alert"), *numbers).findings
    assert "fare is higher: median 11 → 14 (+27 %), mean 11 → 14 (+27 %)" == finding.change
    assert lead is finding.lead
    (alone,) = result(lead, *numbers).findings
    assert "fare: share of a rare value 2.6%; limit 1.0%" == alone.change


def test_headline():
    """The headline counts what stands out, says what happened first, and names the rest."""
    mixed = result(verdict("alert", "a"), verdict("alert", "b"), verdict("warning", "c"))
    assert "3 findings (2 alerts) in 1,000 rows: a: Because; also b, c." == mixed.headline
    assert (
        "2 warnings in 1,000 rows: a: Because; also b."
        == result(verdict("warning", "a"), verdict("warning", "b")).headline
    )
    assert "fare: Because." == result(verdict("alert")).headline
    assert "quiet" in result(verdict()).headline
    assert "Not enough data" in result(verdict("unknown")).headline


def test_headline_ends_with_a_clause():
    """Of a long change the headline has the clauses that there is room for, and no number that is cut."""
    long = "Median 11.25 → 15.75; the third quartile by more than half; " + "x" * 150 + " by 1.057"
    headline = result(verdict("alert", reason=long)).headline
    assert "fare: Median 11.25 → 15.75; the third quartile by more than half." == headline


def test_tables():
    """One row a verdict, for polars, pyarrow and whatever reads an Arrow stream; also without any verdict."""
    found = result(verdict("alert"), verdict(column=None, value=None, low=None, p_value=0.5))
    table = found.to_polars()
    assert (list(TABLE_COLUMNS), 2) == (table.columns, table.height)
    assert ["alert", "ok"] == table["level"].to_list()
    assert table.equals(pl.DataFrame(found))
    assert table.rows() == [tuple(row.values()) for row in pa.table(found).to_pylist()]
    assert table.rows() == [tuple(row.values()) for row in found.to_arrow().to_pylist()]
    assert table.schema == result().to_polars().schema


def test_notable():
    """What is worth telling though it is ok."""
    assert ["a"] == [v.column for v in result(verdict(column="a", notable=True), verdict(column="b")).notable]
    assert () == result(verdict("alert", notable=True)).notable


def test_health():
    """The verdicts of a tier."""
    found = result(verdict(column="a"), verdict(column="b", health=Health.MODEL))
    assert ["b"] == [each.column for each in found.by_health(Health.MODEL)]


def test_save(tmp_path):
    """The suffix decides the form; an unknown one is refused and nothing is written."""
    found = result(verdict("alert"))
    for suffix in (".html", ".json", ".md", ".xml"):
        path = found.save(tmp_path / f"report{suffix}")
        assert found.render(form_of(path)) == path.read_text()
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ConfigError, match=r"\.docx"):
        found.save(tmp_path / "report.docx")
    assert before == sorted(tmp_path.iterdir())
    assert found.save(tmp_path / "report", form="json").read_text().startswith("{")
