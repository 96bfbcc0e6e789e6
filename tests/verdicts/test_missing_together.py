"""Columns that are missing in the same rows are one finding; others stay by themselves."""

import numpy as np
import polars as pl
import pytest

from driftline import Monitor

COLUMNS = tuple(f"c{place}" for place in range(8))
TOGETHER = COLUMNS[:6]


def draw(seed, n, share, together=True):
    """Eight normal columns of which the first six have this share of gaps, in the same rows or in rows of their own."""
    random = np.random.default_rng(seed)
    joint = random.random(n) < share
    table = pl.DataFrame({name: random.normal(size=n) for name in COLUMNS})
    gaps = {name: pl.Series(joint if together else random.random(n) < share) for name in TOGETHER}
    return table.with_columns(table[name].set(gap, None) for name, gap in gaps.items())


@pytest.fixture(scope="module")
def monitor():
    """A monitor of rows with few gaps."""
    return Monitor.fit(draw(0, 2_000, 0.01), window="none", describe=False)


def test_six_columns_that_are_missing_in_the_same_rows(monitor):
    """They are one finding that names all of them, in every form of the report; each still has its own verdicts."""
    result = monitor.check(draw(1, 1_000, 0.2))
    (finding,) = result.findings
    assert finding.columns == TOGETHER
    assert "c0, c1, c2 and 3 more" == finding.subject
    assert finding.change.startswith("c0, c1, c2 and 3 more: missing values ")
    assert finding.change.endswith(", probably in the same rows")
    assert set(TOGETHER) == {verdict.column for verdict in finding.verdicts}
    assert {"c0"} == {verdict.column for verdict in finding.support}
    assert list(TOGETHER) == [each.subject for each in result.findings_by_subject]
    assert finding.change in result.headline
    for form in ("markdown", "html", "json"):
        assert "probably in the same rows" in result.render(form)
    assert "<code>c4</code>, <code>c5</code></p></li>" in result.render("html")


def test_gaps_in_rows_of_their_own(monitor):
    """Columns with as large shares of gaps, but in rows of their own, are one finding each."""
    result = monitor.check(draw(2, 1_000, 0.2, together=False))
    assert set(TOGETHER) == {finding.subject for finding in result.findings}


def test_a_column_that_changed_besides_stays_by_itself(monitor):
    """A column whose values moved as well has more to tell than the gaps."""
    rows = draw(3, 1_000, 0.2).with_columns(pl.col("c4") + 2)
    joint, alone = sorted(monitor.check(rows).findings, key=lambda finding: not finding.columns)
    assert ("c0", "c1", "c2", "c3", "c5") == joint.columns
    assert ("c4", ()) == (alone.subject, alone.columns)


def test_two_columns_of_few_rows(monitor):
    """Two columns may have equally many gaps by chance where the reference has none: they stay apart."""
    quiet = Monitor.fit(draw(4, 2_000, 0.0), window="none", describe=False)
    rows = draw(5, 300, 0.3).with_columns(draw(5, 300, 0.0).select(COLUMNS[2:]))
    assert ["c0", "c1"] == sorted(finding.subject for finding in quiet.check(rows).findings)
    known = monitor.check(draw(6, 1_000, 0.2).with_columns(draw(7, 1_000, 0.01).select(COLUMNS[2:])))
    assert [("c0", "c1")] == [finding.columns for finding in known.findings]
