"""A client of a server that is killed: sends what is known by its number, until it is acknowledged."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from multiprocessing.connection import Connection
from threading import Event, Thread
from time import monotonic

import polars as pl

from driftline.data.ipc import to_stream
from driftline.data.payload import ARROW, JSON
from driftline.windows import iso
from harness.patience import PATIENCE

START, STEP = 1_704_067_200_000_000, 2_500_000  # microseconds: 1 January 2024, and the event time between two rows
ROWS = 10


@dataclass(eq=False)
class Client:
    """Sends batches and labels of its own, each again until it is acknowledged, and some once more after that."""

    port: int
    number: int
    clients: int
    stopping: Event
    acknowledge: Callable[[str, str, list[str]], None]

    def __post_init__(self) -> None:
        self._line = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def run(self, at: int) -> None:
        """Send from a batch on until told to stop; the batch that is under way is still acknowledged then."""
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
        deadline = monotonic() + PATIENCE
        while monotonic() < deadline:
            try:
                status, said = self._posted(f"/v1/models/model/{kind}", body, headers)
            except (OSError, HTTPException):
                self._line.close()  # the next request opens it again
                self.stopping.wait(0.005)
                continue
            if status == 200:
                self.acknowledge(kind, name, [str(each) for each in frame.get_column("id")])
                return
            if status not in {429, 503}:
                raise AssertionError(f"{kind} {name}: {status} {said!r}")
        raise AssertionError(f"{kind} {name}: not acknowledged within {PATIENCE:g} s")

    def _posted(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        self._line.request("POST", path, body, dict(headers))
        answer = self._line.getresponse()
        return answer.status, answer.read()


def rows(number: int) -> pl.DataFrame:
    """A batch of trips with their labels; its ids are found in no other."""
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


def run_client(port: int, number: int, clients: int, at: int, stopped: Connection, saying: Connection) -> None:
    """Send from a batch on until nobody holds the other end of `stopped`; each acknowledged batch is said."""
    stopping = Event()

    def acknowledge(kind: str, name: str, ids: list[str]) -> None:
        saying.send((kind, name, ids))

    def wait() -> None:
        stopped.poll(None)
        stopping.set()

    Thread(target=wait, daemon=True).start()
    Client(port, number, clients, stopping, acknowledge).run(at)
