"""Progress: on a terminal it is shown and leaves nothing behind, elsewhere there is not a byte of it."""

import os
import pty

import polars as pl
import pytest

from driftline.cli.progress import Progress
from driftline.profiles.engines.base import open_source
from harness import commands


class _Told(Progress):
    """Keeps what it is told, by stage."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = []

    def stage(self, name):
        self.seen.append((name, []))

    def told(self, rows, total):
        self.seen[-1][1].append((rows, total))


@pytest.fixture
def rows():
    return pl.DataFrame({"x": range(300_000)})


def test_rows_by_stage(rows):
    """Each pass over all columns is a stage with its rows; one over some columns is not; the batches are the same."""
    progress = _Told()
    source = progress.watch(open_source(rows), "first", "second", "after")
    assert rows.equals(pl.concat(source.batches()))
    list(source.batches(["x"]))
    list(source.batches())
    read = [(131_072, 300_000), (262_144, 300_000), (300_000, 300_000)]
    assert [("first", read), ("second", read), ("after", [])] == progress.seen


def test_rows_of_texts(rows, tmp_path):
    """Where files do not say how many rows they have, those read to the end do, by their bytes; a second pass knows."""
    for name in ("a", "b"):
        rows.head(1_000).with_columns(pl.col("x") + 1_000).write_csv(tmp_path / f"{name}.csv")
    progress = _Told()
    source = progress.watch(open_source(tmp_path), "first", "second", "after")
    list(source.batches())
    list(source.batches())
    assert [("first", [(1_000, None), (2_000, 2_000.0)])] == progress.seen[:1]
    assert ("second", [(1_000, 2_000), (2_000, 2_000)]) == progress.seen[1]


def test_terminal(rows, tmp_path):
    """On a terminal the error stream tells stage and rows, then wipes them; elsewhere, or on a dumb one, nothing."""
    rows.write_parquet(tmp_path / "rows.parquet")
    file = tmp_path / "count.py"
    file.write_text(
        "import sys, time\n"
        "from driftline.profiles.engines.base import open_source\n"
        "from driftline.cli.progress import Progress\n"
        "with Progress() as progress:\n"
        "    source = progress.watch(open_source(sys.argv[1]), 'counting', 'done')\n"
        "    for batch in source.batches(): time.sleep(0.2)\n"
    )
    words = file, str(tmp_path / "rows.parquet")
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    done = commands.run_file(*words, env=environment)
    assert (0, "") == (done.returncode, done.stderr)
    assert b"" == _on_terminal(words, {**environment, "TERM": "dumb"})
    said = _on_terminal(words, environment)
    assert b"counting" in said
    assert b" of 300 k rows" in said
    assert said.endswith(b"\x1b[2K")


def _on_terminal(words, environment):
    """What a file of Python writes to its error stream where that is a terminal; its output goes elsewhere."""
    ours, theirs = pty.openpty()
    process = commands.start_file(*words, out=os.devnull, err=os.ttyname(theirs), env=environment)
    os.close(theirs)
    said = b""
    try:
        while part := os.read(ours, 65_536):
            said += part
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    assert 0 == process.wait()
    return said
