"""A table in PostgreSQL, on a real server: the suite of all feeds, types, and transactions that end out of order."""

import psycopg
import pytest
from psycopg import sql

from driftline.testing.feeds import FeedSuite, Taken, running, until
from harness import programs


@pytest.fixture(scope="module")
def server():
    """A server."""
    with programs.postgresql() as server:
        yield server


def connect(server):
    """A connection."""
    return psycopg.connect(host="127.0.0.1", port=server.port, user="postgres", dbname="postgres", autocommit=True)


@pytest.fixture
def url(server, name, tmp_path):
    """A table with a key of two columns."""
    with connect(server) as db:
        db.execute(
            sql.SQL(
                "CREATE TABLE {} (id bigint, at timestamptz DEFAULT clock_timestamp(), fare numeric(9, 2), "
                "key uuid DEFAULT gen_random_uuid(), more jsonb, PRIMARY KEY (at, id))"
            ).format(sql.Identifier(name))
        )
    settings = f"table={name}&key=at,id&rows=1&settle=0.01&every=0.02&state={tmp_path}/state.db"
    return f"postgresql://postgres@127.0.0.1:{server.port}/postgres?{settings}&model=taxi&kind=predictions"


def insert(db, name, ids):
    """Insert rows of these ids."""
    for one in ids:
        db.execute(sql.SQL("INSERT INTO {} (id, fare) VALUES (%s, 12.5)").format(sql.Identifier(name)), [one])


class TestPostgresql(FeedSuite):
    """The suite of all feeds."""

    @pytest.fixture
    def send(self, server, name):
        def go(ids):
            with connect(server) as db:
                insert(db, name, ids)

        return go

    @pytest.fixture
    def restart(self, server):
        return server.restart


def test_transactions_out_of_order(server, name, url):
    """A row whose key is smaller, but which is committed later, is not passed over."""
    taken = Taken()
    with connect(server) as early, connect(server) as late, running(url.replace("rows=1", "rows=100"), taken) as feed:
        with early.transaction():
            insert(early, name, [1])
            insert(late, name, [2])
            until(lambda: _looked(late, name), "the feed has seen the second one")
        until(lambda: {1, 2} == set(taken.durable), "both")
    assert taken.durable[1] == taken.durable[2]
    assert 0 == feed.counts["lost"]


def test_notifications(server, name, url):
    """A notification wakes a feed that else would look an hour later."""
    taken = Taken()
    slow = url.replace("every=0.02", f"every=3600&listen={name}").replace("settle=0.01", "settle=0")
    with connect(server) as db, running(slow, taken):
        until(lambda: _looked(db, name), "looked")
        insert(db, name, [1])
        db.execute(sql.SQL("NOTIFY {}").format(sql.Identifier(name)))
        until(lambda: 1 in taken.durable, "woken")


def _looked(db, name):
    """Whether the feed has looked at the table since the transaction that is running began, and waits."""
    said = db.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle' AND query LIKE 'SELECT pg_snapshot%%' "
        "AND position(%s IN query) > 0 AND query_start > coalesce((SELECT max(state_change) FROM pg_stat_activity "
        "WHERE state = 'idle in transaction'), '-infinity')",
        [name],
    ).fetchone()
    return bool(said[0])
