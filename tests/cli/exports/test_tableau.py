"""An extract of Tableau is read back by Tableau's own engine, in an environment of its own."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from driftline.cli.exports.base_views import VIEWS
from driftline.cli.main import main
from driftline.stores.base import open_store
from harness.programs import component

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
def test_read_back(tmp_path):
    """Each view is a table, with the rows, numbers and times of the store; nothing else is left in the folder."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT / 'tests'}"}
    command = [component("tableau"), "-m", "harness.tableau_steps", str(tmp_path)]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert (0, sorted(VIEWS)) == (told["code"], told["tables"])
    assert told["expected"] == told["found"] != []
    assert told["ends"][0] == told["ends"][1]
    assert told["windows"][0] == told["windows"][1] != []
    assert "out.hyper" in told["files"]
    assert not [name for name in told["files"] if name.startswith(".out")]


def test_what_cannot_be(tmp_path):
    """Without pantab the error names the extra; a file that Tableau would not open is refused."""
    url = f"sqlite:///{tmp_path}/s.db"
    open_store(url).close()
    lacking = CliRunner().invoke(main, ["export", "tableau", f"{tmp_path}/o.hyper", "--store", url])
    other = CliRunner().invoke(main, ["export", "tableau", f"{tmp_path}/o.csv", "--store", url])
    assert (2, True) == (lacking.exit_code, "driftline[tableau]" in lacking.output)
    assert (2, True) == (other.exit_code, "OUT.hyper" in other.output)
