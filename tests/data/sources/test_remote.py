"""Files at a web address and in a bucket."""

import gzip
import re
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import polars as pl
import pytest

from driftline.data.sources.remote import Remote
from driftline.errors import InputError
from driftline.profiles.engines.base import open_source
from harness.programs import s3

pytest.register_assert_rewrite("driftline.testing.sources")

from driftline.testing.sources import SourceSuite  # noqa: E402 - after the line above

FRAME = pl.DataFrame({"a": range(100), "b": [f"v{at}" for at in range(100)]})
WORD = "s3cretword"


class Web(ThreadingHTTPServer):
    """Gives out the bytes in `files`, and parts of them."""

    daemon_threads = True

    def __init__(self):
        """Listen on a free port."""
        self.files, self.parts = {}, True

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                content = self.server.files.get(self.path.partition("?")[0].removeprefix("/"))
                if content is None:
                    self.send_error(404)
                    return
                wanted = re.match(r"bytes=(\d*)-(\d*)", self.headers.get("Range", "")) if self.server.parts else None
                size = len(content)
                first, last = 0, size - 1
                if wanted and wanted[1]:
                    first, last = int(wanted[1]), min(int(wanted[2] or last), last)
                elif wanted:
                    first = max(size - int(wanted[2]), 0)
                self.send_response(206 if wanted else 200)
                self.send_header("Content-Length", str(last + 1 - first))
                if wanted:
                    self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(content[first : last + 1])

            def do_HEAD(self):
                self.do_GET()

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        Thread(target=self.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def web():
    """A server that knows ranges."""
    with Web() as server:
        yield server
        server.shutdown()


@pytest.fixture
def put(web, tmp_path):
    """Put rows up under a name; gives the URL."""

    def place(name, rows=FRAME):
        path = tmp_path / "rows"
        match name.rpartition(".")[2]:
            case "parquet":
                rows.write_parquet(path)
            case "arrow":
                rows.write_ipc(path)
            case "jsonl":
                rows.write_ndjson(path)
            case "tsv":
                rows.write_csv(path, separator="\t")
            case _:
                rows.write_csv(path)
        content = path.read_bytes()
        web.files[name] = gzip.compress(content) if name.endswith(".gz") else content
        return f"http://127.0.0.1:{web.server_port}/{name}"

    return place


class TestRemote(SourceSuite):
    """A Parquet file at a web address."""

    @pytest.fixture
    def make(self, put):
        return lambda rows: Remote(put("suite.parquet", rows))


@pytest.mark.parametrize("name", ["d.parquet", "d.csv", "d.tsv", "d.csv.gz", "d.jsonl", "d.arrow"])
def test_formats(put, name):
    """A URL is read by the format that its path ends in, whatever follows; CSV also as text."""
    source = open_source(f"{put(name)}?{WORD}=a.txt")
    assert FRAME.equals(pl.concat(source.batches()))
    texts = pl.concat(source.texts())
    assert FRAME.cast(texts.schema).equals(texts)
    assert (pl.String if "csv" in source.format else pl.Int64) == texts.schema["a"]


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("none.parquet", None, "no such file"),
        ("bad.parquet", b"PAR1" * 9, "cannot be read"),
        ("two.csv", b"a,a\n1,2\n", "column 'a' is there more than once"),
        ("d.xlsx", b"", "known are Parquet"),
    ],
)
def test_what_cannot_be_read(web, monkeypatch, name, content, what):
    """What is wrong is said with the URL, but for what follows its `?`, and for what stands for a variable."""
    monkeypatch.setenv("WORD", WORD)
    web.files[name] = content
    with pytest.raises(InputError, match=what) as caught:
        Remote(f"http://127.0.0.1:{web.server_port}/{name}?signature=${{WORD}}")
    assert str(caught.value).startswith(f"http://127.0.0.1:{web.server_port}/{name}: ")
    assert WORD not in str(caught.value)


def test_a_server_without_parts(put, web):
    """A server that gives whole files only is told."""
    url = put("d.parquet")
    web.parts = False
    try:
        with pytest.raises(InputError, match="gives no parts of a file"):
            Remote(url)
    finally:
        web.parts = True


def test_unknown_scheme():
    """The schemes that there are are named, and no secret is."""
    with pytest.raises(InputError, match="no rows are read from ftp://; known are s3") as caught:
        open_source(f"ftp://me:{WORD}@host/a.csv")
    assert WORD not in str(caught.value)


@pytest.fixture(scope="module")
def bucket():
    """A bucket of a local S3."""
    with s3() as server, pytest.MonkeyPatch.context() as patch:
        end = f"http://127.0.0.1:{server.port}"
        names = {"ACCESS_KEY_ID": "key", "SECRET_ACCESS_KEY": WORD, "REGION": "us-east-1", "ENDPOINT_URL": end}
        for name, value in {**names, "ALLOW_HTTP": "true"}.items():
            patch.setenv(f"AWS_{name}", value)
        request = urllib.request.Request(f"{end}/trips", method="PUT")  # noqa: S310 - http
        urllib.request.urlopen(request).close()  # noqa: S310 - http
        yield "s3://trips"


def test_s3(bucket):
    """One file, a glob, folders named `key=value`, and CSV files in a bucket; what is not there is told."""
    for year in (2025, 2026):
        FRAME.write_parquet(f"{bucket}/parquet/year={year}/rows.parquet")
        FRAME.write_csv(f"{bucket}/csv/{year}.csv")
    one = open_source(f"{bucket}/parquet/year=2025/rows.parquet")
    assert FRAME.equals(pl.concat(one.batches()))
    both = open_source(f"{bucket}/parquet/**/*.parquet")
    assert (200, [2025, 2026]) == (both.rows, pl.concat(both.batches())["year"].unique(maintain_order=True).to_list())
    texts = pl.concat(open_source(f"{bucket}/csv/*.csv").texts())
    assert ([pl.String, pl.String], 200) == (texts.dtypes, texts.height)
    with pytest.raises(InputError, match=f"{bucket}/none.parquet: "):
        open_source(f"{bucket}/none.parquet")
