"""The server as a process: who it lets in, what holds it up, a full disk, a database that goes away."""

import json
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import httpx
import polars as pl
import psutil
import pytest

from driftline.monitor import Monitor
from driftline.stores.base import open_store
from driftline.windows import iso
from harness import programs
from harness.kill_client import START, STEP, rows
from harness.kills import server
from harness.programs import Program

TEXT = json.dumps(rows(1).drop("y").to_dicts()).encode()
JSON = {"content-type": "application/json"}
PATH = "/v1/models/model/predictions"


@pytest.fixture(scope="module")
def running():
    """A server in a process of its own."""
    with server() as program:
        yield program


def post(program: Program, name: str, body: bytes = TEXT) -> httpx.Response:
    """Post a batch."""
    url = f"http://127.0.0.1:{program.port}{PATH}"
    return httpx.post(url, content=body, headers=JSON | {"idempotency-key": name}, timeout=40)


def eventually(ask, status: int) -> httpx.Response:
    """The answer, once it has this status."""
    deadline = time.monotonic() + 40
    while True:
        answer = ask()
        if answer.status_code == status or time.monotonic() > deadline:
            assert status == answer.status_code, answer.text
            return answer
        time.sleep(0.1)


def test_lets_nobody_in_without_tokens(running):
    """Elsewhere than on this machine it listens only if there are tokens."""
    command = [sys.executable, "-m", "driftline", "serve", "model.pack", "--host", "0.0.0.0", "--port", "0"]  # noqa: S104 - on purpose
    done = subprocess.run(command, cwd=running.folder, capture_output=True, text=True, timeout=60, check=False)
    assert (2, True) == (done.returncode, "driftline token add NAME" in done.stderr), done.stderr


