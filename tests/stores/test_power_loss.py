"""Power is lost between a write and its flush: what was acknowledged is there, the rest is whole or not there at all.

With a write-ahead log and synchronous=FULL, SQLite flushes the log before a commit returns, so what may be lost or torn
is what was written behind that point. These tests tear it at random: cut off, zeroed or garbled, as a disk may leave
it.
"""

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from driftline.alerts.outbox import Outbox
from driftline.server.feed_state import Memory
from driftline.server.logs.base import open_log
from driftline.server.stream.state import StreamState
from driftline.stores.base import open_store
from driftline.stores.sqlite_file import pragma
from driftline.testing.logs import entry
from driftline.testing.stores import VERDICTS, sample_result

BATCHES = 12


def tear(rng, data, synced):
    """The bytes of a file of which those from `synced` on had not been flushed."""
    rest = bytearray(data[synced:])
    how, at = rng.choice(["cut", "zeros", "garbled", "a page"]), rng.randrange(max(len(rest), 1))
    if how == "cut":
        del rest[at:]
    elif how == "zeros":
        rest[at:] = bytes(len(rest) - at)
    elif how == "garbled":
        rest[at:] = rng.randbytes(len(rest) - at)
    else:
        rest[at : at + 4096] = rng.randbytes(len(rest[at : at + 4096]))
    return data[:synced] + bytes(rest)


def lose_power(path, folder, synced, rng):
    """A copy of an open SQLite file as it is after the power was lost."""
    (folder / path.name).write_bytes(path.read_bytes())
    log = Path(f"{path}-wal")
    (folder / log.name).write_bytes(tear(rng, log.read_bytes(), synced))
    return folder / path.name


@pytest.mark.parametrize("seed", range(8))
def test_log(tmp_path, seed):
    """Of the event log: each acknowledged batch is there with its rows; the last, which was not, is whole or gone."""
    rng = random.Random(seed)
    path, after = tmp_path / "log.db", tmp_path / "after"
    after.mkdir()
    with open_log(f"sqlite:///{path}") as log:
        for at in range(BATCHES):
            synced = Path(f"{path}-wal").stat().st_size
            log.append([entry(f"{at}-{part}", data=bytes([at]) * 9000) for part in range(3)])
        copy = lose_power(path, after, synced, rng)
    with open_log(f"sqlite:///{copy}") as log:
        found = {each.batch: each.data for each in log.read(0, 1 << 30)}
        assert log.append([entry("next")]) == [True]
    kept = {f"{at}-{part}": bytes([at]) * 9000 for at in range(BATCHES) for part in range(3)}
    sure = {name: data for name, data in kept.items() if not name.startswith(f"{BATCHES - 1}-")}
    assert found in (sure, kept)


@pytest.mark.parametrize("seed", range(4))
def test_store(tmp_path, seed):
    """Of the store: each acknowledged run has all of its verdicts, and no half of one is there."""
    rng = random.Random(seed)
    path, after = tmp_path / "store.db", tmp_path / "after"
    after.mkdir()
    with open_store(f"sqlite:///{path}") as store:
        ids = []
        for at in range(BATCHES):
            synced = Path(f"{path}-wal").stat().st_size
            ids.append(store.save_run(sample_result(str(at)), {}))
        copy = lose_power(path, after, synced, rng)
    with open_store(f"sqlite:///{copy}") as store:
        found = [run.run_id for run in store.runs(limit=None)]
        assert {VERDICTS} == {len(store.verdicts(run_id=run, limit=None)) for run in found}
    assert set(found) in ({*ids[:-1]}, {*ids})


def test_every_file_is_flushed_at_each_commit(tmp_path):
    """All of our SQLite files are written ahead, with synchronous=FULL."""
    opened = [
        (open_log(f"sqlite:///{tmp_path}/log.db"), lambda part: part._writer),
        (open_store(f"sqlite:///{tmp_path}/store.db"), lambda part: part._db),
        (StreamState(tmp_path / "stream.db"), lambda part: part.db),
        (Outbox(tmp_path / "outbox.db"), lambda part: part._db),
        (Memory(str(tmp_path / "feeds.db"), "feed"), lambda part: part._db),
    ]
    for part, connection in opened:
        with closing(part):
            db = connection(part)
            assert isinstance(db, sqlite3.Connection)
            assert ("wal", 2) == (db.execute("PRAGMA journal_mode").fetchone()[0], pragma(db, "synchronous")), part
