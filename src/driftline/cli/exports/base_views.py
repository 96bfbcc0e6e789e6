"""The views of a store that exports for BI tools share: their columns, types, keys and times."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing

from driftline.stores.backends.base_sql import SCHEMA

VIEWS = {
    "windows": ("model", "window"),
    "estimates": ("model", "window", "family", "metric", "column", "segment"),
    "service_health": ("model", "window", "metric", "column", "segment"),
    "label_maturity": ("model", "window"),
    "incidents": ("id",),
    "events": ("id",),
}
"""What is exported, each with the columns that together are its key."""
TIMES = frozenset({
    "window_start", "window_end", "created", "since", "opened", "updated", "closed", "earliest", "latest", "at",
    "muted_until",
})  # fmt: skip
COUNTED = frozenset({"labels"})  # columns that a view computes have no type of their own


def read_columns() -> Iterator[tuple[str, Sequence[tuple[str, str]]]]:
    """The columns of each view with their types, as the script of the tables makes them."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(SCHEMA)
        for view in VIEWS:
            rows = db.execute(f"PRAGMA table_info({view})").fetchall()
            yield view, [(row[1], row[2]) for row in rows]
