"""Where a report, a pack or a result cannot be written: told before any work, and nothing is left behind."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from driftline import Monitor
from driftline.cli.main import main
from driftline.errors import ConfigError
from driftline.verdicts.result import Result

from .conftest import rows

FORMS = ["html", "json", "markdown", "junit"]


@pytest.mark.parametrize("form", FORMS)
def test_folder_in_place_of_a_file(check, form):
    """A folder cannot be a report."""
    Path("there").mkdir()
    outcome = check("good.csv", "good.csv", f"--{form}", "there")
    assert outcome.code == 2
    assert "there: cannot be written: it is a folder" in outcome


@pytest.mark.parametrize("form", FORMS)
def test_file_in_place_of_a_folder(check, form):
    """A report cannot lie in a file."""
    outcome = check("good.csv", "good.csv", f"--{form}", "good.csv/report")
    assert outcome.code == 2
    assert "is no folder" in outcome


def test_missing_folder_is_made(check):
    """A folder that is not there yet is made for the report."""
    assert check("good.csv", "good.csv", "--json", "new/deep/report.json", writes=("new",)).code == 0
    assert Path("new/deep/report.json").exists()


def test_no_right_to_write(check, monkeypatch):
    """A folder in which nothing may be written is told before any work."""
    Path("fixed").mkdir()
    monkeypatch.setattr(os, "access", lambda *_: False)
    outcome = check("good.csv", "good.csv", "--json", "fixed/report.json")
    assert outcome.code == 2
    assert "fixed/report.json: cannot be written: no right to write in" in outcome


@pytest.mark.parametrize("name", ["good.csv", "./good.csv", "cur.csv"])
def test_never_over_an_input(check, name):
    """A report never replaces what it is about."""
    rows(2).write_csv("cur.csv")
    before = Path(name).read_bytes()
    outcome = check("good.csv", "cur.csv", "--json", name)
    assert outcome.code == 2
    assert "is an input, or another output, already" in outcome
    assert before == Path(name).read_bytes()


def test_never_two_in_one_place(check):
    """Two reports need two places."""
    outcome = check("good.csv", "good.csv", "--json", "report", "--html", "report")
    assert outcome.code == 2
    assert "another output" in outcome


def test_pack_never_over_its_reference(check):
    """A pack never replaces the rows that it is made of."""
    outcome = check("good.csv", "-o", "good.csv", command="fit")
    assert outcome.code == 2
    assert "is an input" in outcome


def test_nothing_is_written_when_the_check_fails(check):
    """Where the current rows cannot be read, no report of an earlier run is touched, and no store is filled."""
    Path("report.json").write_text("old", encoding="utf-8")
    Path("broken.parquet").write_bytes(b"PAR1 broken")
    assert check("good.csv", "broken.parquet", "--json", "report.json").code == 2
    assert Path("report.json").read_text(encoding="utf-8") == "old"


def test_nothing_is_half_written(folder, monkeypatch):
    """When writing fails in the middle, the old report is still whole and no temporary file is left."""
    Path("report.json").write_text("old", encoding="utf-8")
    before = sorted(folder.iterdir())

    def full(_handle):
        raise OSError(28, "No space left on device", "report.json")

    monkeypatch.setattr(os, "fsync", full)
    result = CliRunner().invoke(main, ["check", "good.csv", "good.csv", "--json", "report.json"])
    assert result.exit_code == 2
    assert "driftline: report.json: cannot be written: No space left on device" in result.output
    assert Path("report.json").read_text(encoding="utf-8") == "old"
    assert before == sorted(folder.iterdir())


@pytest.mark.parametrize("where", ["driftline.monitor.Monitor.fit", "driftline.monitor.Monitor.check", "os.fsync"])
def test_stopped_by_hand(folder, monkeypatch, where):
    """Ctrl-C leaves nothing half-written and is no alert."""
    before = sorted(folder.iterdir())

    def stop(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(where, stop)
    result = CliRunner().invoke(main, ["check", "good.csv", "good.csv", "--json", "report.json"])
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert "driftline: stopped" in result.output
    assert before == sorted(folder.iterdir())


def test_store_that_cannot_be_used(check):
    """A store that is a folder, lies in none, or is another file is refused before the rows are judged."""
    Path("there").mkdir()
    for url, words in {
        "sqlite:///there": "a folder; name a file in it",
        "sqlite:///none/d.db": "there is no folder 'none'",
        "sqlite:///good.csv": "not an SQLite database",
        "nothing": "no store of this kind",
    }.items():
        outcome = check("good.csv", "good.csv", "--store", url)
        assert outcome.code == 2
        assert words in outcome


def test_save_in_python(tmp_path):
    """A report's form follows from its ending; an ending without a form is refused with those that have one."""
    result: Result = Monitor.fit(rows()).check(rows())
    with pytest.raises(ConfigError, match=r"no report form ends in '\.pdf'"):
        result.save(tmp_path / "report.pdf")
    assert [] == list(tmp_path.iterdir())
