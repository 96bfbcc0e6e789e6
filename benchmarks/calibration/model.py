"""A whole model of 40 columns, watched day by day: false alerts in 30 days, and the delay until a shift is told.

Each column is made of a standard normal number for each row, to which the day adds its own: so a shift is one of
standard deviations of that number, also where the column holds categories or gaps.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from scipy import signal, special, stats

from calibration.rates import most
from driftline import Monitor
from driftline.alerts.watch import Watch

COLUMNS, PAST, WATCHED = 40, 60, 90
ROWS = 300
"""Rows a day."""
SCENARIOS = {
    "independent": (0.0, False),
    "independent, weekly rhythm": (0.0, True),
    "autocorrelated": (0.1, False),
    "autocorrelated, weekly rhythm": (0.1, True),
}
"""Standard deviation of the days' own effects (AR(1), 0.5 from day to day), and whether weekends are other days."""
SHIFTS = (0.1, 0.25, 0.5, 1.0)
WEEKEND, FEWER = 0.5, 0.6
QUIET, LONGEST = 7, 30
CASES = tuple((shift, columns) for shift in SHIFTS for columns in (1, 5))
START = datetime(2024, 1, 1)  # noqa: DTZ001 - rows without a zone are UTC; a Monday

Made = Callable[[np.ndarray], pl.Series]
_GRID = np.linspace(-8, 8, 4001)
_T3 = stats.t.ppf(special.ndtr(_GRID), 3)
_STEPS = special.ndtri(stats.poisson.cdf(np.arange(30), 3))


def _labels(count: int) -> Made:
    shares = 1 / np.arange(1, count + 1)
    limits = special.ndtri(np.cumsum(shares / shares.sum())[:-1])
    names = pl.Series([f"c{place}" for place in range(count)])
    return lambda z: names.gather(np.searchsorted(limits, z))


def _holes(z: np.ndarray) -> pl.Series:
    limit = float(special.ndtri(0.95))
    return pl.Series(z).set(pl.Series(z > limit), None)


KINDS: tuple[tuple[str, int, Made], ...] = (
    ("normal", 14, pl.Series),
    ("log", 6, lambda z: pl.Series(np.exp(z))),
    ("t", 4, lambda z: pl.Series(np.interp(z, _GRID, _T3))),
    ("count", 4, lambda z: pl.Series(np.searchsorted(_STEPS, z))),
    ("of 10", 6, _labels(10)),
    ("of 50", 3, _labels(50)),
    ("holes", 3, _holes),
)
MAKERS = {f"{name} {place}": made for name, count, made in KINDS for place in range(count)}


@dataclass(frozen=True)
class Days:
    """What a model's days are like."""

    rows: int
    deviation: float
    rhythm: bool

    def draw(
        self, random: np.random.Generator, count: int, shift: dict[str, float] | None = None, quiet: int = 0
    ) -> pl.DataFrame:
        """Draw so many days in a row; `shift` is added to its columns after the first `PAST` and the quiet ones."""
        days = np.arange(count)
        weekend = (days % 7 >= 5) if self.rhythm else np.zeros(count, bool)
        sizes = random.poisson(np.where(weekend, FEWER, 1.0) * self.rows)
        of = np.repeat(days, sizes)
        columns = {"at": _times(random, of)}
        for place, (name, made) in enumerate(MAKERS.items()):
            start = random.normal()
            fresh = np.append(start, random.normal(size=count - 1) * np.sqrt(0.75))
            own = self.deviation * signal.lfilter([1.0], [1.0, -0.5], fresh)
            own = own + np.where(weekend & (place % 2 == 0), WEEKEND, 0.0)
            own = own + np.where(days >= PAST + quiet, (shift or {}).get(name, 0.0), 0.0)
            columns[name] = made(random.normal(size=of.size) + own[of])
        return pl.DataFrame(columns)


def _times(random: np.random.Generator, days: np.ndarray) -> pl.Series:
    seconds = days * 86_400 + np.floor(random.random(days.size) * 86_400)
    start = int((START - datetime(1970, 1, 1)) / timedelta(microseconds=1))  # noqa: DTZ001 - as above
    return pl.Series((seconds * 1e6).astype(np.int64) + start).cast(pl.Datetime("us"))


