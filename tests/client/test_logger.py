"""The logger loses nothing that it has room for, whatever happens to the server or to the process."""

import enum
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import polars as pl
import pytest

from driftline.client.logger import Logger
from driftline.errors import ConfigError
from harness.programs import free_port


class Server(ThreadingHTTPServer):
    """Takes batches by the contract: 200 once kept, the same key twice is one; or answers as told."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port=0, answers=()):
        self.batches, self.answers, self.kinds = {}, list(answers), []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = self.server.answers.pop(0) if self.server.answers else 200
                if status == 200:
                    self.server.batches.setdefault(self.headers["Idempotency-Key"], pl.read_ipc_stream(body))
                    self.server.kinds.append(self.path)
                self.send_response(status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def rows(self):
        """All rows that were taken in."""
        frames = list(self.batches.values())
        return pl.concat(frames, how="diagonal_relaxed") if frames else pl.DataFrame()


@contextmanager
def server(*args, **kwargs):
    """A server that is shut down."""
    with Server(*args, **kwargs) as made:
        threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield made
        finally:
            made.shutdown()


def test_rows_and_truth_arrive(tmp_path):
    """Each prediction arrives with all that was said of it, each label with its id."""
    with server() as there, Logger(there.url, "taxi", "7", spool=tmp_path) as logger:
        logger.log({"km": 2.5, "zone": "a"}, 11.0, score=0.5, id="r1", timestamp=0, latency=0.25)
        logger.log({"km": 3}, None, id="r2", error="ValueError", timestamp=datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
        logger.label("r1", 12.5, timestamp="1970-01-02")
        assert logger.flush()
        first, second = there.batches.values()
    expected = {
        "km": [2.5, 3.0], "zone": ["a", None], "id": ["r1", "r2"], "prediction": [11.0, None], "score": [0.5, None],
        "latency": [0.25, None], "error": [None, "ValueError"], "model_version": ["7", "7"],
        "timestamp": [0, 1_000_000],
    }  # fmt: skip
    assert expected == first.with_columns(pl.col("timestamp").to_physical()).to_dict(as_series=False)
    assert [("r1", 12.5, 86_400_000_000)] == second.with_columns(pl.col("timestamp").to_physical()).rows()
    assert ["/v1/models/taxi/predictions", "/v1/models/taxi/labels"] == there.kinds
    assert (3, 0, 3, 0, 0, 0) == tuple(getattr(logger.stats(), name) for name in logger.stats().__slots__)


class Colour(enum.Enum):
    """No plain value."""

    RED = 1


class Broken:
    """Cannot even be written."""

    def __str__(self):
        raise RuntimeError("no")


def test_odd_values_lose_no_row(tmp_path, caplog):
    """Whatever a value is, its row arrives, and what was done to it is said once."""
    odd = [
        {"n": np.int32(1), "d": Decimal("1.5"), "m": 1, "v": np.array([1.0, 2.0]), "b": True, "t": "x" * 20_000},
        {"n": 2**70, "d": 2, "m": "a", "v": [3], "b": None, "t": Colour.RED, "extra": {"a": 1}},
        {"n": float("nan"), "d": None, "m": None, "v": None, "b": False, "t": None, 5: Broken()},
    ]
    with server() as there, Logger(there.url, "taxi", spool=tmp_path) as logger:
        for row in odd:
            logger.log(row, np.float64(1), id=np.int64(4))
        assert logger.flush()
        rows = there.rows()
    assert (3, [4, 4, 4]) == (rows.height, rows["id"].to_list())
    assert ["1", "a", None] == rows["m"].to_list()
    assert [[1.0, 2.0], [3.0], None] == rows["v"].to_list()
    assert (1.5, 2.0) == tuple(rows["d"][:2])
    assert 10_000 == len(rows["t"][0])
    assert '{"a": 1}' == rows["extra"][1]
    said = [record.message for record in caplog.records]
    assert 1 == sum("'m'" in each for each in said)


def test_away_and_back(tmp_path):
    """While the server is away batches are on disk; another process sends them in order, none twice."""
    port = free_port()
    logger = Logger(f"http://127.0.0.1:{port}", "taxi", spool=tmp_path)
    for number in range(2500):
        logger.log({"x": number}, 1.0)
    assert not logger.flush(0.5)
    logger.close()
    assert 2500 == sum(int(path.name.split(".")[2]) for path in tmp_path.iterdir())
    with server(port) as there, Logger(there.url, "taxi", spool=tmp_path) as logger:
        logger.log({"x": 2500}, 1.0)
        assert logger.flush(20)
    assert list(range(2501)) == there.rows()["x"].to_list()
    assert [] == list(tmp_path.iterdir())


def test_a_full_spool_loses_the_oldest(tmp_path):
    """What has no room on disk is counted, and the newest stays."""
    with Logger(f"http://127.0.0.1:{free_port()}", "taxi", spool=tmp_path, spool_bytes=100_000) as logger:
        for number in range(20_000):
            logger.log({"x": number}, 1.0)
    kept = [pl.read_ipc_stream(path.read_bytes()) for path in sorted(tmp_path.iterdir())]
    found = pl.concat(kept)["x"].to_list()
    assert list(range(20_000 - len(found), 20_000)) == found
    assert 20_000 - len(found) == logger.stats().dropped > 0


def test_without_disk_and_room(tmp_path):
    """A queue without room turns rows away and counts them; the caller is not held up."""
    with Logger(f"http://127.0.0.1:{free_port()}", "taxi", spool=None, queue=1500) as logger:
        for number in range(20_000):
            logger.log({"x": number}, 1.0)
        assert logger.stats().queued <= 1500 + 1500
    stats = logger.stats()
    assert (20_000, 0, 20_000) == (stats.logged, stats.sent, stats.dropped)
    assert [] == list(tmp_path.iterdir())


def test_busy_server_and_refusals(tmp_path, caplog):
    """429 is tried again, what is refused for good is counted and goes, and the next batch goes through."""
    with server(answers=[429, 503, 200, 422]) as there, Logger(there.url, "taxi", spool=tmp_path) as logger:
        for id_ in ("a", "b", "c"):
            logger.log({"x": 1}, 1.0, id=id_)
            assert logger.flush(20)
    assert ["a", "c"] == there.rows()["id"].to_list()
    assert (2, 1) == (logger.stats().sent, logger.stats().refused)
    assert any("refused by the server (422" in record.message for record in caplog.records)


SCRIPT = """
import os, signal, sys, time
from driftline.client.logger import Logger
logger = Logger({url!r}, "taxi", spool={spool!r})
for number in range(3000):
    logger.log({{"x": number}}, 1.0, id=number)
