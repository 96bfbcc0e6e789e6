"""What is kept can be checked, compacted and taken elsewhere."""

from io import BytesIO
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from driftline.cli.main import main
from driftline.server.logs.base import Entry, open_log
from driftline.server.stream.state import StreamState
from driftline.stores.base import open_store
from driftline.testing.stores import VERDICTS, sample_result


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a store of two runs and a log of three batches of ten rows, one of them trimmed."""
    monkeypatch.chdir(tmp_path)
    with open_store("sqlite:///driftline.db") as store, open_log("sqlite:///driftline-log.db") as log:
        for name in ("a", "b"):
            store.save_run(sample_result(name), {})
            out = BytesIO()
            pl.DataFrame({"x": range(10)}).write_ipc_stream(out)
            log.append([Entry(0, "taxi", "predictions", name, 10, 0.0, out.getvalue())])
    return tmp_path


def run(*command):
    """Exit code and output."""
    done = CliRunner().invoke(main, ["db", *command])
    return done.exit_code, done.output


@pytest.mark.usefixtures("folder")
def test_whole():
    """Files that are whole say so, with what is in them."""
    code, said = run("check")
    whole = ["store: driftline.db: whole", "log: driftline-log.db: whole"]
    assert [*whole, f"store: 2 runs, {2 * VERDICTS} verdicts", "log: 2 batches, 20 rows"] == said.splitlines()
    assert 0 == code


def test_damage_is_named(folder):
    """A file that was written into, and a batch whose rows are not those taken in, are named; the exit code is 1."""
    with open_log("sqlite:///driftline-log.db") as log:
        log.append([Entry(0, "taxi", "predictions", "c", 7, 0.0, log.read(0, 1)[0].data)])
    assert (1, "log: sqlite:///driftline-log.db: entry 3: 10 rows, where 7 were taken in") == (
        (found := run("check"))[0], found[1].splitlines()[-1])  # fmt: skip
    path = folder / "driftline.db"
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :] = bytes(len(data) - len(data) // 2)
    path.write_bytes(data)
    code, said = run("check")
    assert 1 == code
    assert "store: driftline.db: whole" not in said


def test_nothing_there(tmp_path, monkeypatch):
    """Where nothing is, nothing is made."""
    monkeypatch.chdir(tmp_path)
    assert (0, "nothing is there; name it by --store, --log and --state\n") == run("check")
    assert [] == list(tmp_path.iterdir())


def test_vacuum(folder):
    """Room that was freed is given back."""
    with open_store("sqlite:///driftline.db") as store:
        for at in range(50):
            store.save_run(sample_result(f"many {at}"), {})
        store._db.execute("DELETE FROM verdicts")
    size = (folder / "driftline.db").stat().st_size
    assert 0 == run("vacuum")[0]
    assert (folder / "driftline.db").stat().st_size < size


@pytest.mark.parametrize(("form", "read"), [("parquet", pl.read_parquet), ("csv", pl.read_csv)])
def test_export(folder, form, read):
    """Runs and verdicts are plain tables, one file each."""
    assert 0 == run("export", "--form", form, "--output", "tables")[0]
    runs, verdicts = (read(folder / "tables" / f"{name}.{form}") for name in ("runs", "verdicts"))
    assert (2, 2 * VERDICTS) == (runs.height, verdicts.height)
    assert {"ok", "unknown", "warning", "alert"} == set(verdicts["level"])
    assert set(verdicts["run_id"]) == set(runs["run_id"])


def test_check_beside_a_running_server(tmp_path, monkeypatch):
    """A stream's state that a server has open is named as in use; it is no damage."""
    monkeypatch.chdir(tmp_path)
    Path("driftline-state").mkdir()
    state = StreamState(Path("driftline-state/taxi.db"))
    try:
        result = CliRunner().invoke(main, ["db", "check"])
    finally:
        state.close()
    assert "in use by a running server" in result.output
    assert 0 == result.exit_code


@pytest.mark.usefixtures("folder")
def test_dead_letters():
    """Batches that were set aside are listed with their reason, and retried by the name of their model."""
    with open_log("sqlite:///driftline-log.db") as log:
        log.append([Entry(0, "taxi", "predictions", "b-1", 3, 1.7e15, b"rows")])
        position = log.last()
        log.set_aside(position, "TypeError in profiles/batch.py, line 1")
    code, output = run("dead")
    assert (0, True) == (code, "taxi predictions b-1: 3 rows, 4 bytes: TypeError in" in output)
    assert "1 batches are set aside" in output
    assert "0 batches are to be folded" in run("retry", "--model", "bus")[1]
    assert "1 batches are to be folded" in run("retry", "--model", "taxi")[1]
    assert "no batch is set aside" in run("dead")[1]
    with open_log("sqlite:///driftline-log.db") as log:
        assert [b"rows"] == [entry.data for entry in log.read(position, 1000)]
