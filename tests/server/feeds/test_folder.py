"""Files in a folder: the suite of all feeds, pieces of large files, and files that are damaged or not complete."""

import json

import polars as pl
import pytest

from driftline.testing.feeds import FeedSuite, Taken, running, until


@pytest.fixture
def folder(tmp_path):
    """Where files appear."""
    (tmp_path / "inbox/taxi/predictions").mkdir(parents=True)
    return tmp_path / "inbox"


@pytest.fixture
def url(folder, tmp_path):
    """A feed that waits for nothing."""
    return f"folder://{folder}?settle=0.05&every=0.02&rows=10&state={tmp_path}/state.db"


class TestFolder(FeedSuite):
    """The suite of all feeds; there is no broker."""

    @pytest.fixture
    def send(self, folder):
        def go(ids):
            for one in ids:
                pl.DataFrame({"id": [one]}).write_parquet(folder / f"taxi/predictions/{one}.parquet")

        return go


@pytest.mark.parametrize("form", ["parquet", "csv", "ndjson", "arrow"])
def test_pieces(folder, url, form):
    """A file of any format comes in pieces of so many rows, each with an id of its own."""
    rows, path = pl.DataFrame({"id": range(25)}), folder / f"taxi/predictions/rows.{form}"
    {"parquet": rows.write_parquet, "csv": rows.write_csv, "ndjson": rows.write_ndjson, "arrow": rows.write_ipc}[form](
        path
    )
    taken = Taken()
    with running(url, taken) as feed:
        until(lambda: feed.counts["delivered"] == 3, "three pieces")
    facts = path.stat()
    mark = f"taxi/predictions/rows.{form}/{facts.st_size}/{facts.st_mtime_ns}"
    assert {one: f"{mark}#{one // 10}" for one in range(25)} == taken.durable


def test_damaged_partial_and_changed(folder, url):
    """A damaged file is refused and named; one being written is left; one that changes is read again."""
    place = folder / "taxi/predictions"
    (place / "broken.parquet").write_bytes(b"PAR1 no")
    (place / "rows.csv.part").write_text("id\n1\n")
    (place / "_rows.csv").write_text("id\n2\n")
    taken = Taken()
    with running(url, taken) as feed:
        until(lambda: feed.counts["refused"] == 1, "refused")
        (place / "rows.csv.part").rename(place / "rows.csv")
        until(lambda: 1 in taken.durable, "renamed into its place")
        (place / "broken.parquet").unlink()
        (place / "rows.csv").write_text("id\n1\n3\n")
        until(lambda: 3 in taken.durable, "changed")
    assert {1, 3} == set(taken.durable)
    assert 1 == feed.counts["refused"]


def test_long_names(folder, url):
    """A file whose path is long, or not ASCII, has an id that is short, and the same each time."""
    place = folder / ("é" * 100) / "taxi/predictions"
    place.mkdir(parents=True)
    (place / "rows.csv").write_text("id\n1\n")
    taken = Taken(fails=1)
    with running(url, taken):
        until(lambda: 1 in taken.durable, "taken")
    assert 1 == len(set(taken.calls))
    assert taken.durable[1].isascii()
    assert 64 == len(taken.durable[1])


def test_no_folder_yet(folder, tmp_path):
    """A folder that is not there yet is waited for; without model and kind in its path, the URL says them."""
    url = f"folder://{folder}/later?settle=0&every=0.02&model=taxi&kind=predictions&state={tmp_path}/state.db"
    taken = Taken()
    with running(url, taken) as feed:
        until(lambda: feed.counts["lost"] > 1, "looked for it")
        (folder / "new").mkdir()
        (folder / "new/rows.jsonl").write_text(json.dumps({"id": 1}))
        (folder / "new").rename(folder / "later")
        until(lambda: 1 in taken.durable, "taken")
