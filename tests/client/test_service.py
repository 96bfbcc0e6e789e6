"""The logger beside a real server: rows count, whatever the pack calls its columns."""

import re
import sys
import time
from datetime import datetime, timedelta

import httpx
import polars as pl

from driftline import Logger, Monitor
from driftline.config.settings import StreamConfig
from harness.programs import Program

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
    return {labels: float(value) for labels, value in re.findall(r"^driftline_server_(\S+) (\S+)$", page, re.MULTILINE)}


def test_the_documented_snippet_counts(tmp_path):
    """`Logger.log` and `label` as documented: each row is counted in a window, and the labels are taken."""
    program = Program([sys.executable, "-m", "driftline", "serve", "model.pack", "--port", "{port}"])
    _pack(program.folder)
    with program:
        with Logger(f"http://127.0.0.1:{program.port}", "model", spool=tmp_path) as logger:
            for number in range(300):
                minutes = number % 17 + 5.0
                logger.log({"distance": number % 17 / 2}, minutes, id=f"a{number}")
            assert logger.flush(20), logger.stats()
            for number in range(300):
                logger.label(f"a{number}", number % 17 + 5.5)
            assert logger.flush(20), logger.stats()
            assert ({}, 600, "") == (dict(logger.stats().set_aside), logger.stats().sent, logger.stats().trouble)
        deadline, counts = time.monotonic() + 30, _counts(program.port)
        while not any("counted" in name and value == 300 for name, value in counts.items()):
            assert time.monotonic() < deadline, counts
            time.sleep(0.2)
            counts = _counts(program.port)
        assert 300 == counts['labels{model="model"}']
