"""Kills a server at random moments while clients send to it, and counts what became of what it acknowledged.

Run as a program (`python -m harness.kills KILLS [SEED]`) it kills that often and prints the outcome.
"""

import json
import random
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Self

import polars as pl

from driftline.config.settings import StreamConfig
from driftline.data.ipc import from_stream, to_stream
from driftline.data.payload import ARROW, JSON
from driftline.monitor import Monitor
from driftline.profiles.plan import Plan
from driftline.server.logs.base import Entry, EventLog, open_log
from driftline.server.stream.stream import Stream
from driftline.server.stream.watermark import DropReason
from driftline.stores.base import open_store
from driftline.windows import iso
from harness.programs import Program

START, STEP = 1_704_067_200_000_000, 2_500_000  # microseconds: 1 January 2024, and the event time between two rows
ROWS = 10
_SPAN = 0.4  # seconds after a start within which it is killed
_PATIENCE = 60.0


@dataclass(frozen=True)
class Outcome:
    """What became of the rows: all but the first four are 0, unless the server broke its promise.

    `torn` are windows whose profiles are not, bit by bit, those of a stream that nothing interrupted.
    """

    kills: int
    acknowledged: int
    kept: int
    windows: int
    lost: int
    doubled: int
    miscounted: int
    torn: int


