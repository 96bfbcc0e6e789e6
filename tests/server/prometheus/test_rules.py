"""The rules for Prometheus pass its own checks and their own tests."""

import os
import shutil
import subprocess

import pytest
from click.testing import CliRunner

from driftline.cli.main import main


def test_rules_are_valid_and_pass_their_tests(tmp_path) -> None:
    """`promtool` takes the rules that the command writes, and each fires where its tests say."""
    if shutil.which("promtool") is None and not os.environ.get("ALL_COMPONENTS"):
        pytest.skip("promtool is not installed: scripts/components installs Prometheus")
    done = CliRunner().invoke(main, ["export", "prometheus", "--output", str(tmp_path)])
    assert (0, 2) == (done.exit_code, done.output.count("wrote "))
    for verb, name in (("check", "driftline.rules.yml"), ("test", "driftline.tests.yml")):
        command = ["promtool", verb, "rules", name]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert 0 == ran.returncode, ran.stdout + ran.stderr
