"""A third party's package: built, installed beside Driftline, and found everywhere without a change in Driftline."""

import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from harness import commands

PACKAGE = Path(__file__).parent.parent / "examples" / "plugin"
NO_PLUGINS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
pytestmark = pytest.mark.slow
pytest.importorskip("hatchling", reason="builds the example's wheel")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Runs a module in a folder with two files of trips, with the package on the path."""
    folder = tmp_path_factory.mktemp("plugin")
    target = folder / "site"
    source = folder / "source"
    source.mkdir()
    for path in PACKAGE.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            copy = source / path.relative_to(PACKAGE)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    build = "import hatchling.build; print(hatchling.build.build_wheel('.'))"
    done = subprocess.run([sys.executable, "-c", build], check=True, cwd=source, capture_output=True, text=True)
    with zipfile.ZipFile(source / done.stdout.split()[-1]) as wheel:  # what an installer does, without asking for pip
        wheel.extractall(target)
    random = np.random.default_rng(5)
    for name, rounded in (("may", False), ("june", True)):
        fare = random.gamma(3, 5, 2000)
        pl.DataFrame({"fare": np.round(fare) if rounded else fare}).write_parquet(folder / f"{name}.parquet")

    def command(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(target), "PYTHONUTF8": "1", "COLUMNS": "220", **NO_PLUGINS},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    command.folder, command.site = folder, str(target)
    return command


def test_listed_and_described(run):
    """It stands in the list of metrics, and is described by its docstring and facts."""
    _, listed, _ = run("driftline", "metrics")
    line = next(line for line in listed.splitlines() if line.startswith("roundness "))
    assert ["roundness", "quality", "share", "0", "…", "1", "both", "0.1", "yes"] == line.split()[:9]
    assert "numeric" == line.split()[-1]
    done = commands.run("metrics", "roundness", path=run.site)
    assert (0, True) == (done.returncode, done.stdout.startswith("Share of the finite values that are whole numbers"))


def test_in_report_json_and_store(run):
    """Its alert, and a limit on it, are in JSON, HTML, Markdown, JUnit and the tables of the store."""
    (run.folder / "driftline.yaml").write_text("checks:\n  - roundness(fare) <= 20%\n", encoding="utf-8")
    arguments = ["check", "may.parquet", "june.parquet", "-c", "driftline.yaml", "--store", "sqlite:///runs.db"]
    for form in ("json", "html", "markdown", "junit"):
        arguments += [f"--{form}", f"report.{form}"]
    done = commands.run(*arguments, path=run.site, cwd=run.folder, env=os.environ | {"COLUMNS": "220"})
    assert (1, "") == (done.returncode, done.stderr)
    assert "Round numbers 100.0%" in done.stdout
    report = json.loads((run.folder / "report.json").read_text(encoding="utf-8"))
    levels = {verdict["family"]: verdict["level"] for verdict in report["verdicts"] if verdict["metric"] == "roundness"}
    assert {"quality": "alert", "expectation": "alert"} == levels
    for form in ("html", "markdown", "junit"):
        text = (run.folder / f"report.{form}").read_text(encoding="utf-8")
        assert "ound numbers" in text
        assert "roundness(fare)" in text.replace("\\", "")
    with sqlite3.connect(run.folder / "runs.db") as store:
        found = store.execute("SELECT level, value FROM findings WHERE metric = 'roundness'").fetchall()
    store.close()
    assert [("alert", 1.0), ("alert", 1.0)] == found


def test_packs_with_and_without_it(run):
    """A pack made without the package is checked with it; one made with it says that the package is missing."""
    for name, path in (("with", run.site), ("without", "")):
        done = commands.run("fit", "may.parquet", "-o", f"{name}.pack", path=path, cwd=run.folder)
        assert 0 == done.returncode, done.stderr
    check = ("check", "without.pack", "may.parquet", "--json", "without.json")
    done = commands.run(*check, path=run.site, cwd=run.folder)
    assert (0, "") == (done.returncode, done.stderr)
    report = json.loads((run.folder / "without.json").read_text(encoding="utf-8"))
    assert ["unknown"] == [verdict["level"] for verdict in report["verdicts"] if verdict["metric"] == "roundness"]
    done = commands.run("check", "with.pack", "may.parquet", cwd=run.folder)
    assert 2 == done.returncode
    assert "the plugin, that made it" in " ".join(done.stderr.split())


def test_its_own_tests_pass(run):
    """The example's own tests pass where it is installed."""
    status, told, _ = run("pytest", "-q", "-p", "no:cacheprovider", "source/tests")
    assert 0 == status, told
