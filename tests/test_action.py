"""The action for GitHub: its scripts do what its inputs say, and no input becomes part of a script."""

import os
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import yaml

ROOT = Path(__file__).parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
ROWS = pl.DataFrame({"x": [float(at % 97) for at in range(1000)], "the zone": [f"z{at % 5}" for at in range(1000)]})


def run(step: str, folder: Path, **inputs: str) -> "subprocess.CompletedProcess[str]":
    """Run a step's script as a runner does: inputs are in the environment, with their defaults."""
    given = {
        name: inputs.get(name.replace("-", "_"), facts.get("default", "")) for name, facts in ACTION["inputs"].items()
    }
    named = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda m: given[m[1]], text)
        for name, text in STEPS[step]["env"].items()
    }
    files = {name: str(folder / name.lower()) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    script = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[step]["run"]]
    return subprocess.run(
        script, cwd=folder, env=os.environ | named | files | {"PATH": path}, capture_output=True, text=True, check=False
    )


def test_no_input_is_part_of_a_script():
    """Whoever names a branch or a file could run code otherwise: scripts take what they need from the environment."""
    assert [] == [name for name, step in STEPS.items() if "${{" in step.get("run", "")]
    used = set(re.findall(r"inputs\.([\w-]+)", str(ACTION["runs"])))
    assert ACTION["inputs"].keys() == used


def test_check_with_an_alert(tmp_path):
    """The reports are there, the summary has the finding, and the last step ends with the check's exit code."""
    ROWS.write_parquet(tmp_path / "a b.parquet")
    ROWS.with_columns(pl.col("x") + 40).write_parquet(tmp_path / "now.parquet")
    inputs = {"reference": "a b.parquet", "current": "now.parquet", "options": '--segment "the zone"'}
    outcome = run("Check", tmp_path, **inputs)
    assert outcome.returncode == 0, outcome.stderr
    assert "code=1\n" == (tmp_path / "github_output").read_text("utf-8")
    assert "x" in (tmp_path / "github_step_summary").read_text("utf-8")
    found = sorted(path.name for path in (tmp_path / "driftline-report").iterdir())
    assert ["report.html", "report.json", "report.md", "report.xml"] == found
    assert "<failure" in (tmp_path / "driftline-report/report.xml").read_text("utf-8")


def test_check_that_cannot_run(tmp_path):
    """A file that is not there is exit code 2, in words, and nothing is written into the summary."""
    outcome = run("Check", tmp_path, reference="none.parquet", current="--help")
    assert outcome.returncode == 0
    assert "none.parquet" in outcome.stderr
    assert "code=2\n" == (tmp_path / "github_output").read_text("utf-8")
    assert not (tmp_path / "github_step_summary").exists()


@pytest.mark.parametrize("code", [0, 1, 3])
def test_the_last_step_has_the_code(code):
    """The job fails if and only if the check did."""
    script = ["bash", "-c", STEPS["Say whether to go on"]["run"]]
    assert code == subprocess.run(script, env={"CODE": str(code)}, check=False).returncode
