"""The examples run and find what was broken in them."""

import ast
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from driftline.server.http.access import Authenticator
from driftline.server.http.dashboard import Dashboard
from driftline.server.http.tokens import Tokens
from driftline.stores.base import open_store
from harness import commands, shell
from harness.dashboards import Browser
from harness.pages import python_of
from harness.programs import component, free_port

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parent.parent / "examples"
ENVIRONMENT = os.environ | {"PYTHONUTF8": "1"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the quick start has run, and what it said."""
    folder = tmp_path_factory.mktemp("deliveries")
    done = commands.run_file(EXAMPLES / "quickstart.py", cwd=folder, env=ENVIRONMENT)
    (folder / "said.txt").write_text(told(done)[1], encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """An environment for scripts that call `driftline`."""
    with shell.path() as path:
        yield ENVIRONMENT | {"PATH": path}


def told(done: subprocess.CompletedProcess[str]) -> tuple[int, str]:
    """The exit code and output of a command that has nothing to complain of."""
    assert done.stderr == ""
    return done.returncode, done.stdout


def run(folder: Path, environment: dict[str, str], *command: object) -> tuple[int, str]:
    words = list(map(str, command))
    return told(subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False))


def test_quickstart_finds_all_that_was_broken(folder: Path) -> None:
    """It names the voucher, the distances and the model, since the release, and writes the report."""
    said = (folder / "said.txt").read_text(encoding="utf-8")
    for subject in ("payment", "distance_km", "the model"):
        (line,) = [line for line in said.splitlines() if line.startswith(f"alert: {subject}")]
        assert line.endswith("since 2026-03-04T12:00:00")
    assert "items" not in said  # its type changed and all values survived
    assert (folder / "report.html").stat().st_size > 10_000


def test_pandas_frames_finds_the_segment(tmp_path: Path) -> None:
    """It names the column and the segment that lost values, and no other."""
    code, said = told(commands.run_file(EXAMPLES / "pandas_frames.py", cwd=tmp_path, env=ENVIRONMENT))
    assert code == 0
    assert "channel=web" in said
    assert "channel=branch" not in said
    assert said.startswith("2 alerts in 5,000 rows: ")


@pytest.mark.parametrize(
    ("candidate", "code", "said"),
    [
        ("reference.parquet", 0, "gate: pass"),
        ("current.parquet", 1, "gate: stop, see gate.html"),
        ("few.parquet", 3, "gate: stop, too few rows to judge"),
    ],
)
def test_release_gate_says_whether_to_go_on(
    folder: Path, environment: dict[str, str], candidate: str, code: int, said: str
) -> None:
    """The gate passes what is like the reference, stops what is not, and what is too little to judge."""
    pl.read_parquet(folder / "reference.parquet").head(5).write_parquet(folder / "few.parquet")
    if not (folder / "gate.pack").exists():
        settings = ["--target", "minutes", "--prediction", "predicted"]
        run(folder, environment, "driftline", "fit", "reference.parquet", "-o", "gate.pack", *settings)
    result = run(folder, environment, "bash", EXAMPLES / "release_gate.sh", "gate.pack", candidate)
    assert (code, said) == (result[0], result[1].strip().splitlines()[-1])


def test_settings_of_the_example_are_used(folder: Path, environment: dict[str, str]) -> None:
    """The example's driftline.yaml is valid, judges by segment, and keeps the result in its store."""
    check = ["driftline", "check", "reference.parquet", "current.parquet", "--config", EXAMPLES / "driftline.yaml"]
    assert run(folder, environment, *check, "--json", "report.json")[0] == 1
    assert '"segment": "payment=card"' in (folder / "report.json").read_text(encoding="utf-8")
    code, said = run(folder, environment, "driftline", "history", "--store", "sqlite:///deliveries.db")
    assert code == 0
    assert "delivery-time" in said


def test_service_asks_for_what_it_needs(tmp_path: Path) -> None:
    """A port that is taken is told before anything begins."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        service = [sys.executable, EXAMPLES / "service" / "run.py", "--ports", port, str(free_port())]
        done = subprocess.run(service, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert 1 == done.returncode
    assert f"another program listens on port {port}; stop it, or name others with --ports\n" == done.stderr


def test_service_is_watched_while_its_labels_come_late(tmp_path: Path) -> None:
    """One command: the outage is told, and labels that come 1 to 7 days later are joined to every trip."""
    ports = [str(free_port()) for _ in range(2)]
    command = [sys.executable, EXAMPLES / "service" / "run.py", "--once", "--days", "12", "--ports", *ports]
    status, said = run(tmp_path, ENVIRONMENT, *command)
    assert 0 == status
    told = re.findall(r"green-taxi-duration: alert: (.*), since (.*)", said)
    what, since = told[0]
    assert (True, "10 Feb 2022 09:00") == (what.startswith("no rows for "), since)
    numbers = dict(re.findall(r"^(driftline_server_\w+\S*) (\S+)$", said, re.MULTILINE))
    model = 'model="green-taxi-duration"'
    trips = sum(int(each.replace(",", "")) for each in re.findall(r": ([\d,]+) trips", said))
    assert trips == float(numbers[f'driftline_server_rows{{fate="counted",{model}}}'])
    assert 1.0 == float(numbers[f"driftline_server_labelled_ratio{{{model}}}"])
    links = set(re.findall(rf"^    http://127\.0\.0\.1:{ports[0]}(/\S+)$", said, re.MULTILINE))
    assert links
    with open_store(f"sqlite:///{tmp_path}/service-out/driftline.db") as store:
        browser = Browser(Dashboard(store, Authenticator(Tokens(tmp_path / "tokens.json"), 1000)), store)
        for link in links:  # of each notification to its incident's page, and from there to the report
            report = re.search(r'href="(/report\?run=\w+)">Report of the window that opened it', browser.get(link).text)
            assert 200 == browser.get(report[1]).status_code


def test_taxi_asks_for_what_it_needs(tmp_path: Path) -> None:
    """A port that is taken, and a folder that is there already, are told before anything begins."""
    component("prefect")
    command = [sys.executable, EXAMPLES / "taxi" / "run.py", "--out", tmp_path, "--ports"]
    ports = [str(free_port()) for _ in range(6)]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [*command, port, *ports[1:]], env=ENVIRONMENT, capture_output=True, text=True, check=False
        )
    assert (1, f"another program listens on port {port}; stop it, or name others with --ports\n") == (
        done.returncode,
        done.stderr,
    )
    done = subprocess.run([*command, *ports], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert f"{tmp_path}: is there already; remove it, or name another folder with --out\n" == done.stderr


def test_calls_of_the_tutorial_are_those_of_the_example() -> None:
    """What the tutorial shows of flows is what the example calls: the same flows, files and columns."""
    said = {path: path.read_text(encoding="utf-8") for path in (EXAMPLES / "taxi").glob("*.py")}
    text = "\n".join(said.values())
    calls = [
        node for block in python_of("tutorial.md") for node in ast.walk(ast.parse(block)) if isinstance(node, ast.Call)
    ]
    assert ["backfill", "join_labels", "backfill"] == [ast.unparse(call.func) for call in calls]
    texts = {node.value for call in calls for node in ast.walk(call) if isinstance(node, ast.Constant)} - {True}
    dates = {value for value in texts if value.startswith("2022-")}
    assert set() == {value for value in texts - dates if value.rpartition("/")[2] not in text}
    parameters = {word.arg for call in calls for word in call.keywords}
    flows = (EXAMPLES.parent / "src/driftline/integrations/prefect.py").read_text(encoding="utf-8")
    assert set() == {name for name in parameters if name and not re.search(rf"\b{name}: ", flows)}
