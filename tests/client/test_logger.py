"""The logger loses nothing that it has room for, whatever happens to the server or to the process."""

import enum
import json
import os
import signal
import socket
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

from driftline.client import sender
from driftline.client.logger import Logger
from driftline.errors import ConfigError
from driftline.server.http import rows as server_rows
from harness.patience import PATIENCE
from harness.programs import free_port

pytestmark = pytest.mark.slow


class Server(ThreadingHTTPServer):
    """Takes batches by the contract: 200 once kept, the same key twice is one; or answers as told."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port=0, answers=(), judge=lambda _rows: 200, facts=()):
        self.batches, self.answers, self.kinds = {}, list(answers), []
        self.attempts, self.judge, self.facts = 0, judge, dict(facts)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.server.attempts += 1
                rows, key = pl.read_ipc_stream(body), self.headers["Idempotency-Key"]
                status = self.server.answers.pop(0) if self.server.answers else self.server.judge(rows)
                answer = {"error": "no"}
                if status == 200:
                    self.server.batches.setdefault(key, rows)
                    self.server.kinds.append(self.path)
                    answer = {"batch": key, "rows": rows.height, "duplicate": False, **self.server.facts}
                said = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

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


def test_rows_and_labels_arrive(tmp_path):
    """Each prediction arrives with all that was said of it, each label with its id."""
    with server() as there, Logger(there.url, "taxi", "7", spool=tmp_path) as logger:
        logger.log({"km": 2.5, "zone": "a"}, 11.0, score=0.5, id="r1", timestamp=0, latency=0.25)
        logger.log({"km": 3}, None, id="r2", error="ValueError", timestamp=datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
        logger.label("r1", 12.5, timestamp="1970-01-02")
        assert logger.flush(PATIENCE)
        first, second = there.batches.values()
    expected = {
        "km": [2.5, 3.0], "zone": ["a", None], "id": ["r1", "r2"], "prediction": [11.0, None], "score": [0.5, None],
        "latency": [0.25, None], "error": [None, "ValueError"], "model_version": ["7", "7"],
        "timestamp": [0, 1_000_000],
    }  # fmt: skip
    assert expected == first.with_columns(pl.col("timestamp").to_physical()).to_dict(as_series=False)
    assert [("r1", 12.5, 86_400_000_000)] == second.with_columns(pl.col("timestamp").to_physical()).rows()
    assert ["/v1/models/taxi/predictions", "/v1/models/taxi/labels"] == there.kinds
    assert (3, 0, 3, 0, 0, 0) == tuple(getattr(logger.stats(), name) for name in logger.stats().__slots__[:6])


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
        assert logger.flush(PATIENCE)
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
    assert 2500 == sum(int(path.name.split(".")[2]) for path in tmp_path.glob("*/*"))
    with server(port) as there, Logger(there.url, "taxi", spool=tmp_path) as logger:
        logger.log({"x": 2500}, 1.0)
        assert logger.flush(PATIENCE)
    assert list(range(2501)) == there.rows()["x"].to_list()
    assert [] == list(tmp_path.glob("*/*"))


def test_a_full_spool_loses_the_oldest(tmp_path):
    """What has no room on disk is counted, and the newest stays."""
    with Logger(f"http://127.0.0.1:{free_port()}", "taxi", spool=tmp_path, spool_bytes=100_000) as logger:
        for number in range(20_000):
            logger.log({"x": number}, 1.0)
    kept = [pl.read_ipc_stream(path.read_bytes()) for path in sorted(tmp_path.glob("*/*"))]
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
    assert [] == list(tmp_path.glob("*/*"))


def test_busy_server_and_refusals(tmp_path, caplog):
    """429 is tried again, what is refused for good is counted and goes, and the next batch goes through."""
    with server(answers=[429, 503, 200, 422]) as there, Logger(there.url, "taxi", spool=tmp_path) as logger:
        for id_ in ("a", "b", "c"):
            logger.log({"x": 1}, 1.0, id=id_)
            assert logger.flush(PATIENCE) is (id_ != "b")
    assert ["a", "c"] == there.rows()["id"].to_list()
    assert (2, 1) == (logger.stats().sent, logger.stats().refused)
    assert any("refused 1 rows for good (422" in record.message for record in caplog.records)


SCRIPT = """
import os, signal, sys, time
from driftline.client import sender
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
        found = subprocess.run([sys.executable, "-c", script], timeout=PATIENCE, check=False)
        assert status == found.returncode
        kept = sum(int(path.name.split(".")[2]) for path in tmp_path.glob("*/*"))
        assert (0, 3000) == (there.rows().height, kept) if away else (3000, 0) == (there.rows().height, kept)


