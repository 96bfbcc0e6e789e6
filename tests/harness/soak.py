"""Loads a server for a long time at half of what it takes in, and watches its memory, files and lag.

Run as a program: `python -m harness.soak SECONDS [FILE]`. It first sends as fast as answers come, for 20 seconds, then
at half of that rate; labels follow their rows by half a minute. Every ten seconds it prints a line of what the server
uses, and adds it to FILE.
"""

import json
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path

import numpy as np
import polars as pl
import psutil

from driftline.config.stream import RetentionConfig, StreamConfig
from driftline.data.ipc import to_stream
from driftline.data.payload import ARROW
from driftline.monitor import Monitor
from harness.programs import Program

BATCH, FEATURES = 500, 20
_LABELLED = 10  # one batch in so many gets its labels
_DELAY = 30.0  # seconds between a batch and its labels
_FLAT_OUT, _EACH = 20.0, 10.0  # seconds at full speed, and between two lines


@dataclass(frozen=True)
class Use:
    """What the server uses at one moment: memory in MiB, and the rows and seconds that its judging is behind."""

    seconds: float
    rows: int
    memory: float
    files: int
    threads: int
    log: float
    behind: float
    lag: float
    troubles: float
    processor: float


def table(number: int, at: float) -> pl.DataFrame:
    """A batch of rows at a time (seconds since 1970), with their labels."""
    rng = np.random.default_rng(number)
    columns = {f"x{each}": rng.normal(size=BATCH) for each in range(FEATURES)}
    p = columns["x0"] + columns["x1"]
    times = pl.Series((at * 1e6 + np.arange(BATCH)).astype(np.int64)).cast(pl.Datetime("us", "UTC"))
    ids = pl.Series(np.arange(number * BATCH, (number + 1) * BATCH))
    return pl.DataFrame({"id": ids, "t": times, **columns, "p": p, "y": p + rng.normal(size=BATCH)})


def soak(seconds: float, file: Path | None = None) -> list[Use]:
    """Load a server for so long; what it used, a line each ten seconds.

    Raises:
        AssertionError: when the server answers anything but 200.
    """
    reference = pl.concat([table(number, 1_704_067_200.0 + number) for number in range(100)])
    stream = StreamConfig(every="1m", delay="1m", lateness="2m", label_delay="2m")
    retention = RetentionConfig(log="10m", fragments="30m")
    roles = {"target": "y", "prediction": "p", "timestamp": "t", "id": "id"}
    monitor = Monitor.fit(reference, **roles, stream=stream, retention=retention)
    command = [sys.executable, "-m", "driftline", "serve", "model.pack", "--port", "{port}", "--rate", "1000000"]
    made = Program(command)
    monitor.save(made.folder / "model.pack")
    found: list[Use] = []
    with made as program:
        load = Load(program.port)
        began = time.monotonic()
        while time.monotonic() < began + _FLAT_OUT:
            load.send()
        pause = 2 * (time.monotonic() - began) / load.batches
        following, due = time.monotonic() + _EACH, time.monotonic()
        while (now := time.monotonic()) < began + seconds:
            if now >= following:
                found.append(_measure(program, load, now - began))
                print(found[-1], flush=True)  # noqa: T201 - its output
                if file is not None:
                    with file.open("a", encoding="utf-8") as lines:
                        lines.write(json.dumps(asdict(found[-1])) + "\n")
                following += _EACH
            time.sleep(max(0.0, due - now))
            load.send()
            due += pause
    return found


class Load:
    """Sends batches, and the labels of some of them a while later."""

    def __init__(self, port: int) -> None:
        self.batches, self._late = 0, deque[tuple[float, pl.DataFrame]]()
        self._line = HTTPConnection("127.0.0.1", port, timeout=60)

    def send(self) -> None:
        """Send a batch of rows of now, and the labels that are due."""
        frame = table(self.batches, time.time())
        self._post("predictions", frame.drop("y"))
        if self.batches % _LABELLED == 0:
            self._late.append((time.monotonic() + _DELAY, frame.select("id", "y")))
        self.batches += 1
        while self._late and self._late[0][0] < time.monotonic():
            self._post("labels", self._late.popleft()[1])

    def scrape(self) -> dict[str, float]:
        """The server's gauges of the model, by name."""
        self._line.request("GET", "/metrics")
        lines = self._line.getresponse().read().decode().splitlines()
        return {line.partition("{")[0].split()[0]: float(line.rpartition(" ")[2]) for line in lines if line[0] != "#"}

    def _post(self, kind: str, frame: pl.DataFrame) -> None:
        headers = {"content-type": ARROW, "idempotency-key": f"{kind}-{frame.get_column('id')[0]}"}
        self._line.request("POST", f"/v1/models/model/{kind}", to_stream(frame), headers)
        answer = self._line.getresponse()
        said = answer.read()
        assert answer.status == 200, f"{answer.status} {said!r}"


def _measure(program: Program, load: Load, seconds: float) -> Use:
    process, gauges = psutil.Process(program.pid), load.scrape()
    spent = process.cpu_times()
    return Use(
        seconds=round(seconds, 1),
        rows=load.batches * BATCH,
        memory=round(process.memory_info().rss / 2**20, 1),
        files=process.num_fds(),
        threads=process.num_threads(),
        log=round(sum(path.stat().st_size for path in program.folder.glob("driftline-log.db*")) / 2**20, 1),
        behind=gauges["driftline_server_behind"],
        lag=round(gauges["driftline_server_lag_seconds"], 2),
        troubles=gauges["driftline_server_troubles"],
        processor=round(spent.user + spent.system, 1),
    )


if __name__ == "__main__":
    soak(float(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
