"""What a look at whole rows would cost by default, how often it would alarm for nothing, and what it would find.

`domain_classifier` over a sample of 2,000 rows (`sample.rows`), judged, against the same model without it. Processor
seconds of fit and check, medians of three; alerts of single checks and of days without any change; changes that leave
each column as it was. Writes `results/multivariate.md`.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import machine
import numpy as np
import polars as pl
from calibration.model import Days
from calibration.rates import share

from driftline import Monitor
from driftline.alerts.watch import Watch
from driftline.types import Level

TARGET = Path(__file__).parent / "results" / "multivariate.md"
METRIC = "domain_classifier"
ON: dict[str, Any] = {"sample": {"rows": 2000}, "metrics": {METRIC: {"judged": True}}}
DAYS = {"independent days": (0.0, False), "days that vary by 0.1 sd": (0.1, False), "weekends that differ": (0.0, True)}

Draw = Callable[[np.random.Generator, int], pl.DataFrame]


@click.command(help=__doc__)
@click.option("--checks", default=60, show_default=True, help="Single checks of each kind.")
@click.option("--models", default=2, show_default=True, help="Models that are watched for two weeks, of each kind.")
def main(checks: int, models: int) -> None:
    """Measure all, print and write the tables."""
    lines = [f"{machine.described()} A sample of 2,000 rows, `{METRIC}` judged.", ""]
    lines += ["| columns | rows of a side | fit, without → with, s | check, without → with, s |", "|---|---|---|---|"]
    for columns, rows in ((10, 1_000), (10, 10_000), (40, 10_000)):
        lines.append(_measure_cost(columns, rows))
        print(lines[-1], flush=True)
    lines += ["", "| rows that are as before | judged | alerts |", "|---|---|---|"]
    for rows in (300, 2_000):
        alerts = sum(_is_found(draw_plain, draw_plain, seed, rows) for seed in range(checks))
        lines.append(f"| single checks, {rows:,} rows | {checks} | {_percent(alerts, checks)} |")
        print(lines[-1], flush=True)
    for name, kind in DAYS.items():
        judged, alerts = map(sum, zip(*(_watch(seed, kind) for seed in range(models)), strict=True))
        lines.append(f"| {name}, 300 rows a day | {judged} | {_percent(alerts, judged)} |")
        print(lines[-1], flush=True)
    lines += ["", "| change that no column shows | rows | `domain_classifier` alerts | anything else alerts |"]
    lines += ["|---|---|---|---|"]
    for name, draw in CHANGES.items():
        for rows in (300, 2_000):
            found = sum(_is_found(draw_plain, draw, seed, rows) for seed in range(checks // 3))
            others = sum(_is_found(draw_plain, draw, seed, rows, on=False) for seed in range(checks // 3))
            cells = (_percent(found, checks // 3), _percent(others, checks // 3))
            lines.append(f"| {name} | {rows:,} | {cells[0]} | {cells[1]} |")
            print(lines[-1], flush=True)
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")


def draw_plain(random: np.random.Generator, n: int) -> pl.DataFrame:
    """Ten columns: one follows another, one the square of a third, one is a label that hangs on a fourth."""
    table = random.normal(size=(n, 10))
    table[:, 1] = 0.8 * table[:, 0] + 0.6 * table[:, 1]
    table[:, 3] = (table[:, 2] ** 2 - 1) + 0.5 * table[:, 3]
    label = np.where(table[:, 4] + 0.5 * table[:, 5] > 0, "a", "b")
    return pl.DataFrame({f"x{at}": table[:, at] for at in range(10)}).with_columns(label=pl.Series(label))


def shuffle(name: str) -> Draw:
    """Draw the same rows, but with this column's values in another order: only its relation to the others is gone."""
    return lambda random, n: (rows := draw_plain(random, n)).with_columns(
        pl.Series(name, random.permutation(rows[name].to_numpy()))
    )


CHANGES: dict[str, Draw] = {
    "a straight relation is gone": shuffle("x1"),
    "a curved relation is gone": shuffle("x3"),
    "a label no longer follows a number": shuffle("label"),
}


def _measure_cost(columns: int, rows: int) -> str:
    costs: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    for seed in range(4):
        random = np.random.default_rng([31, columns, rows, seed])
        sides = [pl.DataFrame({f"x{at}": random.normal(size=rows) for at in range(columns)}) for _ in range(2)]
        for on, kept in costs.items():
            started = time.process_time()
            monitor = Monitor.fit(sides[0], window="none", describe=False, **(ON if on else {}))
            fitted = time.process_time()
            monitor.check(sides[1])
            kept.append((fitted - started, time.process_time() - fitted))
    middles = {on: [statistics.median(each) for each in zip(*kept[1:], strict=True)] for on, kept in costs.items()}
    fit, check = (f"{middles[False][at]:.2f} → {middles[True][at]:.2f}" for at in (0, 1))
    return f"| {columns} | {rows:,} | {fit} | {check} |"


def _is_found(before: Draw, after: Draw, seed: int, rows: int, *, on: bool = True) -> bool:
    """Whether the classifier alerts; without it, whether anything does."""
    random = np.random.default_rng([32, rows, seed])
    monitor = Monitor.fit(before(random, 5_000), window="none", describe=False, **(ON if on else {}))
    alerts = {each.metric for each in monitor.check(after(random, rows)).verdicts if each.level is Level.ALERT}
    return METRIC in alerts if on else bool(alerts)


def _watch(seed: int, kind: tuple[float, bool]) -> tuple[int, int]:
    """How many days of two weeks were judged by the classifier, and how many of them alert."""
    rows = Days(300, *kind).draw(np.random.default_rng([33, seed]), 60 + 14).select("at", pl.nth(range(1, 11)))
    end = rows["at"].min() + pl.duration(days=60)
    past, now = rows.filter(pl.col("at") < end), rows.filter(pl.col("at") >= end)
    watch = Watch(Monitor.fit(past, timestamp="at", describe=False, **ON))
    levels = [
        verdict.level for outcome in watch.over(now) for verdict in outcome.result.verdicts if verdict.metric == METRIC
    ]
    return sum(level is not Level.UNKNOWN for level in levels), sum(level is Level.ALERT for level in levels)


def _percent(count: int, n: int) -> str:
    found = share(count, n)
    return f"{100 * found['share']:.0f} % ({100 * found['low']:.0f}–{100 * found['high']:.0f})"


if __name__ == "__main__":
    main()
