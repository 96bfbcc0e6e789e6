"""Commands are found by name: one file each, or a third party's entry point; listing them imports none of them."""

import subprocess
import sys
from importlib.metadata import EntryPoint

import click
import pytest
from click.testing import CliRunner

from driftline import registry
from driftline.cli.main import main, summarize

HEAVY = {"numpy", "polars", "pydantic", "rich", "scipy", "yaml"}
LINE = 68
"""Characters of a summary that fit one line of `driftline --help` on 80 columns."""


@pytest.fixture
def third_party(monkeypatch):
    """Declares entry points in the group `driftline.commands`."""

    def declare(*entries):
        points = [EntryPoint(name, value, "driftline.commands") for name, value in entries]
        monkeypatch.setattr(registry, "_entries", lambda group: points if group == "commands" else ())
        _forget()

    yield declare
    monkeypatch.undo()
    _forget()


def _forget():
    for cached in (registry.names, registry.find, registry.every):
        cached.cache_clear()


@pytest.mark.parametrize("name", registry.names("commands"))
def test_summaries(name):
    """The summary in the list is the command's own first sentence, and fits one line."""
    command = registry.find("commands", name)
    assert command.get_short_help_str(200) == summarize(name)
    assert command.name == name
    assert len(summarize(name)) <= LINE
    assert f"  {summarize(name)}\n" in CliRunner().invoke(main, ["--help"]).output


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["--hepl"]])
def test_help_imports_nothing_heavy(arguments):
    """Help, the version and a wrong option import no command and no heavy package."""
    code = (
        "import sys; from driftline.cli.main import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: print('LOADED', *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    loaded = set(done.stdout.partition("LOADED ")[2].split())
    assert "driftline.cli.main" in loaded
    assert set() == loaded & HEAVY
    assert [] == [name for name in loaded if name.startswith("driftline.cli.commands.")]


@click.command()
def hello():
    """Greet the world. And more."""
    click.echo("hello, world")


def test_third_party_command(third_party, monkeypatch):
    """A command of an installed package is listed and runs."""
    monkeypatch.setitem(sys.modules, "my_commands", sys.modules[__name__])
    third_party(("hello", "my_commands:hello"))
    assert "hello Greet the world." in " ".join(CliRunner().invoke(main, ["--help"]).output.split())
    assert "hello, world\n" == CliRunner().invoke(main, ["hello"]).output


@pytest.mark.parametrize(
    ("value", "error"),
    [("nowhere_at_all:hello", "cannot be loaded: ModuleNotFoundError"), ("driftline.errors:ConfigError", "is a type")],
)
def test_broken_third_party_command(third_party, value, error):
    """A third party's command that cannot be used exits with 2 and a sentence; the list and other commands work."""
    third_party(("hello", value))
    result = CliRunner().invoke(main, ["hello"])
    assert (2, True) == (result.exit_code, error in result.output)
    listed = CliRunner().invoke(main, ["--help"])
    assert (0, True) == (listed.exit_code, "schema Print the JSON Schema" in " ".join(listed.output.split()))
    assert 0 == CliRunner().invoke(main, ["schema"]).exit_code
