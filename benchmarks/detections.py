"""Counts false alarms and delays of detectors that are set: `benchmarks/results/detections.md`.

A binary model is wrong on 10 % of 300 rows a day; from a day on it is wrong on 15 %, and a column has moved by a
quarter of a standard deviation. All is drawn by fixed seeds.
"""

import statistics
from pathlib import Path

import numpy as np
import polars as pl

from driftline import Monitor
from driftline.alerts.detections import Detections
from driftline.stats import intervals
from driftline.types import Level

DAY, PER_DAY = 86_400e6, 300
OF_ERRORS = ("adwin", "ddm", "e_error_rate", "rddm", "stepd")
OF_NUMBERS = ("adwin", "bocpd", "cusum", "ewma", "kswin", "page_hinkley")
QUIET, STREAMS, AFTER = 720, 15, 20


def rows(days: int, seed: int, *, first: int, error: float = 0.1, shift: float = 0.0) -> pl.DataFrame:
    """Days of rows of a binary model."""
    random = np.random.default_rng(seed)
    target = random.integers(0, 2, days * PER_DAY)
    at = np.repeat(np.arange(first, first + days) * DAY, PER_DAY) + random.integers(0, int(DAY), target.size)
    wrong = random.random(target.size) < error
    columns = {"x": random.normal(size=target.size) + shift, "y": target, "p": np.where(wrong, 1 - target, target)}
    return pl.DataFrame(columns).with_columns(at=pl.Series(at.astype(np.int64)).cast(pl.Datetime("us")))


def alarms(monitor: Monitor, detections: Detections, frame: pl.DataFrame) -> list[list[str]]:
    """The detectors that complete an alarm in each of the windows."""
    return [
        [v.metric for v in detections.judge(window, []) if v.level is Level.ALERT and "; found" in v.reason]
        for window in monitor.windows(frame, every="1d")
    ]


def main() -> None:
    """Write the table."""
    settings = [{"detector": name, "rows": "error"} for name in OF_ERRORS]
    settings += [{"detector": name, "rows": "x"} for name in OF_NUMBERS]
    monitor = Monitor.fit(
        rows(30, 0, first=0), target="y", prediction="p", timestamp="at", detectors=settings, derive=False,
        describe=False,
    )  # fmt: skip
    quiet = alarms(monitor, Detections(monitor), rows(QUIET, 1, first=30))
    delays: dict[str, list[int]] = {}
    for seed in range(STREAMS):
        detections = Detections(monitor)
        alarms(monitor, detections, rows(10, 100 + seed, first=30))
        found = alarms(monitor, detections, rows(AFTER, 200 + seed, first=40, error=0.15, shift=0.25))
        for title in (f"{each['detector']}({each['rows']})" for each in settings):
            first = next((day for day, names in enumerate(found, start=1) if title in names), AFTER + 1)
            delays.setdefault(title, []).append(first)
    total, low, high = intervals.poisson(sum(map(len, quiet)))
    words = (
        f"{len(settings)} detectors of {PER_DAY} rows a day share a third of a budget of one alert in 30 days: at most "
        f"{QUIET / 90:.0f} false alarms in {QUIET} quiet days. There were {total:.0f} ({low:.1f} to {high:.1f}, the "
        f"exact 95 % interval). Delays are the median of {STREAMS} streams, in windows, the one of the change included."
    )
    lines = [
        words,
        "",
        "| detector | false alarms | windows until found |",
        "| --- | --- | --- |",
    ]
    for title, found in delays.items():
        delay = statistics.median(found)
        shown = "never" if delay > AFTER else f"{delay:.0f}"
        lines.append(f"| `{title}` | {sum(title in names for names in quiet)} | {shown} |")
    Path(__file__).with_name("results").joinpath("detections.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
