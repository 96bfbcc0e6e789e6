"""`driftline doctor` says what is there, what is missing and how to get it, and nothing secret."""

import pytest
from click.testing import CliRunner

from driftline import __version__
from driftline.cli.commands import doctor as module
from driftline.cli.commands.doctor import doctor, split_extras
from driftline.stores.base import open_store


@pytest.fixture
def ask():
    """Run the command; gives its status and what it said."""

    def run(*arguments):
        outcome = CliRunner().invoke(doctor, list(map(str, arguments)))
        return outcome.exit_code, outcome.output

    return run


def test_versions_and_extras(ask, monkeypatch):
    """Own version, packages and extras; one that is missing comes with the command that installs it."""
    present = module._is_installed
    monkeypatch.setattr(module, "_is_installed", lambda name: name != "nats-py" and present(name))
    code, said = ask()
    assert code == 0
    assert f"driftline {__version__}, Python 3." in said
    assert "polars 2." in said
    assert "  not nats: nats-py missing; pip install 'driftline[nats]'" in said
    assert "nats" not in split_extras()[0]


def test_what_can_be_used(ask, tmp_path):
    """A store that is there, one that is not there yet, and a folder: each with a mark, and nothing is made."""
    open_store(f"sqlite:///{tmp_path}/there.db").close()
    code, said = ask("--store", f"sqlite:///{tmp_path}/there.db", "--log", f"sqlite:///{tmp_path}/new.db")
    assert (0, 2) == (code, said.count("✓"))
    assert f"new.db is not there yet; {tmp_path} can be written to" in said
    assert ["there.db"] == sorted(path.name for path in tmp_path.iterdir())
    code, said = ask("--state", tmp_path / "deep" / "state")
    assert code == 0
    assert "can be written to" in said


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--store", "sqlite:///{tmp}/none/driftline.db", "cannot be written to"),
        ("--store", "{tmp}/none/short.db", "cannot be written to: No such file or directory"),
        ("--store", "{tmp}/text.db", "not an SQLite database"),
        ("--store", "oracle://me:hunter2@host/db", "no store of this kind"),
        ("--log", "postgresql://me:hunter2@127.0.0.1:1/db", "127.0.0.1"),
        ("--state", "{tmp}/text.db", "cannot be written to"),
    ],
)
def test_what_cannot_be_used(ask, tmp_path, option, value, words):
    """It is told with a mark and what is wrong, the status is 1, and no password is shown."""
    (tmp_path / "text.db").write_text("no database, but a longer text than the header of one", "utf-8")
    code, said = ask(option, value.format(tmp=tmp_path))
    assert code == 1
    assert "✗" in said
    assert words in said
    assert "hunter2" not in said
