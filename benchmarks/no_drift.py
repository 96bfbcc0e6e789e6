"""Counts the false alarms of a whole check where nothing changed, and writes `benchmarks/results/no_drift.md`.

Random halves of one month of taxi trips (simulated, or a real file): each pair of samples is a reference and a current
batch of the same distribution, so that every alert is a false one. All columns together, default settings.
"""

import argparse
from pathlib import Path

import numpy as np
import polars as pl

from driftline import Monitor
from driftline.cli.demo.trips import month

HERE = Path(__file__).parent


def main() -> None:
    """Draw the pairs, check them, write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path, help="A real month, such as green_tripdata_2022-01.parquet.")
    parser.add_argument("--times", type=int, default=200)
    options = parser.parse_args()
    trips = pl.read_parquet(options.file) if options.file else month(2022, 1, 0)
    what = options.file.name if options.file else "simulated trips, seed 0"
    rng = np.random.default_rng(7)
    size = f"{trips.height:,} rows, {trips.width} columns"
    lines = [
        f"Random samples of {what} ({size}) against each other, {options.times} pairs for each size; default settings.",
        "",
        "| rows on each side | runs with an alert | runs with a warning at most |",
        "|---|---|---|",
    ]
    for rows in (100, 1_000, 10_000):
        levels = []
        for _ in range(options.times):
            order = rng.permutation(trips.height)
            result = Monitor.fit(trips[order[:rows]]).check(trips[order[rows : 2 * rows]])
            levels.append(result.level.value)
        counts = [f"{100 * levels.count(level) / options.times:.1f} %" for level in ("alert", "warning")]
        lines.append(f"| {rows:,} | {counts[0]} | {counts[1]} |")
    text = "\n".join(lines) + "\n"
    target = HERE / "results" / f"no_drift{'_' + options.file.stem if options.file else ''}.md"
    target.parent.mkdir(exist_ok=True)
    target.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
