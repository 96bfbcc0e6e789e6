"""On a real server of Prefect: a backfill that is killed and goes on, a deployment that runs by its schedule."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from driftline.errors import MissingExtraError
from driftline.stores.base import open_store
from harness.programs import Program, component

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
QUIET = {
    "PREFECT_HOME": "{folder}", "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_SERVICES_SCHEDULER_RECENT_DEPLOYMENTS_LOOP_SECONDS": "1", "PREFECT_RUNNER_POLL_FREQUENCY": "1",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false", "PREFECT_SERVER_UI_ENABLED": "false",
    "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT / 'tests'}", "PREFECT_API_URL": "http://127.0.0.1:{port}/api",
}  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[Program]:
    """A server on a free port, with a database of its own and nothing that tells anyone of it."""
    python = component("prefect")
    ask = "from urllib.request import urlopen; urlopen('http://127.0.0.1:{port}/api/health', timeout=5)"
    command = [python, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", "{port}"]
    made = Program(command, environment=QUIET, ready=[sys.executable, "-c", ask], patience=300)
    if (empty := Path(python).parents[1] / "home" / "prefect.db").exists():
        shutil.copy(empty, made.folder)  # which saves the server twenty seconds of work
    with made as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prefect")


@contextmanager
def step(server: Program, folder: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a step in Prefect's environment; it is killed at the end, if it has not ended by itself."""
    environment = os.environ | {name: server.filled(value) for name, value in QUIET.items()}
    if words[0] == "lose":
        environment["PREFECT_CLIENT_MAX_RETRIES"] = "1"  # a server that is gone is told in seconds, not minutes
    command = [component("prefect"), "-m", "harness.prefect_steps", words[0], str(folder), *words[1:]]
    with (folder / f"{words[0]}.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(ask: Callable[[], Any], process: subprocess.Popen[bytes], log: Path) -> Any:
    """The answer, once there is one."""
    end = time.monotonic() + 300
    while not (answer := ask()):
        if process.poll() is not None or time.monotonic() > end:
            raise AssertionError(log.read_text(encoding="utf-8", errors="replace")[-3000:])
        time.sleep(0.5)
    return answer


def count_windows(folder: Path, name: str = "driftline.db") -> int:
    if not (folder / name).exists():
        return 0
    with open_store(f"sqlite:///{folder}/{name}") as store:
        return len(store.windows("model", None))


@pytest.fixture(scope="module")
def told(server: Program, folder: Path) -> dict[str, Any]:
    """What the flows gave, after one was killed between its second and its last window."""
    with step(server, folder, "begin") as process:
        wait_for(lambda: count_windows(folder) >= 2, process, folder / "begin.log")
        os.killpg(process.pid, signal.SIGKILL)
    with step(server, folder, "go_on") as process:
        assert 0 == process.wait(500), (folder / "go_on.log").read_text(encoding="utf-8")[-3000:]
    return dict(json.loads((folder / "told.json").read_text(encoding="utf-8")))


def test_extra_is_named() -> None:
    """Without Prefect the error says what to install."""
    with pytest.raises(MissingExtraError, match=r"pip install 'driftline\[prefect\]'"):
        __import__("driftline.integrations.prefect")


def test_a_killed_backfill_goes_on(told: dict[str, Any]) -> None:
    """The next run judges only the windows that are left, then none; again, it judges all, and counts none twice."""
    assert 2 <= told["before"] <= 4
    assert 4 - told["before"] == len(told["resumed"])
    assert [] == told["none left"]
    assert (["ok", "ok", "alert", "ok"], 4, 4) == (told["again"], told["runs"], told["fragments"])
    assert [None] == told["incidents"]


def test_page_runs(server: Program, tmp_path: Path) -> None:
    """The code that the page shows keeps the store's address, joins last week's labels, and judges the four days."""
    with step(server, tmp_path, "show") as process:
        assert 0 == process.wait(500), (tmp_path / "show.log").read_text(encoding="utf-8")[-3000:]
    told = json.loads((tmp_path / "page.json").read_text(encoding="utf-8"))
    assert (["ok"] * 4, [0], ["taxi"]) == (told["levels"], told["joined"], told["served"])
    assert "7d" == told["late"]["delay"]


def test_artifacts(told: dict[str, Any]) -> None:
    """There are the report, tables and, where the dashboard is named, a link."""
    assert {"markdown", "table"} <= set(told["types"])
    assert any("size" in str(data) for data in told["key"])


def test_labels_come_late(told: dict[str, Any]) -> None:
    """The rows are written with the labels that came, and judged with them."""
    assert (300, 150) == (told["joined"]["rows"], told["joined"]["labelled"])
    assert (300, "ok") == (told["checked"]["rows"], told["checked"]["level"])


def test_what_goes_wrong_is_told(told: dict[str, Any]) -> None:
    """An alert that is to fail, a month that is not there, a block that is not there: each says what to do."""
    assert told["failed"].startswith("RuntimeError: alert: size")
    assert "1 of 1 windows could not be judged" in told["no month"]
    assert "rows-2031-02-01.parquet: no such file" in told["no month"]
    assert "store 'other': no URL, and no block of that name" in told["no block"]
    assert 4 == told["watched"]


def test_two_flows_judge_one_window_at_once(told: dict[str, Any]) -> None:
    """Both give the same result and a run that the store knows; the window is shown once, and the rows count once."""
    assert {"same": True, "level": "ok", "run": True, "kept": [1, 1]} == told["at once"]


@pytest.mark.usefixtures("told")  # the files are there then
def test_scheduled_check_starts_a_retraining(server: Program, folder: Path) -> None:
    """The scheduled run judges the day before, and its alert starts the deployment that fits a new pack."""

    def runs(flow: str) -> list[dict[str, Any]]:
        body = json.dumps(
            {"flows": {"name": {"any_": [flow]}}, "flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
        )
        url = f"http://127.0.0.1:{server.port}/api/flow_runs/filter"
        with urlopen(Request(url, body.encode(), {"Content-Type": "application/json"}), timeout=30) as answer:
            return [run for run in json.load(answer) if run["deployment_id"]]

    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    with step(server, folder, "serve", yesterday.isoformat()) as process:
        fitted = wait_for(lambda: runs("driftline-fit"), process, folder / "serve.log")
        checked = runs("driftline-check")
    assert {True} == {run["auto_scheduled"] for run in checked}
    assert ([False], True) == ([run["auto_scheduled"] for run in fitted], (folder / "new.pack").exists())
    with open_store(f"sqlite:///{folder}/driftline.db") as store:
        assert (store.windows("model", 1)[0].window or "").startswith(yesterday.isoformat()[:8])


@pytest.mark.usefixtures("told")  # the files are there then
def test_server_lost_in_the_middle_of_a_flow(server: Program, folder: Path) -> None:
    """Windows that were begun are judged and kept, the flow ends with the error, and the next run judges the rest."""
    with step(server, folder, "lose") as process:
        wait_for(lambda: count_windows(folder, "lost.db") >= 1, process, folder / "lose.log")
        server.stop(signal.SIGKILL)
        wait_for((folder / "lost.json").exists, process, folder / "lose.log")
        judged = count_windows(folder, "lost.db")
        server.start()
        (folder / "back").touch()
        assert 0 == process.wait(500), (folder / "lose.log").read_text(encoding="utf-8")[-3000:]
    assert "ConnectError" == json.loads((folder / "lost.json").read_text(encoding="utf-8"))["error"]
    back = json.loads((folder / "back.json").read_text(encoding="utf-8"))
    assert (4 - judged, 4, 4) == (len(back["left"]), back["windows"], back["runs"])
