"""On the real Dagster: an asset check of partitions, of a whole table, and of rows that are not there."""

import json
import os
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
    """What came of the runs."""
    python, folder = component("dagster"), tmp_path_factory.mktemp("dagster")
    path = f"{ROOT / 'src'}{os.pathsep}{ROOT / 'tests'}"
    environment = os.environ | {"PYTHONPATH": path, "DAGSTER_HOME": str(folder), "DAGSTER_DISABLE_TELEMETRY": "yes"}
    command = [python, "-m", "harness.dagster_steps", folder]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr[-3000:]
    return dict(json.loads((folder / "told.json").read_text(encoding="utf-8")))


def test_extra_is_named() -> None:
    """Without Dagster the error says what to install."""
    with pytest.raises(MissingExtraError, match=r"pip install 'driftline\[dagster\]'"):
        __import__("driftline.integrations.dagster")


def test_partition_is_judged_and_kept_once(told: dict[str, Any]) -> None:
    """A quiet day passes, with its report; once more, it is the same run of the store."""
    quiet = told["quiet"]
    assert (True, "ok", 300) == (quiet["passed"], quiet["level"], quiet["rows"])
    assert "2024-05-06T00:00:00/2024-05-07T00:00:00" == quiet["window"]
    timed = (told[name]["report"].partition("<sub>") for name in ("quiet", "again"))  # how long it took comes after it
    assert len({report for report, *_ in timed}) == 1
    assert quiet | {"report": ""} == told["again"] | {"report": ""}
    assert ([2, 2], ["2024-05-06.html", "2024-05-08.html"]) == (told["windows"], told["reports"])


def test_alert_fails_the_check(told: dict[str, Any]) -> None:
    """It is an error that names the column, in the metadata too, and one incident in the store."""
    broken = told["broken"]
    assert (False, "ERROR", "size") == (broken["passed"], broken["severity"], broken["findings"][0]["subject"])
    assert broken["said"].startswith("size is higher: ")
    assert "size" in broken["report"]
    assert 1 == len(told["incidents"])


def test_blocking_check_holds_back_what_comes_after(told: dict[str, Any]) -> None:
    """The asset downstream of the alert is not made."""
    assert (False, [True, False]) == (told["gate"]["passed"], told["gate"]["made"])


def test_what_cannot_be_used_is_told(told: dict[str, Any]) -> None:
    """Rows that are not there fail the step once; a path for windows needs partitions."""
    (gone,) = told["gone"]
    assert "gone.parquet: no such file" in gone
    assert "name the asset's partitions with partitions_def" in told["wrong"]
