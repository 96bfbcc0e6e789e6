"""Kills a server and its clients at random moments under load, and counts what became of what was acknowledged.

Run as a program (`python -m harness.kills KILLS [SEED [FILE [LOG]]]`) it kills that often, in slices of 20 that each
have a server of their own, and prints the sum of the outcomes. With a file each slice is a line of it, and the sum is
that of all its lines: many short runs add up. LOG is `sqlite` (default) or `postgresql`.
"""

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import asdict, dataclass
from functools import cache
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Self

import polars as pl

from driftline.config.settings import StreamConfig
from driftline.data.ipc import from_stream
from driftline.monitor import Monitor
from driftline.profiles.plan import Plan
from driftline.server.logs.base import Entry, EventLog, open_log
from driftline.server.stream.stream import Stream
from driftline.server.stream.watermark import DropReason
from driftline.stores.base import open_store
from harness.commands import Started, start
from harness.kill_client import rows, run_client
from harness.programs import Command, postgresql

_SPAN = 0.4  # seconds after a start within which it is killed
_VACUUMED = 0.25  # of the servers that are killed: `driftline db vacuum` is begun, and killed too
_VACUUM_SPAN = 0.5  # seconds after its start within which it is killed
_SLICE = 20  # kills of one server


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


@cache
def monitor() -> Monitor:
    """What the server watches: windows of five minutes, 120 rows each."""
    reference = pl.concat([rows(number) for number in range(1000)])
    stream = StreamConfig(every="5m")
    return Monitor.fit(reference, target="y", prediction="prediction", timestamp="t", id="id", stream=stream)


def server(*options: str) -> Command:
    """`driftline serve` in a folder of its own, where its log, its store and its state are."""
    made = Command(["serve", "model.pack", "--port", "{port}", *options])
    monitor().save(made.folder / "model.pack")
    return made


def killed(times: int, seed: int = 0, clients: int = 3, *, log: str = "sqlite") -> Outcome:
    """Kill a server and its clients in turn, that often together, at random moments, and count.

    Now and then a vacuum of its files is killed as well, before the server starts again.

    Args:
        times: kills.
        seed: of the moments.
        clients: how many send at once.
        log: what keeps the log, `sqlite` or `postgresql`.

    Raises:
        AssertionError: when the server refused a batch, or does not come to rest.
    """
    moments = random.Random(seed)
    with ExitStack() as stack:
        url = ""
        if log == "postgresql":
            url = f"postgresql://postgres@127.0.0.1:{stack.enter_context(postgresql()).port}/postgres"
        program = stack.enter_context(server(*(("--log", url) if url else ())))
        load = [stack.enter_context(ClientProcess(program.port, number, clients)) for number in range(clients)]
        for at in range(times):
            sleep(moments.uniform(0, _SPAN))
            if at % 2:
                load[moments.randrange(clients)].restart()
            else:
                program.stop(signal.SIGKILL)
                if moments.random() < _VACUUMED:
                    _kill_vacuum(program.folder, moments.uniform(0, _VACUUM_SPAN))
                program.start()
        for client in load:
            client.finish()
        program.stop()
        acknowledged = {key: ids for client in load for key, ids in client.acknowledged.items()}
        return _counted(times, acknowledged, program.folder, url or f"sqlite:///{program.folder}/driftline-log.db")


def _kill_vacuum(folder: Path, after: float) -> None:
    """Begin to compact the server's files, and kill that after so many seconds if it has not ended."""
    process = start("db", "vacuum", cwd=folder, out=Path(os.devnull))
    try:
        status = process.wait(after)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    else:
        assert status == 0, f"vacuum ended with {status}"


class ClientProcess:
    """A client in a process of its own, which may be killed; it tells on a pipe what was acknowledged to it."""

    def __init__(self, port: int, number: int, clients: int) -> None:
        self.acknowledged: dict[tuple[str, str], list[str]] = {}
        self._facts, self._at = (port, number, clients), 0

    def __enter__(self) -> Self:
        (stopped, self._stop), (said, saying) = Pipe(duplex=False), Pipe(duplex=False)
        self._process = Started(run_client, *self._facts, self._at, stopped, saying)
        stopped.close()
        saying.close()
        self._reader = Thread(target=self._read, args=(said,), daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._stop.close()

    def restart(self) -> None:
        """Kill it, and start another one that goes on behind the last batch that was acknowledged."""
        self.__exit__()
        self.__enter__()

    def finish(self) -> None:
        """Let it finish what is under way."""
        self._stop.close()
        status = self._process.wait()
        self._reader.join()
        assert status == 0, f"client {self._facts[1]} ended with {status}"

    def _read(self, said: Connection) -> None:
        with said, suppress(EOFError, OSError):  # the last one may be half
            while True:
                kind, name, ids = said.recv()
                self.acknowledged[kind, name] = ids
                if kind == "predictions":
                    self._at = int(name.partition("-")[2])


def _counted(times: int, said: Mapping[tuple[str, str], list[str]], folder: Path, url: str) -> Outcome:
    plan = Monitor.load(folder / "model.pack").plan
    with open_log(url) as log:
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


def main(kills: int, seed: int = 0, file: str = "", log: str = "sqlite") -> None:
    """Kill in slices, and print the sum of the outcomes."""
    outcomes = [json.loads(line) for line in Path(file).read_text("utf-8").splitlines()] if Path(file).is_file() else []
    for first in range(0, kills, _SLICE):
        outcomes.append(asdict(killed(min(_SLICE, kills - first), seed + first, log=log)))
        if file:
            with Path(file).open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(outcomes[-1]) + "\n")
        total = {name: sum(outcome[name] for outcome in outcomes) for name in outcomes[-1]}
        print(total, flush=True)  # noqa: T201 - its output


if __name__ == "__main__":
    main(int(sys.argv[1]), *map(int, sys.argv[2:3]), *sys.argv[3:])
