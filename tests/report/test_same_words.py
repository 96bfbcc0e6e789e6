"""What happened is said in the same words wherever it is read."""

import io
import json

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from rich.console import Console

from driftline import Monitor
from driftline.alerts.incidents import Notification
from driftline.alerts.sinks.stdout import Stdout
from driftline.alerts.watch import Watch
from driftline.cli.commands.watch import print_windows
from driftline.cli.main import main
from driftline.stores.base import open_store

DAY = 86_400_000_000


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The one window of a day on which fares are higher, and the store that keeps its result."""
    random = np.random.default_rng(7)
    day = np.repeat(np.arange(15), 200)
    at = pl.Series(day * DAY + random.integers(0, DAY, day.size)).cast(pl.Datetime("us"))
    rows = pl.DataFrame({"fare": random.normal(11, 2, day.size) + 3.0 * (day == 14), "at": at})
    url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}"
    monitor = Monitor.fit(rows.filter(day < 14), timestamp="at")
    with open_store(url) as store:
        (outcome,) = Watch(monitor).over(rows.filter(day == 14), store=store)
    return outcome, url


def squeeze(text):
    """The text without blanks and line ends, which differ by width."""
    return "".join(text.split())


def test_reports(told):
    """The terminal, HTML, Markdown and JSON say first how much changed in the unit of the column, then the evidence."""
    result = told[0].result
    (finding,) = result.findings
    sentence, evidence = finding.explain()
    assert finding.change.startswith("fare is higher: median 11.")
    assert sentence == finding.change
    for form in ("terminal", "html", "markdown"):
        report = squeeze(result.render(form).replace("\\", ""))
        start = report.index(squeeze(sentence))
        assert start < report.index(squeeze(evidence), start)
    assert [finding.change] == [each["change"] for each in result.to_dict()["findings"]]
    assert f"{finding.change}." == result.headline


def test_notification(told, capsys):
    """A notification says it with since when, and its incident keeps the evidence."""
    outcome, _ = told
    (finding,), (incident,) = outcome.result.findings, outcome.opened
    assert (finding.change, finding.lead.reason) == (incident.headline, incident.reason)
    notification = Notification(incident=incident, headline=outcome.result.headline)
    assert f"model: alert: {finding.change}, since 15 Jan 1970" == notification.title
    Stdout().send(notification)
    assert notification.title == json.loads(capsys.readouterr().out)["title"]


def test_watch_and_history(told):
    """`watch` and `history` say it too, within 80 columns."""
    outcome, url = told
    page = io.StringIO()
    print_windows([outcome], Console(file=page, width=80))
    history = CliRunner(env={"COLUMNS": "80"}).invoke(main, ["history", "--store", url]).output
    (finding,) = outcome.result.findings
    assert 2 == squeeze(page.getvalue()).count(squeeze(finding.change))
    assert all(len(line.rstrip()) <= 80 for line in (page.getvalue() + history).splitlines())
    assert finding.change.split()[-1] in history


def test_segments_too():
    """How much a column changed in a segment is said in its unit, from the rows of that segment."""
    random = np.random.default_rng(7)
    rows = pl.DataFrame({"fare": random.normal(11, 2, 2000), "zone": ["n", "s"] * 1000})
    moved = rows.with_columns(fare=pl.col("fare") + 3.0 * (pl.col("zone") == "s"))
    result = Monitor.fit(rows, segments=["zone"]).check(moved)
    (finding,) = (each for each in result.findings if each.lead.segment)
    assert finding.change.startswith("fare where zone=s is higher: median 1")
    assert not any(verdict.judged for verdict in result if verdict.metric == "median")
