"""How many rows a second are durable, and how soon: `driftline serve`, its intake alone, and a bare server beside them.

The bare one is the least that an honest server could do: it decodes each body, appends it to a file and flushes that to
the disk before it answers. Servers and clients share the machine's cores.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import machine
import numpy as np
import polars as pl

from driftline.data.ipc import to_stream
from driftline.data.payload import ARROW, JSON
from driftline.monitor import Monitor
from driftline.server.group_commit import GroupCommit
from driftline.server.http.access import Authenticator
from driftline.server.http.app import App
from driftline.server.http.tokens import Tokens
from driftline.server.ingest import Ingest
from driftline.server.logs.base import open_log

HERE = Path(__file__).parent
SECONDS, CONNECTIONS, FEATURES = 5.0, 8, 20
HOUR = 3600e6
START = 472_224 * HOUR
_keys = count()


@dataclass(frozen=True)
class Form:
    """How rows are sent, and what is aimed at."""

    name: str
    content_type: str
    rows: int
    aim: int
    batches: int


FORMS = (Form("Arrow", ARROW, 1000, 1_000_000, 1000), Form("JSON", JSON, 100, 150_000, 400))


def table(rows: int, first: int = 0) -> pl.DataFrame:
    """Rows with 20 features, an id, a time and a prediction: 250,000 an hour."""
    rng = np.random.default_rng(first)
    ids = np.arange(first, first + rows)
    times = pl.Series("t", (START + ids * (HOUR / 250_000)).astype(np.int64)).cast(pl.Datetime("us"))
    columns = {f"x{at}": rng.normal(size=rows) for at in range(FEATURES)}
    return pl.DataFrame({"id": ids, "p": rng.normal(size=rows), **columns}).with_columns(times)


def bodies(form: Form) -> list[bytes]:
    """Batches, ready to be sent."""
    parts = table(form.rows * form.batches).iter_slices(form.rows)
    if form.content_type == ARROW:
        return [to_stream(part) for part in parts]
    return [json.dumps(part.with_columns(pl.col("t").cast(pl.String)).to_dicts()).encode() for part in parts]


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """Decode, append, flush, answer; those that wait for the disk at the same time share a flush."""
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body")
    body = b"".join(parts)
    kinds = dict(scope["headers"])
    if kinds.get(b"content-type") == ARROW.encode():
        pl.read_ipc_stream(body)
    else:
        json.loads(body)
    if LOG.waits is None:
        LOG.waits = asyncio.ensure_future(flushed())
    LOG.parts.append(body)
    await LOG.waits
    headers = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{}"})


LOG = SimpleNamespace(parts=[], waits=None, file=None, busy=None)


async def flushed() -> None:
    """Wait for the flush that is under way, then write what has gathered and flush once."""
    if LOG.busy is not None:
        await LOG.busy
    parts, LOG.parts, LOG.busy, LOG.waits = LOG.parts, [], LOG.waits, None

    def work() -> None:
        os.write(LOG.file, b"".join(parts))
        os.fsync(LOG.file)

    await asyncio.to_thread(work)


def serve(kind: str, port: int, folder: Path) -> None:
    """Be a server."""
    import uvicorn  # noqa: PLC0415 - an extra

    from driftline.server.http.connection import Connection  # noqa: PLC0415

    settings = {"port": port, "lifespan": "off", "log_level": "error", "access_log": False, "ws": "none"}
    if kind == "bare":
        LOG.file = os.open(folder / "bare.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        uvicorn.run(bare, http="httptools", **settings)
        return
    sys.setswitchinterval(0.0005)
    plan = Monitor.load(folder / "model.pack").plan
    with open_log(f"sqlite:///{folder}/alone.db") as log, GroupCommit(log) as commits:
        app = App(Ingest({"model": plan}, commits), Authenticator(Tokens(folder / "tokens.json"), 1e6))
        uvicorn.run(app, http=Connection, **settings)


@contextmanager
def server(kind: str, folder: Path) -> Iterator[int]:
    """A server of a kind; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    whole = [sys.executable, "-m", "driftline", "serve", "model.pack", "--port", str(port), "--rate", "100000"]
    command = whole if kind == "whole" else [sys.executable, __file__, kind, str(port), str(folder)]
    with (
        (folder / f"{kind}.txt").open("ab") as out,
        subprocess.Popen(command, cwd=folder, stdout=out, stderr=out) as process,
    ):
        try:
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 5).close()
                    break
                except OSError:
                    if process.poll() is not None:
                        raise
                    time.sleep(0.05)
            yield port
        finally:
            process.kill()


def load(form: Form, sent: list[bytes], port: int, rate: float | None) -> tuple[float, np.ndarray]:
    """Rows a second and the delays of the answers, as fast as they come or at a rate of batches a second.

    At a rate the delay counts from when a batch was due, so that none that had to wait is left out.
    """
    delays: list[list[float]] = [[] for _ in range(CONNECTIONS)]
    begin = time.perf_counter() + 0.1
    end = begin + SECONDS

    def client(at: int) -> None:
        line, number = HTTPConnection("127.0.0.1", port, timeout=60), at
        while True:
            due = begin + number / rate if rate else time.perf_counter()
            if due > end:
                line.close()
                return
            time.sleep(max(0.0, due - time.perf_counter()))
            headers = {"content-type": form.content_type, "idempotency-key": f"k{next(_keys)}"}
            line.request("POST", "/v1/models/model/predictions", sent[number % len(sent)], headers)
            answer = line.getresponse()
            answer.read()
            if answer.status != 200:
                raise SystemExit(f"{answer.status}")
            delays[at].append(time.perf_counter() - due)
            number += CONNECTIONS

    threads = [threading.Thread(target=client, args=(at,)) for at in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begin
    flat = np.concatenate([np.array(each) for each in delays])
    return flat.size * form.rows / took, flat


def main() -> None:
    """Measure, print, and write the page."""
    lines = [
        f"{machine.described()} {CONNECTIONS} connections of one client process on the same cores, {SECONDS:g} s each.",
        "", "| form | server | rows/s | aimed at | against the bare one | ack p50 at half of that | p99 | aimed at |",
        "|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    names = {
        "bare": "bare ASGI: decodes, appends, flushes",
        "alone": "intake alone",
        "whole": "`driftline serve`, which folds and judges beside",
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        Monitor.fit(table(50_000), prediction="p", timestamp="t", id="id").save(folder / "model.pack")
        for form in FORMS:
            sent, against = bodies(form), 0.0
            for kind, said in names.items():
                with server(kind, folder) as port:
                    load(form, sent[:50], port, 20.0)
                    rate, _ = load(form, sent, port, None)
                with server(kind, folder) as port:
                    _, delays = load(form, sent, port, rate / form.rows / 2)
                against = against or rate
                half, late = (f"{1000 * np.quantile(delays, q):.1f} ms" for q in (0.5, 0.99))
                cells = f"{rate:,.0f} | {form.aim:,} | {rate / against:.2f} | {half} | {late} | 20 ms"
                lines.append(f"| {form.name}, {form.rows:,} rows x {FEATURES} | {said} | {cells} |")
                print(lines[-1], flush=True)
    (HERE / "results" / "ingest.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main() if len(sys.argv) < 2 else serve(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
