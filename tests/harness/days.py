"""Small days of rows in files, one a day, of which some are broken."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from driftline import Monitor
from driftline.integrations.base_windows import fill_path, list_windows
from driftline.windows import Window

ROWS = "rows-{start:%Y-%m-%d}.parquet"
FIRST = datetime.fromisoformat("2024-05-06")
PER_DAY = 300


def make_rows(first: datetime, days: int, seed: int, *, shift: float = 0.0) -> pl.DataFrame:
    """Rows at even times, with a prediction and its label."""
    rng = np.random.default_rng(seed)
    n = days * PER_DAY
    at = [first + timedelta(days=1) / PER_DAY * step for step in range(n)]
    size, zone, predicted = rng.gamma(4.0, 2.0, n), rng.choice(["a", "b", "c"], n), rng.gamma(9.0, 3.0, n)
    return pl.DataFrame(
        {
            "id": [f"{each:%j}-{step}" for step, each in enumerate(at)],
            "at": at,
            "size": size + shift,
            "zone": zone,
            "predicted": predicted,
            "minutes": predicted + rng.normal(0, 1, n),
        }
    )


def reference() -> pl.DataFrame:
    """Three weeks of rows right before the first day."""
    return make_rows(FIRST - timedelta(days=21), 21, seed=1)


def fit_monitor() -> Monitor:
    """The monitor of these days."""
    return Monitor.fit(reference(), timestamp="at", id="id", target="minutes", prediction="predicted")


def write_days(folder: Path, count: int, *, broken: tuple[int, ...] = (), first: datetime = FIRST) -> list[Window]:
    """A file for each day, named by `ROWS`; on the broken ones all sizes are 8 larger. Gives the days."""
    windows = list_windows(first, first + timedelta(days=count), "1d")
    for at, window in enumerate(windows):
        rows = make_rows(first + timedelta(days=at), 1, seed=10 + at, shift=8.0 if at in broken else 0.0)
        rows.write_parquet(fill_path(str(folder / ROWS), window))
    return windows
