"""The Mage project of the example, run without its server: what the pipeline writes about a broken day."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from driftline.stores.base import open_store
from harness.programs import component

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent
PROJECT = ROOT / "examples/mage_taxi"
DAY = "2022-02-14"


def test_pipeline_judges_data_then_model(tmp_path: Path) -> None:
    """The day of the shifted fare: an alert on the data, and one on the model once the durations are joined."""
    mage = Path(component("mage")).with_name("mage")
    subprocess.run([sys.executable, PROJECT / "prepare.py", tmp_path, "--days", "14"], check=True, capture_output=True)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {
        "MAGE_DATA_DIR": str(tmp_path / "mage"), "TAXI_FOLDER": str(tmp_path),
        "DRIFTLINE": f"env PYTHONPATH={ROOT / 'src'} {sys.executable} -m driftline",
    }  # fmt: skip
    command = [mage, "run", PROJECT, "taxi", "--runtime-vars", json.dumps({"day": DAY})]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr[-3000:]
    data, model = json.loads((tmp_path / f"verdicts/{DAY}.json").read_text(encoding="utf-8"))
    assert ("data", "alert", "model", "alert") == (data["check"], data["level"], model["check"], model["level"])
    assert "fare_amount is higher" in data["headline"]
    assert "the model: mean absolute error" in model["headline"]
    assert Path(model["report"]).stat().st_size > 10_000
    with open_store(f"sqlite:///{tmp_path}/driftline.db") as store:
        assert 2 == len(store.runs("green-taxi-duration", None))