def _cut(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    end = START + timedelta(days=PAST)
    return rows.filter(pl.col("at") < end), rows.filter(pl.col("at") >= end)


def draw_quiet(seed: int) -> Counter[tuple[Any, ...]]:
    """Count the incidents of a model that does not change, by scenario and metric, and the model itself."""
    counts: Counter[tuple[Any, ...]] = Counter()
    for name, (deviation, rhythm) in SCENARIOS.items():
        counts[name, "models", ""] += 1
        counts.update((name, "incidents", metric) for metric in opened(seed, Days(ROWS, deviation, rhythm)))
    return counts


def tabulate_quiet(counts: Counter[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Incidents beside the budget of at most one in 30 days: a row for each scenario."""
    rows = []
    for name in SCENARIOS:
        metrics = {key[2]: count for key, count in sorted(counts.items()) if key[:2] == (name, "incidents")}
        models, count = counts[name, "models", ""], sum(metrics.values())
        expected = models * WATCHED / 30
        rows.append(
            {
                "scenario": name, "models": models, "rows a day": ROWS, "windows": models * WATCHED, "incidents": count,
                "budget": expected, "most": most(expected), "per 30 days": round(count / max(expected, 1), 3),
                "of": sorted(metrics),
            }
        )  # fmt: skip
    return rows


def opened(seed: int, days: Days) -> list[str]:
    """Name the metrics of all incidents that one unchanged model opens."""
    past, now = _cut(days.draw(np.random.default_rng([8, seed]), PAST + WATCHED))
    watch = Watch(Monitor.fit(past, timestamp="at", describe=False))
    return [incident.metric for outcome in watch.over(now) for incident in outcome.opened]


def draw_delays(seed: int) -> Counter[tuple[Any, ...]]:
    """Count the windows from a lasting shift until it is told, for each size and number of columns."""
    counts: Counter[tuple[Any, ...]] = Counter()
    for name in ("independent", "autocorrelated"):
        for case, delay in delayed(seed, Days(ROWS, *SCENARIOS[name])).items():
            counts[name, *case, LONGEST + 1 if delay is None else delay] += 1
    return counts


def tabulate_delays(counts: Counter[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Median delay, and how many are found at all: a row for each scenario, size and number of columns."""
    rows = []
    for name in dict.fromkeys(key[0] for key in counts):
        for shift, columns in CASES:
            own = {key[3]: count for key, count in counts.items() if key[:3] == (name, shift, columns)}
            known = [delay for delay in sorted(own) for _ in range(own[delay])]
            middle = known[(len(known) - 1) // 2]
            rows.append(
                {
                    "scenario": name, "rows a day": ROWS, "shift": shift, "columns": columns, "models": len(known),
                    "found": sum(each <= LONGEST for each in known),
                    "first window": known.count(1),
                    "median": None if middle > LONGEST else middle,
                }
            )  # fmt: skip
    return rows


def delayed(seed: int, days: Days) -> dict[tuple[float, int], int | None]:
    """Count for each case the windows until any of its shifted columns opens an incident; None: not in 30.

    All cases have the same past, and the same rows but for the shift.
    """
    order = np.random.default_rng([9, seed]).permutation(list(MAKERS)).tolist()
    monitor, told = None, {}
    for shift, columns in CASES:
        shifted = dict.fromkeys(order[:columns], shift)
        past, now = _cut(days.draw(np.random.default_rng([10, seed]), PAST + QUIET + LONGEST, shifted, QUIET))
        monitor = monitor or Monitor.fit(past, timestamp="at", describe=False)
        told[shift, columns] = _delay(monitor, now, shifted)
    return told


def _delay(monitor: Monitor, rows: pl.DataFrame, shifted: dict[str, float]) -> int | None:
    watch = Watch(monitor)
    for at, window in enumerate(monitor.windows(rows, every="1d")):
        opened = watch.judge(window).opened
        if at >= QUIET and any(incident.column in shifted for incident in opened):
            return at - QUIET + 1
    return None
