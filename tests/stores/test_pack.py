"""Packs: whole or not at all, without raw rows, and any change is noticed."""

import numpy as np
import polars as pl
import pytest

from driftline.errors import OutputError, PackError
from driftline.monitor import Monitor
from driftline.stores import pack

RANDOM = np.random.default_rng(2)
ROWS = pl.DataFrame(
    {
        "x": RANDOM.normal(size=3000),
        "name": [f"secret person {i}" for i in range(3000)],
        "zone": RANDOM.choice(["a", "b"], 3000),
    }
)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A pack."""
    return Monitor.fit(ROWS, segments=("zone",)).save(tmp_path_factory.mktemp("packs") / "x.pack")


def test_is_pack(path, tmp_path):
    """A pack is told from other files by how it begins."""
    (tmp_path / "x.csv").write_text("a,b\n")
    assert [True, False, False] == [pack.is_pack(path), pack.is_pack(tmp_path / "x.csv"), pack.is_pack(tmp_path)]


def test_same_monitor_same_bytes(path, tmp_path):
    """The same rows give the same pack, to the byte."""
    assert path.read_bytes() == Monitor.fit(ROWS, segments=("zone",)).save(tmp_path / "x.pack").read_bytes()


@pytest.mark.parametrize("at", [0, 20, 60, 90, 200, -1])
def test_any_change_is_noticed(path, tmp_path, at):
    """One changed bit anywhere is refused, by name."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    changed = tmp_path / "changed.pack"
    changed.write_bytes(data)
    with pytest.raises(PackError, match=r"changed\.pack"):
        Monitor.load(changed)


def test_cut_short(path, tmp_path):
    """A pack that was cut short is refused."""
    for size in (0, 10, 100, 1000):
        short = tmp_path / "short.pack"
        short.write_bytes(path.read_bytes()[:size])
        with pytest.raises(PackError, match=r"short\.pack"):
            Monitor.load(short)


def test_not_there(tmp_path):
    """A pack that is not there is named, with how to make it."""
    with pytest.raises(PackError, match="driftline fit"):
        Monitor.load(tmp_path / "none.pack")


def test_no_raw_rows(path):
    """No text of a row that is no category is in the pack."""
    profiles = pack.load(path).profiles
    assert not any(b"secret person" in profile.dump() for profile in profiles.values())


def test_nothing_half_written(tmp_path, monkeypatch):
    """When writing fails nothing is left."""

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("driftline.data.atomic.os.fsync", full)
    with pytest.raises(OutputError, match=r"x\.pack: cannot be written: No space"):
        Monitor.fit(ROWS).save(tmp_path / "x.pack")
    assert [] == list(tmp_path.iterdir())
