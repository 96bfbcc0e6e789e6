"""The logger beside a real server: rows count, whatever the pack calls its columns."""

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import polars as pl

from driftline import Monitor
from driftline.config.settings import StreamConfig
from driftline.stores.base import open_store
from driftline.types import Level
from harness.patience import PATIENCE
from harness.programs import Command

LOGGING = Path(__file__).parent.parent.parent / "docs/logging.md"
START = datetime(2024, 5, 1)  # noqa: DTZ001 - UTC


def _pack(folder):
    """A pack that names its own timestamp, id, prediction and target."""
    numbers = range(2000)
    reference = pl.DataFrame(
        {
            "ordered_at": [START + timedelta(seconds=30 * number) for number in numbers],
            "order_id": [f"r{number}" for number in numbers],
            "distance": [number % 17 / 2 for number in numbers],
            "predicted": [number % 17 + 5.0 for number in numbers],
            "minutes": [number % 17 + 5.5 for number in numbers],
        }
    )
    roles = {"timestamp": "ordered_at", "id": "order_id", "prediction": "predicted", "target": "minutes"}
    Monitor.fit(reference, **roles, stream=StreamConfig(every="5m")).save(folder / "model.pack")


def _counts(port):
    page = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    return {labels: float(value) for labels, value in re.findall(r"^driftline_(\S+) (\S+)$", page, re.MULTILINE)}


def _eventually(port, holds):
    """The numbers of the server's page once something holds of them."""
    deadline, counts = time.monotonic() + PATIENCE, _counts(port)
    while not holds(counts):
        assert time.monotonic() < deadline, counts
        time.sleep(0.2)
        counts = _counts(port)
    return counts


def test_the_documented_snippet_reaches_a_verdict(tmp_path):
    """The snippet of the docs runs as it stands; rows like its own are counted, labelled, and judged by window."""
    program = Command(["serve", "model.pack", "--port", "{port}"])
    _pack(program.folder)
    (snippet,) = re.findall(r"```text\n(from driftline import Logger\n.*?)```", LOGGING.read_text("utf-8"), re.DOTALL)
    own = f'Logger("http://127.0.0.1:{program.port}", model="model", spool={str(tmp_path)!r}, '
    snippet, replaced = re.subn(r'Logger\("http://127.0.0.1:8600", model="taxi", ', own, snippet)
    assert 1 == replaced
    past = datetime.now(UTC).timestamp() // 300 * 300 - 3600  # an hour ago, where a window begins
    names = {}
    with program:
        exec(compile(snippet, "logging.md", "exec"), names)  # noqa: S102 - the documentation's own code
        with names["logger"] as client:
            for number in range(300):
                features = {"distance": number % 17 / 2 + 30}
                client.log(features, number % 17 + 5.0, id=f"b{number}", timestamp=past + number / 2)
            assert client.flush(PATIENCE), client.stats()
            for number in range(300):
                client.label(f"b{number}", number % 17 + 5.5)
            assert client.flush(PATIENCE), client.stats()
            stats = client.stats()
            assert ({}, 602, "") == (dict(stats.set_aside), stats.sent, stats.trouble)
        told = set()

        def is_told(counts):  # by the store: the page shows the newest window, which is empty by then
            with open_store(f"sqlite:///{program.folder}/driftline.db") as store:
                runs = [run for run in store.runs("model", 50) if run.current_rows == 300]
            told.update((run.level, "distance" in run.headline) for run in runs)
            return (Level.ALERT, True) in told and counts['server_labels{model="model"}'] == 301

        counts = _eventually(program.port, is_told)
        assert 301 == counts['server_rows{fate="counted",model="model"}']
