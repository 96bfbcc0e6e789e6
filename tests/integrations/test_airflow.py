"""On the real Airflow: runs of two DAGs judge quiet and broken days; alerts fail, skip and pass."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from driftline.errors import MissingExtraError
from harness.programs import component

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What came of the runs, with a database of their own."""
    python, folder = component("airflow"), tmp_path_factory.mktemp("airflow")
    (folder / "home").mkdir()
    shutil.copy(Path(python).parents[1] / "home" / "airflow.db", folder / "home")
    environment = os.environ | {
        "AIRFLOW_HOME": f"{folder}/home", "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "tests/harness/airflow_dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "false", "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "false",
        "DAYS_FOLDER": str(folder), "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT / 'tests'}",
    }  # fmt: skip
    command = [python, "-m", "harness.airflow_steps", folder]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout[-2000:] + done.stderr[-3000:]
    return dict(json.loads((folder / "told.json").read_text(encoding="utf-8")))


def test_extra_is_named() -> None:
    """Without Airflow the error says what to install."""
    with pytest.raises(MissingExtraError, match=r"pip install 'driftline\[airflow\]'"):
        __import__("driftline.integrations.airflow")


def test_outcome_and_report_go_to_xcom(told: dict[str, Any]) -> None:
    """A quiet day succeeds; its outcome, level and report's path are there for other tasks."""
    check = told["quiet"]["check"]
    assert ("success", "ok", 300) == (check["state"], check["level"], check["return_value"]["rows"])
    assert "2024-05-06T00:00:00/2024-05-07T00:00:00" == check["return_value"]["window"]
    assert ["2024-05-06.html"] == told["reports"] == [Path(check["report"]).name]


def test_again_the_same_interval_is_kept_once(told: dict[str, Any]) -> None:
    """Another run for the interval gives the same run of the store, which has each window once."""
    assert told["quiet"]["check"]["return_value"] == told["again"]["check"]["return_value"]
    days = [f"2024-05-0{day}T00:00:00/2024-05-0{day + 1}T00:00:00" for day in (8, 7, 6)]
    assert days == told["windows"]


def test_alert_fails_skips_or_passes(told: dict[str, Any]) -> None:
    """A task that fails is not tried again; one that skips takes along what comes after; all tell what was found."""
    tasks = told["broken"]
    states = {name: (task["state"], task["tries"]) for name, task in tasks.items() if name != "missing"}
    once = {"fail": ("failed", 1), "skip": ("skipped", 1), "after": ("skipped", 0), "watch": ("success", 1)}
    assert once == states
    for name in ("fail", "skip", "watch"):
        assert ("alert", "size") == (tasks[name]["level"], tasks[name]["return_value"]["findings"][0]["subject"])
    assert 1 == len(told["incidents"])


def test_what_will_not_pass_is_not_tried_again(told: dict[str, Any]) -> None:
    """The file of a day that is not there fails the task at once; settings that cannot be are told in words."""
    assert {"state": "failed", "tries": 1} == told["broken"]["missing"]
    assert ["on_alert: 'stop'; expected one of fail, skip, pass",
            "sinks: incidents are kept in a store; name one with store=…"] == told["wrong"]  # fmt: skip
