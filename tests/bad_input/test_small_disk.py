"""Every writer on a disk that fills up: a clear error, what was written before is whole, and it goes on with room."""

import ctypes
import json
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from driftline.alerts.incidents import Notification
from driftline.alerts.outbox import Outbox
from driftline.client.spool import Batch, Spool
from driftline.errors import DriftlineError
from driftline.monitor import Monitor
from driftline.server.http.tokens import Tokens
from driftline.server.logs.base import open_log
from driftline.server.stream.state import StreamState
from driftline.stores.base import open_store
from driftline.stores.records import Fragment
from driftline.testing.logs import entry
from driftline.testing.sinks import sample_incident
from driftline.types import ProfileKey

SIZE = 1 << 20
PART = 40_000


@dataclass
class Disk:
    """A disk of 1 MiB: `room` gives all of its space back."""

    folder: Path
    room: Callable[[], None]
    bounds_files: bool = False


@pytest.fixture(params=["small file system", "bounded files"])
def disk(request, tmp_path) -> Iterator[Disk]:
    """A file system of 1 MiB, where one may be mounted; or a bound on the size of each file, which works everywhere."""
    if request.param == "bounded files":
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, before[1]))
        try:
            yield Disk(tmp_path, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, before), True)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    mount, place = tmp_path / "disk", None
    mount.mkdir()
    place = str(mount).encode()
    if libc.mount(b"tmpfs", place, b"tmpfs", 0, f"size={SIZE}".encode()):
        pytest.skip(f"a file system cannot be mounted: {os.strerror(ctypes.get_errno())}")
    try:
        yield Disk(mount, lambda: libc.mount(b"tmpfs", place, b"tmpfs", 32, b"size=64m"))  # 32: remount
    finally:
        libc.umount2(place, 2)


@pytest.fixture(scope="module")
def monitor():
    """A small monitor."""
    rng = np.random.default_rng(0)
    return Monitor.fit(pl.DataFrame({f"c{at}": rng.normal(size=500) for at in range(20)}))


def write_log(stack, folder, _):
    log = stack.enter_context(open_log(f"sqlite:///{folder}/log.db"))

    def write(at):
        log.append([entry(str(at), data=os.urandom(PART))])

    def kept():
        return [int(each.batch) for each in log.read(0, 1 << 30)]

    return write, kept


def write_store(stack, folder, _):
    store = stack.enter_context(open_store(f"sqlite:///{folder}/store.db"))

    def write(at):
        store.put_fragments((Fragment("m", "p", ProfileKey(segment=f"{at:05}"), "s", os.urandom(PART)),))

    return write, lambda: [int(cell.segment) for cell in store.cells("m", "p")]


def write_state(stack, folder, _):
    state = StreamState(folder / "state.db")
    stack.callback(state.close)

    def write(at):
        with state.writing():
            state.put(f"{at:05}", os.urandom(PART))

    return write, lambda: [int(name) for (name,) in state.read("SELECT name FROM facts ORDER BY name")]


def write_outbox(stack, folder, _):
    outbox = Outbox(folder / "outbox.db")
    stack.callback(outbox.close)
    put: list[int] = []

    def write(at):
        noise = os.urandom(PART).hex()
        incident = replace(sample_incident(), id=str(at), reason=noise)
        outbox.put("sink", Notification(incident=incident), 0.0)
        put.append(at)

    return write, lambda: put[: outbox.counts().get("waiting", 0)]


def write_spool(_stack, folder, _):
    spool = Spool(folder / "spool", 1 << 30)

    def write(at):
        spool.append(Batch("predictions", f"{at:032x}", 3, os.urandom(PART * (16 if at else 1))))

    return write, lambda: sorted(int(key, 16) for key in spool.keys())  # noqa: SIM118 - no dictionary


def write_tokens(_stack, folder, _):
    tokens = Tokens(folder / "tokens.json")

    def write(at):
        tokens.add(f"{at}", ("write",), tuple(f"model {name} of {at}" + "x" * 200 for name in range(200)))

    return write, lambda: [int(token.name) for token in tokens.all()]


def write_pack(_stack, folder, monitor):
    size = monitor.save(folder / "probe.pack").stat().st_size

    def write(at):
        (folder / f"filler{at}").write_bytes(os.urandom(min(size, PART)))
        monitor.save(folder / f"{at}.pack")

    return write, lambda: [at for at in range(1000) if _loads(folder / f"{at}.pack")]


def _loads(path):
    return path.exists() and bool(Monitor.load(path))


def write_report(_stack, folder, monitor):
    result = monitor.check(pl.DataFrame({f"c{at}": np.arange(500.0) for at in range(20)}))
    large = replace(result, notes=tuple("x" * 1000 for _ in range(200)))

    def write(at):
        (large if at else result).save(folder / f"{at}.json")

    return write, lambda: [
        at for at in range(1000) if (path := folder / f"{at}.json").exists() and json.loads(path.read_text())
    ]


WRITERS = [
    write_log, write_store, write_state, write_outbox, write_spool, write_tokens, write_pack, write_report,
]  # fmt: skip


@pytest.mark.parametrize("make", WRITERS, ids=lambda make: make.__name__)
def test_full_disk(disk, monitor, make):
    """What was acknowledged is whole while the disk is full, and once there is room the same object goes on."""
    if disk.bounds_files and make in {write_pack, write_report}:
        pytest.skip("each of its files is as large as the first one")
    with ExitStack() as stack:
        write, kept = make(stack, disk.folder, monitor)
        done, error = [], None
        while error is None and len(done) < 200:
            try:
                write(len(done))
                done.append(len(done))
            except (DriftlineError, OSError) as raised:
                error = raised
        assert error is not None
        assert isinstance(error, OSError if make is write_spool else DriftlineError), repr(error)
        assert done
        assert done == kept()
        disk.room()
        write(len(done))
        assert [*done, len(done)] == kept()
