"""Times in reports are those of the zone that was named."""

import datetime as dt
from io import StringIO

import polars as pl
from rich.console import Console

from driftline import Monitor
from driftline.report.formats.terminal import show

START = dt.datetime(2024, 7, 1, tzinfo=dt.UTC)


def rows(days: int) -> pl.DataFrame:
    """A row each minute, from the start on."""
    at = [START + dt.timedelta(minutes=place) for place in range(1440 * days)]
    return pl.DataFrame({"at": at, "x": [place % 97 for place in range(1440 * days)]})


def test_a_finding_begins_by_the_clock_of_the_zone():
    """A column that breaks at noon in UTC breaks at nine in the evening in Tokyo, in each form of the report."""
    noon = START + dt.timedelta(days=14, hours=12)
    broken = rows(15).filter(pl.col("at") >= START + dt.timedelta(days=14))
    broken = broken.with_columns(x=pl.when(pl.col("at") >= noon).then(500).otherwise("x"))
    result = Monitor.fit(rows(14), timestamp="at", timezone="Asia/Tokyo").check(broken)
    finding = next(finding for finding in result.findings if finding.lead.column == "x")
    assert finding.since is not None
    assert finding.since.startswith("2024-07-15T12:00")
    assert "15 Jul 2024 21:00" == finding.begun
    terminal = StringIO()
    show(result, Console(file=terminal, width=120))
    for text in (terminal.getvalue(), result.render("html"), result.render("markdown")):
        assert "15 Jul 2024 21:00" in text