"""


@pytest.mark.parametrize(
    ("ends", "status"),
    [
        pytest.param("", 0, id="at exit"),
        pytest.param("os.kill(os.getpid(), signal.SIGTERM); time.sleep(20)", -15, id="SIGTERM"),
        pytest.param("sys.exit(3)", 3, id="sys.exit"),
    ],
)
@pytest.mark.parametrize("away", [False, True])
def test_the_end_of_the_process(tmp_path, ends, status, away):
    """What was logged is sent, or on disk where the server is away, however the process ends in good order."""
    with server() as there:
        url = f"http://127.0.0.1:{free_port()}" if away else there.url
        script = SCRIPT.format(url=url, spool=str(tmp_path)) + ends
        found = subprocess.run([sys.executable, "-c", script], timeout=60, check=False)
        assert status == found.returncode
        kept = sum(int(path.name.split(".")[2]) for path in tmp_path.iterdir())
        assert (0, 3000) == (there.rows().height, kept) if away else (3000, 0) == (there.rows().height, kept)


def test_handlers_of_others_are_left_alone(tmp_path):
    """A program that handles SIGTERM by itself goes on doing so."""
    script = "import signal\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(5))\nimport sys\n"
    script += SCRIPT.format(url="http://127.0.0.1:1", spool=str(tmp_path))
    script += "os.kill(os.getpid(), signal.SIGTERM); time.sleep(20)"
    assert 5 == subprocess.run([sys.executable, "-c", script], timeout=60, check=False).returncode
    assert 3000 == sum(int(path.name.split(".")[2]) for path in tmp_path.iterdir())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_fork(tmp_path):
    """A child logs for itself, and sends nothing of what its parent had queued."""
    with server() as there:
        script = SCRIPT.format(url=there.url, spool=str(tmp_path))
        script += "if os.fork() == 0:\n    logger.log({'x': -1}, 1.0, id=-1)\nelse:\n    os.wait()\n"
        subprocess.run([sys.executable, "-W", "ignore", "-c", script], timeout=60, check=True)
    assert [-1, *range(3000)] == sorted(there.rows()["id"].to_list())


def test_bad_urls():
    """A URL that cannot be one is told at once."""
    with pytest.raises(ConfigError, match="url: expected http"):
        Logger("taxi.example.org", "taxi")


def test_signal_is_restored():
    """Loggers in threads leave signals alone."""
    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=lambda: Logger("http://127.0.0.1:1", "taxi", spool=None).close(0))
    thread.start()
    thread.join()
    assert before == signal.getsignal(signal.SIGTERM)
