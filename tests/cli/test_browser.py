"""A store in a browser, and what shells need to complete commands."""

import os
import shutil
import subprocess

import pytest
from click.testing import CliRunner

from driftline.cli import browser
from driftline.cli.commands import demo
from driftline.cli.main import main
from driftline.server import listen
from driftline.stores.base import open_store
from harness import commands

URL = "http://127.0.0.1:1"


@pytest.fixture
def shown(monkeypatch):
    """The addresses that a browser was given; the server only says where it is. The first item is if there is one."""
    opened = [True]

    class AtOnce:
        def __init__(self, target, **_):
            self.start = target

    monkeypatch.setattr(browser, "Thread", AtOnce)
    monkeypatch.setattr(browser.webbrowser, "open", lambda url: opened.append(url) or opened[0])
    monkeypatch.setattr(listen, "listen", lambda _app, _host, _port, on_start, _on_stop: on_start(URL))
    return opened


@pytest.fixture
def store(tmp_path):
    """An empty store."""
    with open_store(f"sqlite:///{tmp_path}/taxi.db"):
        return tmp_path


def test_dashboard_opens_a_browser(shown, store):
    """With --open the page is opened; without a browser, and without the option, the address is told."""
    words = ["dashboard", f"sqlite:///{store}/taxi.db", "--port", "0"]
    said = CliRunner().invoke(main, [*words, "--open"]).output
    assert ([True, URL], f"{URL} is open in your browser; Ctrl-C stops.\n") == (shown, said)
    shown[0] = False
    assert f"No browser was found here. Open {URL}" in CliRunner().invoke(main, [*words, "--open"]).output
    assert f"Open {URL} in a browser; Ctrl-C stops.\n" == CliRunner().invoke(main, words).output
    assert 3 == len(shown)


def test_demo_opens_what_it_told(shown, store, monkeypatch):
    """After the story its store is shown; the exit code stays the story's."""
    monkeypatch.setattr(demo, "run", lambda *_: 1)
    done = CliRunner().invoke(main, ["demo", "--output", str(store), "--open"])
    assert (1, [True, URL]) == (done.exit_code, shown)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell, tmp_path):
    """What is printed is a script of the shell, where that is installed."""
    script = CliRunner().invoke(main, ["completion", shell]).output
    assert "_DRIFTLINE_COMPLETE" in script
    if shutil.which(shell):
        (tmp_path / "script").write_text(script)
        subprocess.run([shell, "-n", tmp_path / "script"], check=True)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("driftline che", ["check"]),
        ("driftline check --seg", ["--segment"]),
        ("driftline completion ", ["bash", "zsh", "fish"]),
    ],
)
def test_tab_completes(words, found):
    """Bash is given the names that begin as what is typed."""
    asked = {"_DRIFTLINE_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
    done = commands.run(env=os.environ | asked)
    assert (0, "") == (done.returncode, done.stderr)
    assert found == [line.partition(",")[2] for line in done.stdout.splitlines()]
