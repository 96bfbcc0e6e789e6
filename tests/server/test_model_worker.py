"""What is served is watched: verdicts of the stream are those of a batch, incidents reach a sink, numbers the page."""

import json
import re
from collections.abc import Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import httpx
import numpy as np
import polars as pl
import pytest

from driftline.alerts.watch import Watch
from driftline.monitor import Monitor
from driftline.stores.base import open_store
from driftline.types import Role
from driftline.verdicts.measure import is_labelled
from harness.commands import start
from harness.patience import PATIENCE, until

HOURLY, HOURS = 120, 18
START = datetime(2024, 2, 1, tzinfo=UTC)


def trips(days, start, seed):
    """Rows of some days, 60 an hour, with labels."""
    rng = np.random.default_rng(seed)
    n = 24 * HOURLY * days
    times = pl.Series("t", np.arange(n) * (3_600_000_000 // HOURLY) + round(start.timestamp() * 1e6))
    x = rng.normal(size=n)
    zone = rng.choice(["n", "s"], n)
    columns = {
        "id": np.arange(n) + seed * n,
        "zone": zone,
        "x": x,
        "prediction": 2 * x,
        "y": 2 * x + rng.normal(size=n),
    }
    return pl.DataFrame(columns).with_columns(times.cast(pl.Datetime("us")))


REFERENCE = trips(10, datetime(2024, 1, 11, tzinfo=UTC), 0)
ROWS = trips(1, START, 1)[: HOURS * HOURLY].with_columns(
    x=pl.when(pl.col("t").dt.hour() >= 9).then(pl.col("x") + 2).otherwise(pl.col("x")),
    y=pl.when(pl.col("t").dt.hour() >= 12).then(pl.col("y") * 3).otherwise(pl.col("y")),
)


@pytest.fixture(scope="module")
def monitor():
    """A monitor of ten days."""
    return Monitor.fit(
        REFERENCE,
        target="y",
        prediction="prediction",
        timestamp="t",
        id="id",
        segments=("zone",),
        stream={"every": "1h"},
    )


class Server:
    """A server in a process of its own."""

    def __init__(self, folder: Path, options: tuple[str, ...]) -> None:
        self.folder = folder
        self.stack = ExitStack()
        self.client = self.stack.enter_context(httpx.Client(timeout=PATIENCE))
        words = ("serve", "model.pack", "--port", "0", "--sink", "stdout:", *options)
        self.process = start(*words, cwd=folder, out=folder / "out.txt", err=folder / "err.txt")
        self.url = self.until(self._address, "the server listens")

    def send(self, kind: str, frame: pl.DataFrame) -> None:
        """Post a batch; it is durable on return."""
        body = BytesIO()
        frame.write_ipc_stream(body)
        headers = {"content-type": "application/vnd.apache.arrow.stream"}
        self.client.post(
            f"{self.url}/v1/models/model/{kind}", content=body.getvalue(), headers=headers
        ).raise_for_status()

    def metrics(self) -> Mapping[str, float]:
        """The samples of the page of metrics."""
        page = self.client.get(f"{self.url}/metrics").text
        return {name: float(value) for name, value in re.findall(r"^([^#\s]+) (\S+)$", page, re.MULTILINE)}

    def until(self, found, what):
        """Wait until something is there."""

        def asked():
            assert self.process.poll() is None, (self.folder / "err.txt").read_text()
            return found()

        return until(asked, lambda: f"{what}; {(self.folder / 'err.txt').read_text()}", pause=0.5)  # each costs a page

    def _address(self):
        said = re.findall(r"listens on (\S+)", (self.folder / "out.txt").read_text())
        if not said:
            return None
        try:
            self.client.get(f"{said[-1]}/readyz").raise_for_status()
        except httpx.TransportError:
            return None
        return said[-1]


@contextmanager
def served(folder, *options, kill=False):
    """A server, ended at once or in good order; whatever happens, it is ended."""
    server = Server(folder, options)
    with server.stack:
        try:
            yield server
            server.process.kill() if kill else server.process.terminate()
            assert (-9 if kill else 0) == server.process.wait()
        finally:
            server.process.kill()
            server.process.wait()


def facts(verdicts, labelled):
    """What has to agree, of the verdicts that need labels, or of the others."""
    roles = {"y": Role.TARGET}
    kept = [each for each in verdicts if is_labelled(each.family, roles.get(each.column)) is labelled]
    return {
        (each.metric, each.column): (
            each.level,
            each.n,
            *map(_rounded, (each.value, each.low, each.high, each.p_value)),
        )
        for each in kept
    }


def _rounded(number):
    return None if number is None or not np.isfinite(number) else float(f"{number:.9g}")


def test_the_stream_is_judged_as_the_batch(monitor, tmp_path):
    """Rows, then labels, with a kill and a restart between: windows have the verdicts of a batch, and tell the same."""
    monitor.save(tmp_path / "model.pack")
    inputs = [part.drop("y") for part in ROWS.iter_slices(HOURLY // 2)]
    labels = list(ROWS.select("id", "y").sample(fraction=1, shuffle=True, seed=1).iter_slices(331))
    middle = len(inputs) // 2
    with served(tmp_path, kill=True) as server:
        for part in inputs[:middle]:
            server.send("predictions", part)
        server.until(lambda: server.metrics().get('driftline_window_rows{model="model"}'), "a window is judged")
    with served(tmp_path) as server:
        server.until(lambda: server.metrics().get('driftline_window_rows{model="model"}'), "the page is as before")
        for part in [inputs[0], pl.concat(inputs[:2]), *inputs[middle:]]:  # one known as a batch, one by its rows
            server.send("predictions", part)
        for part in labels:
            server.send("labels", part)
        last = (START + timedelta(hours=HOURS - 1)).timestamp()
        server.until(lambda: _ripe(tmp_path, HOURS - 1), "every window is judged for good")
        found = server.metrics()
    assert last == found['driftline_window_end_timestamp_seconds{model="model"}']
    assert ROWS.height == found['driftline_server_rows{fate="counted",model="model"}']
    assert HOURLY == found['driftline_server_rows{fate="duplicate",model="model"}']
    assert 1.0 == found['driftline_server_labelled_ratio{model="model"}']

    batch = {
        labelled: Watch(monitor.restrict(needs_labels=labelled)).over(ROWS, every="1h")[:-1]
        for labelled in (False, True)
    }
    with open_store(f"sqlite:///{tmp_path}/driftline.db") as store:
        runs = {run.window: run for run in store.runs(limit=None)}  # newest first, so that the oldest stays
        good = {run.window: run for run in reversed(store.runs(limit=None))}
        for labelled, of_window in ((False, runs), (True, good)):
            for watched in batch[labelled]:
                run = of_window[watched.result.window]
                stored = [each.verdict for each in store.verdicts(run_id=run.run_id, limit=None)]
                assert facts(watched.result.verdicts, labelled) == facts(stored, labelled)

    said = [json.loads(line) for line in (tmp_path / "out.txt").read_text().splitlines() if line.startswith("{")]
    opened = {(each["incident"]["headline"], each["incident"]["opened"]) for each in said if each["state"] == "open"}
    assert {
        (one.headline, one.opened) for outcomes in batch.values() for each in outcomes for one in each.opened
    } == opened
    assert opened


def _ripe(folder, windows):
    """Whether so many windows have been judged with all their labels."""
    with open_store(f"sqlite:///{folder}/driftline.db") as store:
        found = {each.run_id for each in store.verdicts(metric="mae", limit=None) if each.verdict.n == HOURLY}
        whole = {run.window for run in store.runs(limit=None) if run.run_id in found}
    return True if len(whole) >= windows else None


def test_feeds_bring_rows_too(monitor, tmp_path):
    """A file that appears in a folder is taken in like a posted batch."""
    monitor.save(tmp_path / "model.pack")
    inbox = tmp_path / "inbox" / "model" / "predictions"
    inbox.mkdir(parents=True)
    with served(tmp_path, "--feed", f"folder://{tmp_path}/inbox") as server:
        rows = ROWS.drop("y")[: 2 * HOURLY]
        rows.write_parquet(tmp_path / "part.parquet")
        (tmp_path / "part.parquet").rename(inbox / "part.parquet")
        counted = 'driftline_server_rows{fate="counted",model="model"}'
        server.until(lambda: server.metrics().get(counted) or None, "the file is taken in")
        assert rows.height == server.metrics()[counted]