def test_handlers_of_others_are_left_alone(tmp_path):
    """A program that handles SIGTERM by itself goes on doing so."""
    script = "import signal\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(5))\nimport sys\n"
    script += SCRIPT.format(url="http://127.0.0.1:1", spool=str(tmp_path))
    script += "os.kill(os.getpid(), signal.SIGTERM); time.sleep(20)"
    assert 5 == subprocess.run([sys.executable, "-c", script], timeout=PATIENCE, check=False).returncode
    assert 3000 == sum(int(path.name.split(".")[2]) for path in tmp_path.glob("*/*"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_fork(tmp_path):
    """A child logs for itself, and sends nothing of what its parent had queued."""
    with server() as there:
        script = SCRIPT.format(url=there.url, spool=str(tmp_path))
        script += "if os.fork() == 0:\n    logger.log({'x': -1}, 1.0, id=-1)\nelse:\n    os.wait()\n"
        subprocess.run([sys.executable, "-W", "ignore", "-c", script], timeout=PATIENCE, check=True)
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


def test_flush_does_not_insist(tmp_path):
    """While the server refuses, flush makes a few attempts in two seconds, not thousands, and says False."""
    with server(judge=lambda _: 503) as there, Logger(there.url, "taxi", spool=tmp_path) as logger:
        logger.log({"x": 1}, 1.0)
        assert not logger.flush(2)
        assert there.attempts <= 5


def test_flush_is_true_once_the_server_has_all(tmp_path):
    """Each True means that the rows logged before are on the server."""
    with server() as there, Logger(there.url, "taxi", spool=tmp_path) as logger:
        for number in range(1, 41):
            logger.log({"x": number}, 1.0)
            assert logger.flush(PATIENCE)
            assert number == there.rows().height


def test_flush_tells_refusals(tmp_path):
    """Flush is False where the server refused a row that was logged before."""
    with server(judge=lambda _: 422) as there, Logger(there.url, "taxi", spool=tmp_path) as logger:
        logger.log({"x": 1}, 1.0)
        assert not logger.flush(PATIENCE)


def test_one_bad_row_is_refused_alone(tmp_path):
    """The server refuses each batch with a certain row: it is the only one that is lost."""
    with (
        server(judge=lambda rows: 422 if (rows["x"] == 700).any() else 200) as there,
        Logger(there.url, "taxi", spool=tmp_path) as logger,
    ):
        for number in range(1000):
            logger.log({"x": number}, 1.0)
        logger.flush(PATIENCE)
        stats = logger.stats()
    assert (999, 1) == (stats.sent, stats.refused)
    assert [number for number in range(1000) if number != 700] == sorted(there.rows()["x"].to_list())


def test_large_rows_make_small_batches(tmp_path):
    """Rows of 200 kB each go in bodies of at most 4 MiB, and a row that the server finds too large is refused alone."""
    with (
        server(judge=lambda rows: 413 if rows.height > 5 else 200) as there,
        Logger(there.url, "taxi", spool=tmp_path) as logger,
    ):
        for number in range(100):
            logger.log({"x": number, "v": [0.5] * 25_000}, 1.0)
        assert logger.flush(PATIENCE)
    assert list(range(100)) == sorted(there.rows()["x"].to_list())
    assert max(rows.estimated_size() for rows in there.batches.values()) <= 4 << 20


@pytest.mark.parametrize("features", [None, [1, 2], np.array([1.0]), 5, "text"])
def test_features_that_are_no_mapping(tmp_path, caplog, features):
    """They are counted and logged once, and nothing is raised."""
    with server() as there, Logger(there.url, "taxi", spool=tmp_path) as logger:
        for _ in range(3):
            logger.log(features, 1.0)
        assert logger.flush(PATIENCE)
        assert (3, 3, 0) == (logger.stats().logged, logger.stats().dropped, logger.stats().sent)
    assert 1 == sum("expected a mapping" in record.message for record in caplog.records)


@pytest.mark.parametrize("status", [201, 202, 204, 301, 302, 307])
def test_other_answers_lose_no_row(tmp_path, status):
    """Only the documented answer is success; after any other the rows are tried again."""
    with server(answers=[status]) as there, Logger(there.url, "taxi", spool=tmp_path) as logger:
        logger.log({"x": 1}, 1.0)
        assert logger.flush(PATIENCE)
        assert (1, 0, 1) == (logger.stats().sent, logger.stats().refused, there.rows().height)


def test_what_the_server_counts_is_shown(tmp_path, caplog):
    """Rows that the server sets aside are in the stats, and are logged once in words."""
    with server(facts={"no_timestamp": 1}) as there, Logger(there.url, "taxi", spool=tmp_path) as logger:
        for _ in range(3):
            logger.log({"x": 1}, 1.0)
            assert logger.flush(PATIENCE)
        assert {"no_timestamp": 3} == logger.stats().set_aside
    assert 1 == sum("no usable timestamp" in record.message for record in caplog.records)


def test_unknown_model_is_dropped_in_the_end(tmp_path, caplog, monkeypatch):
    """A model that the server does not know is an error in the log at once, and its rows go after a time."""
    monkeypatch.setattr("driftline.client.sender._UNKNOWN_MODEL_GRACE", 1.0)
    with server(judge=lambda _: 404) as there, Logger(there.url, "taxi", spool=tmp_path) as logger:
        logger.log({"x": 1}, 1.0)
        assert not logger.flush(PATIENCE)
        assert 1 == logger.stats().refused
        assert there.attempts < 6
    assert any("correct the name" in record.message for record in caplog.records)


def test_strangers_in_the_spool(tmp_path):
    """Files with other names in the folder do no harm."""
    with server() as there:
        Logger(there.url, "taxi", spool=tmp_path).close()
        (folder,) = tmp_path.iterdir()
        (folder / "stray.arrow").write_bytes(b"?")
        with Logger(there.url, "taxi", spool=tmp_path) as logger:
            logger.log({"x": 1}, 1.0)
            assert logger.flush(PATIENCE)


def test_servers_have_folders_of_their_own(tmp_path):
    """Rows for one server stay away from another with a model of the same name."""
    with Logger(f"http://127.0.0.1:{free_port()}", "taxi", spool=tmp_path) as first:
        first.log({"x": 1}, 1.0)
    with server() as there, Logger(there.url, "taxi", spool=tmp_path) as second:
        assert second.flush(PATIENCE)
        assert 0 == there.rows().height
    assert {0o700} == {folder.stat().st_mode & 0o777 for folder in tmp_path.iterdir()}


def test_a_folder_that_others_can_open(tmp_path, caplog):
    """A folder that is open to others is not used, and that is said."""
    with Logger("http://127.0.0.1:1", "taxi", spool=tmp_path) as logger:
        logger.log({"x": 1}, 1.0)
    (folder,) = tmp_path.iterdir()
    folder.chmod(0o755)
    Logger("http://127.0.0.1:1", "taxi", spool=tmp_path).close(0)
    assert any("only this user" in record.message for record in caplog.records)


CHILDREN = """
import multiprocessing, sys
from driftline.client import sender
from driftline.client.logger import Logger

def work(number):
    Logger({url!r}, "taxi", spool={spool!r}).log({{"x": number}}, 1.0)
    if shared is not None:
        shared.log({{"x": number + 100}}, 1.0)

shared = None
if __name__ == "__main__":
    if {method!r} == "fork":
        shared = Logger({url!r}, "taxi", spool={spool!r})
    context = multiprocessing.get_context({method!r})
    processes = [context.Process(target=work, args=(number,)) for number in range(2)]
    [process.start() for process in processes]
    [process.join() for process in processes]
"""


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_children_of_multiprocessing(tmp_path, method):
    """What a child process logs arrives, though such processes skip the handlers of an exit."""
    with server() as there:
        script = tmp_path / "script.py"
        script.write_text(CHILDREN.format(url=there.url, spool=str(tmp_path / "spool"), method=method))
        subprocess.run([sys.executable, "-W", "ignore", str(script)], timeout=PATIENCE, check=True)
    expected = [0, 1, 100, 101] if method == "fork" else [0, 1]
    assert expected == sorted(there.rows()["x"].to_list())


LOGGERS = """
import time
from driftline.client import process_end
from driftline.client import sender
from driftline.client.logger import Logger
loggers = [Logger({url!r}, name, spool={spool!r}) for name in "abc"]
for logger in loggers:
    logger.log({{"x": 1}}, 1.0)
start = time.monotonic()
process_end._close_all()
print(time.monotonic() - start)
"""


def test_several_loggers_close_within_one_deadline(tmp_path):
    """Three loggers whose server accepts connections and never answers end in one deadline, and lose nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        script = LOGGERS.format(url=f"http://127.0.0.1:{silent.getsockname()[1]}", spool=str(tmp_path))
        done = subprocess.run(
            [sys.executable, "-c", script], timeout=PATIENCE, check=True, capture_output=True, text=True
        )
    assert float(done.stdout) < 15  # which they would take one after the other
    assert 3 == len(list(tmp_path.glob("*/*.arrow")))


def test_every_reason_to_set_rows_aside_has_words():
    """What the server's document says that it sets aside, the client says in words of its own."""
    assert set(server_rows._SET_ASIDE) == set(sender._COUNTS)
    assert all(words.startswith(("have ", "are ")) for words in sender._COUNTS.values())


def test_numbers_of_the_process_travel_with_the_rows(tmp_path, monkeypatch):
    """Each row has memory, uptime (an hour at most) and throughput; a feature of that name goes first."""
    monkeypatch.setattr("driftline.client.process._EVERY", 0.0)
    with server() as running, Logger(running.url, spool=str(tmp_path), process=True) as logger:
        for at in range(40):
            logger.log({"x": at, **({"service_memory": 7.0} if at == 39 else {})}, 1.0)
            if at == 19:
                assert logger.flush(PATIENCE)
        assert logger.flush(PATIENCE)
    first, *_, last = running.batches.values()
    assert first["service_memory"].min() > 1_000_000
    assert 0 < first["service_uptime"].max() <= 3600
    assert last["service_throughput"].min() > 0
    assert 7.0 == last["service_memory"][-1]
    with server() as running, Logger(running.url, spool=str(tmp_path / "plain")) as logger:
        logger.log({"x": 1}, 1.0)
        assert logger.flush(PATIENCE)
    (plain,) = running.batches.values()
    assert not [name for name in plain.columns if name.startswith("service_")]
