"""Files of every format and tables in memory: the suite of all sources."""

import gzip

import pytest

pytest.register_assert_rewrite("driftline.testing.sources")

from driftline.data.sources.files import Files  # noqa: E402 - after the line above
from driftline.data.sources.frames import Frames  # noqa: E402 - after the line above
from driftline.testing.sources import SourceSuite  # noqa: E402 - after the line above


def write(rows, path):
    """Write the rows in the format that the suffix says."""
    writers = {
        "parquet": rows.write_parquet,
        "csv": rows.write_csv,
        "jsonl": rows.write_ndjson,
        "arrow": rows.write_ipc,
    }
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(rows.write_csv().encode()))
    else:
        writers[path.suffix[1:]](path)
    return path


class TestFiles(SourceSuite):
    """One file of each format."""

    @pytest.fixture(params=["parquet", "csv", "csv.gz", "jsonl", "arrow"])
    def make(self, request, tmp_path):
        """A file of the rows."""
        return lambda rows: Files(write(rows, tmp_path / f"rows.{request.param}"))

    def test_no_rows(self, make, request):
        """JSON lines without rows name no columns, so they are no source; all other formats keep the promise."""
        if "jsonl" not in request.node.name:
            super().test_no_rows(make)


class TestFolder(SourceSuite):
    """Several files of one folder."""

    @pytest.fixture
    def make(self, tmp_path):
        """A folder of three files."""

        def of(rows):
            third = rows.height // 3
            for name, part in enumerate((rows[:third], rows[third : 2 * third], rows[2 * third :])):
                write(part, tmp_path / f"{name}.parquet")
            return Files(tmp_path)

        return of


class TestFrames(SourceSuite):
    """A table in memory."""

    @pytest.fixture
    def make(self):
        """The table itself."""
        return Frames
