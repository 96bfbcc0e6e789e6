"""The server as a process: who it lets in, what holds it up, a full disk, a database that goes away."""

import json
import resource
import signal
import socket
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection

import httpx
import polars as pl
import psutil
import pytest

from driftline.monitor import Monitor
from driftline.stores.base import Store, open_store
from driftline.stores.records import Run
from driftline.windows import iso
from harness import commands, programs
from harness.kill_client import START, STEP, rows
from harness.kills import server
from harness.patience import PATIENCE, until
from harness.programs import Command, Program

pytestmark = pytest.mark.slow

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
    return httpx.post(url, content=body, headers=JSON | {"idempotency-key": name}, timeout=PATIENCE)


def eventually(ask, status: int) -> httpx.Response:
    """The answer, once it has this status."""
    answers = [ask()]

    def answered() -> bool:
        if answers[-1].status_code != status:
            answers.append(ask())
        return answers[-1].status_code == status

    until(answered, lambda: answers[-1].text, pause=0.1)
    return answers[-1]


def listens(program: Program) -> bool:
    """Whether it takes new connections."""
    try:
        socket.create_connection(("127.0.0.1", program.port), PATIENCE).close()
    except ConnectionRefusedError:
        return False
    return True


def test_lets_nobody_in_without_tokens(running):
    """Elsewhere than on this machine it listens only if there are tokens."""
    done = commands.run("serve", "model.pack", "--host", "0.0.0.0", "--port", "0", cwd=running.folder)  # noqa: S104 - on purpose
    assert (2, True) == (done.returncode, "driftline token add NAME" in done.stderr), done.stderr


def test_a_hundred_megabytes(running):
    """A body of 100 MB is refused, with or without its length, and is not held in memory."""
    process = psutil.Process(running._running.pid)
    assert 200 == post(running, "first").status_code
    before = process.memory_info().rss
    with socket.create_connection(("127.0.0.1", running.port), PATIENCE) as line:
        line.sendall(f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 104857600\r\n\r\n".encode())
        assert b" 413 " in line.recv(1000)
    part = bytes(1 << 20)

    def parts():
        for _ in range(100):
            yield part

    try:
        status = httpx.post(
            f"http://127.0.0.1:{running.port}{PATH}", content=parts(), headers=JSON, timeout=PATIENCE
        ).status_code
    except httpx.TransportError:  # it may close while the rest is on its way
        status = 413
    assert 413 == status
    assert process.memory_info().rss < before + (60 << 20)
    assert 200 == post(running, "after").status_code


def test_no_http(running):
    """What is no HTTP, or a head without end, is refused; others are answered all the while."""
    for sent in (b"\x16\x03\x01\x02\x00\x01\x00" * 20, b"GET / HTTP/1.1\r\nX: " + b"x" * 200_000):
        with socket.create_connection(("127.0.0.1", running.port), PATIENCE) as line:
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
    with server() as program, closing(HTTPConnection("127.0.0.1", program.port, timeout=PATIENCE)) as line:
        assert 200 == post(program, "before").status_code
        with closing(sqlite3.connect(program.folder / "driftline-log.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            line.request("POST", PATH, TEXT, JSON | {"idempotency-key": "during"})
            for _ in range(2):  # what came before has been read once these are answered
                httpx.get(f"http://127.0.0.1:{program.port}/healthz", timeout=PATIENCE).raise_for_status()
            program._running.send_signal(signal.SIGTERM)
            until(lambda: not listens(program), "it ends")
            if released:
                other.execute("ROLLBACK")
            answer = line.getresponse()
            assert (200 if released else 503) == answer.status, answer.read()
            assert 0 == program._running.wait(PATIENCE)
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


def windows_of(store: Store, model: str) -> Sequence[Run]:
    """What was judged of the rows that two servers are sent."""
    return [run for run in store.windows(model, None) if run.window >= iso(START + 10_080 * STEP)]


def test_two_servers_on_one_store(running):
    """Two servers keep what they judge in one SQLite file, of a model each; another one of the same is refused."""
    url, clients = f"sqlite:///{running.folder}/driftline.db", "--state {folder}/state --log sqlite:///{folder}/log.db"
    reference = pl.concat([rows(number) for number in range(300)])
    settings = {"target": "y", "prediction": "prediction", "timestamp": "t", "id": "id"}
    second = Command(["serve", "other.pack", "--port", "{port}", "--store", url, *clients.split()])
    Monitor.fit(reference, **settings, stream={"every": "5m"}, model={"name": "other"}).save(
        second.folder / "other.pack"
    )
    again = (str(running.folder / "model.pack"), "--state", str(second.folder), "--store", url, "--port", "0")
    done = commands.run("serve", *again, cwd=second.folder)
    assert (2, True) == (done.returncode, "another server judges model 'model' into this store" in done.stderr), (
        done.stderr
    )

    def send(program, model):
        address = f"http://127.0.0.1:{program.port}"
        with httpx.Client(base_url=address, timeout=PATIENCE) as client:
            for number in range(1008, 1068):  # five windows, of which the last one stays open
                body = json.dumps(rows(number).drop("y").to_dicts()).encode()
                name = {"idempotency-key": f"both-{number}"}
                client.post(f"/v1/models/{model}/predictions", content=body, headers=JSON | name).raise_for_status()
            until(lambda: len(windows_of(store, model)) >= 4, "four windows are judged", pause=0.1)
            client.get(f"/v1/model?model={model}").raise_for_status()

    with second, open_store(url) as store, ThreadPoolExecutor(2) as pool:
        list(pool.map(send, (running, second), ("model", "other")))
    with open_store(url) as store:
        for model in ("model", "other"):
            windows = windows_of(store, model)
            assert [120] * 4 == [run.current_rows for run in windows]
            for run in windows:
                assert run.verdicts == len(store.verdicts(run_id=run.run_id, limit=None))
        with store.claim("other"):  # the server that held it has ended
            pass