@dataclass(eq=False)
class Client(Thread):
    """Sends batches and labels of its own, each again until it is acknowledged, and some once more after that."""

    port: int
    number: int
    clients: int
    stopping: Event
    acknowledged: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self._line = HTTPConnection("127.0.0.1", self.port, timeout=20)

    def run(self) -> None:
        """Send until told to stop; the batch that is under way is still acknowledged then."""
        at = 0
        while not self.stopping.is_set():
            frame = rows(self.number + at * self.clients)
            self._send("predictions", f"{self.number}-{at}", frame.drop("y"), arrow=at % 2 == 0)
            if at % 3 == 0:
                self._send("labels", f"{self.number}-{at}", frame.select("id", "y"), arrow=at % 2 == 1)
            if at % 7 == 0:
                self._send("predictions", f"{self.number}-{at}", frame.drop("y"), arrow=at % 2 == 0)
            at += 1
        self._line.close()

    def _send(self, kind: str, name: str, frame: pl.DataFrame, *, arrow: bool) -> None:
        body = to_stream(frame) if arrow else json.dumps(frame.to_dicts()).encode()
        headers = {"content-type": ARROW if arrow else JSON, "idempotency-key": name}
        deadline = monotonic() + _PATIENCE
        while monotonic() < deadline:
            try:
                status, said = self._posted(f"/v1/models/model/{kind}", body, headers)
            except (OSError, HTTPException):
                self._line.close()  # the next request opens it again
                self.stopping.wait(0.005)
                continue
            if status == 200:
                self.acknowledged[kind, name] = [str(each) for each in frame.get_column("id")]
                return
            if status not in {429, 503}:
                self.wrong.append(f"{kind} {name}: {status} {said!r}")
                return
        self.wrong.append(f"{kind} {name}: not acknowledged within {_PATIENCE:g} s")

    def _posted(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        self._line.request("POST", path, body, dict(headers))
        answer = self._line.getresponse()
        return answer.status, answer.read()


def rows(number: int) -> pl.DataFrame:
    """A batch of trips with their truth; its ids are found in no other."""
    places = range(number * ROWS, (number + 1) * ROWS)
    noise = random.Random(number)
    x = [noise.gauss(0, 1) for _ in places]
    return pl.DataFrame(
        {
            "id": [f"r{at}" for at in places],
            "t": [iso(START + at * STEP) for at in places],
            "x": x,
            "prediction": [2 * each for each in x],
            "y": [2 * each + noise.gauss(0, 1) for each in x],
        }
    )


def monitor() -> Monitor:
    """What the server watches: windows of five minutes, 120 rows each."""
    reference = pl.concat([rows(number) for number in range(1000)])
    stream = StreamConfig(every="5m")
    return Monitor.fit(reference, target="y", prediction="prediction", timestamp="t", id="id", stream=stream)


def server(*options: str) -> Program:
    """`driftline serve` in a folder of its own, where its log, its store and its state are."""
    made = Program([sys.executable, "-m", "driftline", "serve", "model.pack", "--port", "{port}", *options])
    monitor().save(made.folder / "model.pack")
    return made


def killed(times: int, seed: int = 0, clients: int = 3) -> Outcome:
    """Kill a server that often, at random moments under the load of some clients, and count.

    Raises:
        AssertionError: when the server refused a batch, or does not come to rest.
    """
    moments = random.Random(seed)
    with server() as program, _Load(program.port, clients) as load:
        for _ in range(times):
            load.stopping.wait(moments.uniform(0, _SPAN))
            program.stop(signal.SIGKILL)
            program.start()
        load.stop()
        program.stop()
        return _counted(times, load, program.folder)


class _Load:
    """Clients that are stopped whatever happens."""

    def __init__(self, port: int, clients: int) -> None:
        self.stopping = Event()
        self.clients = [Client(port, number, clients, self.stopping) for number in range(clients)]

    def __enter__(self) -> Self:
        for client in self.clients:
            client.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()

    def stop(self) -> None:
        """Let them finish."""
        self.stopping.set()
        for client in self.clients:
            client.join(2 * _PATIENCE)
        wrong = [said for client in self.clients for said in client.wrong]
        if wrong or any(client.is_alive() for client in self.clients):
            raise AssertionError(f"clients were refused: {wrong[:5]}")

    @property
    def acknowledged(self) -> dict[tuple[str, str], list[str]]:
        """The ids of each batch that was acknowledged, by kind and name."""
        return {key: ids for client in self.clients for key, ids in client.acknowledged.items()}


def _counted(times: int, load: _Load, folder: Path) -> Outcome:
    plan, said = Monitor.load(folder / "model.pack").plan, load.acknowledged
    with open_log(f"sqlite:///{folder}/driftline-log.db") as log:
        entries = list(_everything(log))
        kept: dict[tuple[str, str], list[str]] = {(entry.kind, entry.batch): _ids(entry) for entry in entries}
        ours, counts = _folded(plan, log, folder / "driftline.db", folder / "driftline-state" / "model.db")
        whole, expected = _folded(plan, log, folder / "whole.db", folder / "whole-state.db")
    each = Counter((entry.kind, one) for entry in entries for one in _ids(entry))
    predictions = sum(entry.rows for entry in entries if entry.kind == "predictions")
    return Outcome(
        kills=times,
        acknowledged=sum(map(len, said.values())),
        kept=sum(each.values()),
        windows=len(whole),
        lost=sum(len(ids) for key, ids in said.items() if kept.get(key) != ids),
        doubled=len(entries) - len(kept) + sum(count - 1 for count in each.values()),
        miscounted=abs(predictions - counts.get("rows", 0) - counts.get(DropReason.LATE.value, 0)),
        torn=len([window for window in {*ours, *whole} if ours.get(window) != whole.get(window)])
        + int(counts != expected),
    )


def _everything(log: EventLog) -> Iterator[Entry]:
    at = 0
    while found := log.read(at, 32 << 20):
        yield from found
        at = found[-1].position


def _ids(entry: Entry) -> list[str]:
    return [str(each) for each in from_stream(entry.data).get_column("id")]


def _folded(plan: Plan, log: EventLog, path: Path, state: Path) -> tuple[dict[str, bytes], dict[str, int]]:
    """The profile of each window once a stream has come to the end of the log, and what it counted."""
    with (
        open_store(f"sqlite:///{path}") as store,
        closing(Stream(plan, log, store, state, "model", lambda *_: None)) as stream,
    ):
        while stream.step() + stream.tick(settle=True):
            pass
        cells = store.cells(plan.config.model.name, plan.fingerprint)
        found = {cell.window: store.fragments(plan.config.model.name, plan.fingerprint, cell) for cell in cells}
        return {str(window): b"".join(one.data for one in parts) for window, parts in found.items()}, stream.counts


if __name__ == "__main__":
    print(killed(int(sys.argv[1]), *map(int, sys.argv[2:])))  # noqa: T201 - its output
