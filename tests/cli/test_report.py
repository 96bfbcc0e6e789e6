"""`driftline report` and `driftline dashboard`: a stored window on the terminal and in files; what cannot be shown."""

import json

import polars as pl
import pytest
from click.testing import CliRunner

from driftline.cli.main import main
from driftline.monitor import Monitor
from driftline.stores.base import open_store
from driftline.stores.results import chart_stored_column, load_result


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store with two days of a small model, and what their checks gave."""
    url = f"sqlite:///{tmp_path_factory.mktemp('store')}/store.db"
    hours = pl.int_range(960)
    rows = pl.select(
        at=pl.datetime(2024, 1, 1) + pl.duration(minutes=6 * hours), x=hours % 7, name=(hours % 3).cast(pl.String)
    )
    monitor = Monitor.fit(rows[:480], timestamp="at")
    with open_store(url) as opened:
        days = [rows[480:720], rows[720:].with_columns(pl.col("x") + 9)]
        starts = [day["at"][0] for day in days]
        results = [
            monitor.check(day, window=(start, day["at"][-1].replace(hour=23, minute=59)), store=opened)
            for day, start in zip(days, starts, strict=True)
        ]
    return url, results


def run(*arguments):
    done = CliRunner().invoke(main, ["report", *map(str, arguments)])
    return done.exit_code, done.output


def test_report_is_that_of_the_check(store, tmp_path):
    """The report from the store is that of the check itself: verdicts, schema, charts and headline."""
    url, (first, second) = store
    code, output = run("--store", url, "--html", tmp_path / "r.html", "--json", tmp_path / "r.json")
    assert (0, True) == (code, "wrote" in output)
    found, expected = json.loads((tmp_path / "r.json").read_text()), second.to_dict()
    assert expected["headline"] == found["headline"]
    assert expected["columns"] == found["columns"]
    assert second.headline.split(":")[0] in (tmp_path / "r.html").read_text()
    assert first.headline in run("--store", url, "--window", "2024-01-03")[1].replace("\n  ", " ")
    with open_store(url) as opened:
        newest = opened.windows("model")[0]
        loaded = load_result(opened, newest.run_id)
        assert (second.verdicts, second.distributions, second.figures) == (
            loaded.verdicts,
            loaded.distributions,
            loaded.figures,
        )
        charts = {chart.column.name: chart for chart in second.distributions}
        assert [charts["x"], charts["at"], None] == [
            chart_stored_column(opened, newest.run_id, name) for name in ("x", "at", "nothing")
        ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--model", "bus"], "no window of model 'bus'"), (["--run", "x"], "no run has the id 'x'"),
        (["--window", "1999"], "no window of model 'model' at 1999"),
        (["-o", "report.doc"], "no report form ends in '.doc'"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown(store, arguments, said):
    """What is not there is told in a line, with the exit code 2."""
    code, output = run("--store", store[0], *arguments)
    assert (2, True) == (code, said in output), output


def test_dashboard_of_no_store(tmp_path):
    """A dashboard over a file that is not there, or on an address that others reach without tokens, does not start."""
    for name in (f"sqlite:///{tmp_path}/no.db", f"{tmp_path}/no.db"):
        missing = CliRunner().invoke(main, ["dashboard", name, "--port", "0"])
        assert (2, True) == (missing.exit_code, "no such store" in missing.output)
    assert not (tmp_path / "no.db").exists()
    open_store(f"sqlite:///{tmp_path}/a.db").close()
    place = ["--host", "192.0.2.1", "--port", "0", "--tokens", f"{tmp_path}/t"]
    refused = CliRunner().invoke(main, ["dashboard", f"{tmp_path}/a.db", *place])
    assert (2, True) == (refused.exit_code, "driftline token add NAME" in refused.output)
