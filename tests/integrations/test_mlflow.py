"""On a real server of MLflow: a pack with its run, reports and numbers, an alias that moves when all is well."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from driftline.errors import MissingExtraError
from harness.programs import Program, component

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What was done, and what came of it."""
    python = component("mlflow")
    quiet = {
        "MLFLOW_TRACKING_URI": "http://127.0.0.1:{port}", "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true",
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT / 'tests'}", "GIT_PYTHON_REFRESH": "quiet",
    }  # fmt: skip
    server = [python, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", "{port}", "--workers", "1"]
    files = ["--backend-store-uri", "sqlite:///{folder}/runs.db", "--artifacts-destination", "{folder}/artifacts"]
    ask = "from urllib.request import urlopen; urlopen('http://127.0.0.1:{port}/health', timeout=5)"
    made = Program([*server, *files], environment=quiet, ready=[sys.executable, "-c", ask], patience=300)
    if (empty := Path(python).parents[1] / "home" / "runs.db").exists():
        shutil.copy(empty, made.folder)  # which saves the server much of its start
    with made as running:
        environment = os.environ | {name: running.filled(value) for name, value in quiet.items()}
        command = [python, "-m", "harness.mlflow_steps"]
        done = subprocess.run(command, env=environment, cwd=running.folder, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr[-3000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_extra_is_named() -> None:
    """Without MLflow the error says what to install."""
    with pytest.raises(MissingExtraError, match=r"pip install 'driftline\[mlflow\]'"):
        __import__("driftline.integrations.mlflow")


def test_reference_comes_from_a_run_or_a_version(told: dict[str, Any]) -> None:
    """The monitor that is loaded has the plan of the one that was kept."""
    assert [True, True] == told["same"]


def test_result_is_logged(told: dict[str, Any]) -> None:
    """The run has the number of each verdict, the level, and the reports, once however often they are logged."""
    assert (told["right"], "alert") == (told["mae"], told["level"])
    assert ["monitor.pack", "report.html", "report.json", "report.md"] == told["files"]


def test_alias_moves_when_all_is_well(told: dict[str, Any]) -> None:
    """An alert keeps it where it was, and so does too little data unless that is allowed."""
    assert ["ok", "alert", "unknown"] == told["levels"]
    assert ([True, False, False, True], {"a", "c"}) == (told["moved"], set(told["aliases"]))


def test_page_runs(told: dict[str, Any]) -> None:
    """The code that the page shows moves the alias to the fourth version, as it says."""
    assert ["ok", "4"] == told["page"]


def test_what_goes_wrong_is_told(told: dict[str, Any]) -> None:
    """A URI that is none, and what the server does not know, are one sentence with the server's name."""
    assert told["no uri"].startswith("ConfigError: taxi: expected runs:/RUN")
    for what in ("no version", "no run", "no pack"):
        assert told[what].startswith("StoreError: MLflow at http://127.0.0.1:"), told[what]