def test_a_hundred_megabytes(running):
    """A body of 100 MB is refused, with or without its length, and is not held in memory."""
    process = psutil.Process(running._running.pid)
    assert 200 == post(running, "first").status_code
    before = process.memory_info().rss
    with socket.create_connection(("127.0.0.1", running.port), 20) as line:
        line.sendall(f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 104857600\r\n\r\n".encode())
        assert b" 413 " in line.recv(1000)
    part = bytes(1 << 20)

    def parts():
        for _ in range(100):
            yield part

    try:
        status = httpx.post(
            f"http://127.0.0.1:{running.port}{PATH}", content=parts(), headers=JSON, timeout=40
        ).status_code
    except httpx.TransportError:  # it may close while the rest is on its way
        status = 413
    assert 413 == status
    assert process.memory_info().rss < before + (60 << 20)
    assert 200 == post(running, "after").status_code


def test_no_http(running):
    """What is no HTTP, or a head without end, is refused; others are answered all the while."""
    for sent in (b"\x16\x03\x01\x02\x00\x01\x00" * 20, b"GET / HTTP/1.1\r\nX: " + b"x" * 200_000):
        with socket.create_connection(("127.0.0.1", running.port), 20) as line:
            line.sendall(sent)
            try:
                found = line.recv(100)
            except ConnectionError:
                found = b""
            assert found == b"" or b" 400 " in found
    assert 200 == post(running, "others").status_code


@contextmanager
def bounded(program: Program, size: int):
    """The disk takes no file beyond this size."""
    pid = program._running.pid
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    yield
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def test_full_disk(running):
    """While nothing more can be written it says so, and comes back by itself; what was acknowledged is there."""
    assert 200 == post(running, "before").status_code
    with bounded(running, 4096):
        answer = post(running, "during")
        assert (503, "5") == (answer.status_code, answer.headers["retry-after"]), answer.text
        assert 503 == httpx.get(f"http://127.0.0.1:{running.port}/readyz").status_code
        assert 200 == httpx.get(f"http://127.0.0.1:{running.port}/healthz").status_code
    eventually(lambda: post(running, "during"), 200)
    assert post(running, "before").json()["duplicate"]
    assert "Traceback" not in (running.folder / "output.log").read_text()


@pytest.mark.parametrize("released", [True, False])
def test_stopped_while_the_log_is_locked(released):
    """SIGTERM while another program holds the log: what waits is a 200 once it lets go, else a 503; it ends in time."""
    with server() as program, ThreadPoolExecutor(1) as pool:
        assert 200 == post(program, "before").status_code
        with closing(sqlite3.connect(program.folder / "driftline-log.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            waiting = pool.submit(post, program, "during")
            time.sleep(0.5)
            program._running.send_signal(signal.SIGTERM)
            time.sleep(1)
            if released:
                other.execute("ROLLBACK")
            answer = waiting.result(60)
            assert (200 if released else 503) == answer.status_code, answer.text
            assert 0 == program._running.wait(25)
        with closing(sqlite3.connect(program.folder / "driftline-log.db")) as log:
            names = {name for (name,) in log.execute("SELECT batch FROM entries")}
        assert ({"before", "during"} if released else {"before"}) == names
        assert "Traceback" not in (program.folder / "output.log").read_text()


def test_database_killed_and_restarted():
    """A PostgreSQL log that is killed is a 503 without its password; back again, all goes on by itself."""
    pytest.importorskip("psycopg", reason="psycopg is not installed: make test")
    with programs.postgresql() as database:
        url = f"postgresql://postgres:secret@127.0.0.1:{database.port}/postgres"
        with server("--log", url) as program:
            eventually(lambda: post(program, "before"), 200)
            database.stop(signal.SIGKILL)
            answer = post(program, "during")
            assert (503, "5") == (answer.status_code, answer.headers["retry-after"])
            assert "secret" not in answer.text + (program.folder / "output.log").read_text()
            database.start()
            eventually(lambda: post(program, "during"), 200)
            assert post(program, "before").json()["duplicate"]
            program.stop()
            assert "Traceback" not in (program.folder / "output.log").read_text()


def test_two_servers_on_one_store(running):
    """Two servers keep what they judge in one SQLite file, of a model each; another one of the same is refused."""
    url, clients = f"sqlite:///{running.folder}/driftline.db", "--state {folder}/state --log sqlite:///{folder}/log.db"
    command = [sys.executable, "-m", "driftline", "serve", "other.pack", "--port", "{port}", "--store", url]
    reference = pl.concat([rows(number) for number in range(300)])
    settings = {"target": "y", "prediction": "prediction", "timestamp": "t", "id": "id"}
    second = Program([*command, *clients.split()])
    Monitor.fit(reference, **settings, stream={"every": "5m"}, model={"name": "other"}).save(
        second.folder / "other.pack"
    )
    again = [*command[:4], str(running.folder / "model.pack"), *clients.split()[:1], str(second.folder), "--store", url]
    done = subprocess.run([*again, "--port", "0"], capture_output=True, text=True, timeout=60, check=False)
    assert (2, True) == (done.returncode, "another server judges model 'model' into this store" in done.stderr), (
        done.stderr
    )

    def send(program, model):
        address = f"http://127.0.0.1:{program.port}"
        with httpx.Client(base_url=address, timeout=40) as client:
            for number in range(1008, 1068):  # five windows, of which the last one stays open
                body = json.dumps(rows(number).drop("y").to_dicts()).encode()
                name = {"idempotency-key": f"both-{number}"}
                client.post(f"/v1/models/{model}/predictions", content=body, headers=JSON | name).raise_for_status()
            deadline = time.monotonic() + 60
            while (
                len(client.get(f"/v1/model?model={model}").json().get("windows", ())) < 4
                and time.monotonic() < deadline
            ):
                time.sleep(0.1)

    with second, ThreadPoolExecutor(2) as pool:
        list(pool.map(send, (running, second), ("model", "other")))
    with open_store(url) as store:
        for model in ("model", "other"):
            windows = [run for run in store.windows(model, None) if run.window >= iso(START + 10_080 * STEP)]
            assert [120] * 4 == [run.current_rows for run in windows]
            for run in windows:
                assert run.verdicts == len(store.verdicts(run_id=run.run_id, limit=None))
        with store.claim("other"):  # the server that held it has ended
            pass
