"""One query to PostgreSQL, or to DuckDB, as a source."""

import datetime as dt

import polars as pl
import pytest

from driftline import Monitor
from driftline.data.sources.duckdb import Query
from driftline.data.sources.postgresql import Postgresql
from driftline.errors import ConfigError, InputError
from driftline.profiles.engines.base import open_source
from harness import programs

pytest.register_assert_rewrite("driftline.testing.sources")

from driftline.testing.sources import SourceSuite  # noqa: E402 - after the line above

psycopg = pytest.importorskip("psycopg")
duckdb = pytest.importorskip("duckdb")

ODD = """SELECT 1.5::numeric AS price,
  '{"a": 1}'::json AS note, DATE '2026-01-02' AS day, ARRAY[1, 2] AS pair, 'a%s{}' AS text,
  TIMESTAMPTZ '2026-01-02 12:00+02' AS at, INTERVAL '1 min' AS took, NULL::int AS nothing, point(1, 2) AS place"""


@pytest.fixture(scope="module")
def server():
    """An empty PostgreSQL."""
    with programs.postgresql() as running:
        yield running


@pytest.fixture
def database(server, monkeypatch):
    """Its URL, whose password is a variable."""
    monkeypatch.setenv("DB_WORD", "w/rd")
    return f"postgresql://postgres:${{DB_WORD}}@127.0.0.1:{server.port}/postgres?sslmode=disable"


class TestPostgresql(SourceSuite):
    """A table of PostgreSQL."""

    @pytest.fixture
    def make(self, server, database):
        def fill(rows):
            address = f"postgresql://postgres@127.0.0.1:{server.port}/postgres"
            with psycopg.connect(address) as db, db.cursor() as cursor:
                cursor.execute("DROP TABLE IF EXISTS rows; CREATE TABLE rows (number float8, whole bigint, word text)")
                with cursor.copy("COPY rows FROM STDIN") as copy:
                    for row in rows.rows():
                        copy.write_row(row)
            return Postgresql(f"{database}&query=SELECT * FROM rows ORDER BY whole;")  # noqa: S608 - no SQL of others

        return fill


class TestDuckdb(SourceSuite):
    """A table of DuckDB."""

    @pytest.fixture
    def make(self, tmp_path):
        def fill(rows):  # noqa: ARG001 - DuckDB finds it by its name
            with duckdb.connect(tmp_path / "rows.db") as db:
                db.sql("CREATE OR REPLACE TABLE rows AS SELECT * FROM rows")
            return Query(f"duckdb:///{tmp_path}/rows.db?query=FROM rows")

        return fill


def test_types_of_postgresql(database):
    """Values come in the types that they have there; what has no place in Arrow comes as text."""
    (row,) = pl.concat(open_source(f"{database}&query={ODD}").batches()).to_dicts()
    noon = dt.datetime(2026, 1, 2, 10, tzinfo=dt.UTC)
    assert {
        "price": 1.5, "note": '{"a": 1}', "day": dt.date(2026, 1, 2), "pair": [1, 2], "text": "a%s{}", "at": noon,
        "took": dt.timedelta(minutes=1), "nothing": None, "place": "(1,2)",
    } == row  # fmt: skip


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("SELECT * FROM nowhere", 'relation "nowhere" does not exist'),
        ("SELECT 1 AS a, 2 AS a", "two columns have one name"),
        ("DELETE FROM pg_class RETURNING *", "syntax error"),
    ],
)
def test_what_postgresql_refuses(database, query, what):
    """What is wrong with a query is told with it; it can only read."""
    with pytest.raises(InputError, match=what) as caught:
        open_source(f"{database}&query={query}")
    assert f"/postgres: {query}: " in str(caught.value)


def test_no_secret_is_told(caplog, monkeypatch):
    """Neither an error nor the log nor the label holds a password; one in the URL itself is warned of."""
    monkeypatch.setenv("DB_WORD", "s3cretword")
    for word in ("${DB_WORD}", "s3cretword"):
        with pytest.raises(InputError) as caught:
            open_source(f"postgresql://me:{word}@127.0.0.1:1/db?query=SELECT 1")
        assert "s3cretword" not in str(caught.value)
        assert str(caught.value).startswith("postgresql://me@127.0.0.1:1/db: SELECT 1: ")
    assert ["holds a password" in record.message for record in caplog.records] == [True]
    assert "s3cretword" not in caplog.text


def test_duckdb(tmp_path):
    """Without a file the query reads what it names; a file that is not there, and no query, are told."""
    rows = pl.DataFrame({"x": range(300), "k": ["a", "b", "c"] * 100})
    rows.write_parquet(tmp_path / "rows.parquet")
    query = f"SELECT x, k FROM read_parquet('{tmp_path}/rows.parquet') WHERE x % 2 = 0"  # noqa: S608 - no SQL of others
    source = open_source(f"duckdb:///?query={query}")
    assert (150, f"duckdb:///: {query[:59]}…") == (source.rows, source.label)
    assert 150 == Monitor.fit(f"duckdb:///?query={query}").check(rows).reference.rows
    with pytest.raises(InputError, match=r"no such file 'none\.db'"):
        open_source("duckdb:///none.db?query=SELECT 1")
    with pytest.raises(InputError, match="Catalog Error"):
        open_source("duckdb:///?query=FROM nowhere")
    with pytest.raises(ConfigError, match="expected a query"):
        open_source("duckdb:///x.db")
    assert 3 == open_source(duckdb.sql("FROM range(3)")).rows
