"""False alarms of estimates of performance: days of a calibrated classifier in which nothing changes, without labels.

Each stream fits on 30 days of 400 rows and watches 30 more, judging estimates alone. Prints windows with an alert or a
warning, and the incidents that were opened; the default budget is one false alert in 30 days.
"""

import sys

import numpy as np
import polars as pl

from driftline.alerts.watch import Watch
from driftline.monitor import Monitor
from driftline.types import Level

ROWS, DAYS = 400, 30


def draw(first: int, seed: int) -> pl.DataFrame:
    """Thirty days of rows with calibrated scores, from the `first` day on."""
    random, n = np.random.default_rng(seed), ROWS * DAYS
    score = 1 / (1 + np.exp(-random.normal(0, 2, n)))
    start = pl.datetime(2024, 1, 1) + pl.duration(days=first)
    at = pl.select(start + pl.duration(seconds=pl.int_range(n) * (86_400 // ROWS))).to_series()
    return pl.DataFrame({"y": random.random(n) < score, "answer": score > 0.5, "score": score, "at": at})


def main(streams: int) -> None:
    """Watch so many streams."""
    windows = alerts = warnings = incidents = 0
    for seed in range(streams):
        monitor = Monitor.fit(
            draw(0, seed), target="y", prediction="answer", score="score", timestamp="at", only=["performance"]
        ).restrict(needs_labels=False)
        blind = draw(DAYS + 1, 1_000 + seed).with_columns(y=pl.lit(None, pl.Boolean))
        for watched in Watch(monitor).over(blind):
            levels = {verdict.level for verdict in watched.result.verdicts if verdict.family == "estimate"}
            windows, incidents = windows + 1, incidents + len(watched.opened)
            alerts, warnings = alerts + (Level.ALERT in levels), warnings + (Level.WARNING in levels)
        print(
            f"{windows} windows: {alerts} with an alert, {warnings} with a warning; {incidents} incidents", flush=True
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
