"""The stories: a trip model watched for four months, what happens to it, and what a person would write down."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy import signal

from stories.story import START, Chapter, Rows, Story

PAST, WATCHED = 56, 120
"""Days of the reference, and days that are watched after it."""
_DAY_NIGHT = 0.55 + 0.45 * np.sin((np.arange(24) - 8) / 24 * 2 * np.pi)
ZONES = tuple(f"zone {place}" for place in range(1, 13))

Volume = Callable[[np.ndarray], np.ndarray]
"""Rows of each day as part of the usual ones, by the days since watching began."""
Change = Callable[[Rows, np.random.Generator], Rows]
"""Rows with the trouble in them; the column `day` holds the days since watching began, below 0 in the reference."""


@dataclass(frozen=True)
class Synthetic(Story):
    """A story of which the rows are drawn."""

    volume: Volume = np.ones_like
    change: Change = lambda rows, _: rows
    weekend: float = 0.0

    def draw(self, seed: int, rows: int = 1200) -> tuple[Rows, Rows]:
        """The reference and the rows that are watched, with about so many a day."""
        random = np.random.default_rng([18, seed])
        days = np.arange(-PAST, WATCHED)
        usual = np.where(days % 7 >= 5, 0.7, 1.0) * np.exp(0.05 * random.normal(size=days.size))
        part = np.where(days < 0, 1.0, self.volume(days.astype(float)))
        hourly = np.outer(rows * usual * part / _DAY_NIGHT.sum(), _DAY_NIGHT)
        of = np.repeat(np.arange(hourly.size), random.poisson(hourly.ravel()))
        own = signal.lfilter([1.0], [1.0, -0.5], 0.02 * random.normal(size=days.size))
        day = days[of // 24]
        distance = np.exp(1 + own[of // 24] + self.weekend * (day % 7 >= 5) + 0.5 * random.normal(size=of.size))
        moments = (of - 24 * PAST) * 3600e6 + random.integers(0, 3600 * 10**6, of.size)
        table = pl.DataFrame(
            {
                "at": START + pl.Series(moments.astype(np.int64)).cast(pl.Duration("us")),
                "day": day,
                "hour": moments / 86_400e6,
                "distance": distance,
                "fare": 3 + 2.5 * distance + random.normal(size=of.size),
                "zone": random.choice(ZONES, of.size, p=1 / np.arange(1, 13) / (1 / np.arange(1, 13)).sum()),
                "payment": random.choice(["card", "cash", "none"], of.size, p=[0.7, 0.25, 0.05]),
                "prediction": 4 * distance,
                "minutes": 4 * distance * np.exp(0.2 * random.normal(size=of.size)),
            }
        )  # fmt: skip
        told = self.change(table, random)
        past = told.filter(pl.col("day") < 0)
        return past.drop("day", "hour"), told.filter(pl.col("day") >= 0).drop("day", "hour")


def _when(condition: pl.Expr, column: str, value: Any) -> pl.Expr:
    return pl.when(condition).then(value).otherwise(pl.col(column)).alias(column)


def _after(day: float) -> pl.Expr:
    return pl.col("hour") >= day


def _collapse(days: np.ndarray) -> np.ndarray:
    """Falls to a tenth on day 30; from day 50 on it returns, until day 90."""
    return np.interp(days, [29, 30, 50, 90], [1.0, 0.1, 0.1, 1.0])


def _step(rows: Rows, _: np.random.Generator) -> Rows:
    return rows.with_columns(_when(_after(40), "fare", pl.col("fare") * 1.3))


def _two_steps(rows: Rows, _: np.random.Generator) -> Rows:
    return rows.with_columns(pl.col("fare") * pl.when(_after(80)).then(1.9).when(_after(30)).then(1.3).otherwise(1.0))


STORMS = (20, 57, 92)


def _storms(days: np.ndarray) -> np.ndarray:
    return np.where(np.isin(days, STORMS), 0.2, 1.0)


def _trend(rows: Rows, _: np.random.Generator) -> Rows:
    """From day 20 on fares rise by half a percent of the first ones a day."""
    return rows.with_columns(pl.col("fare") * (1 + 0.005 * (pl.col("hour") - 20).clip(0)))


def _halves(rows: Rows, _: np.random.Generator) -> Rows:
    return rows.with_columns(_when(pl.col("day") >= -PAST // 2, "fare", pl.col("fare") * 1.3))


DIED, BACK = 60.5, 66.0


def _dies(rows: Rows, _: np.random.Generator) -> Rows:
    return rows.filter(~pl.col("hour").is_between(DIED, BACK))


def _late(rows: Rows, _: np.random.Generator) -> Rows:
    """The labels of the last week are still to come; from day 70 on trips take half as long again."""
    slower = _when(_after(70), "minutes", pl.col("minutes") * 1.5)
    return rows.with_columns(slower).with_columns(_when(_after(WATCHED - 7), "minutes", None))


def _subgroup(rows: Rows, _: np.random.Generator) -> Rows:
    broken = _after(50) & (pl.col("zone") == "zone 5")
    return rows.with_columns(_when(broken, "distance", pl.col("distance") * 3))


FARE = ("fare",)
STORIES = (
    Synthetic("quiet"),
    Synthetic("collapse and slow return", (Chapter(("volume",), 30, 76, 92),), volume=_collapse),
    Synthetic("step that stays", (Chapter(FARE, 40),), change=_step),
    Synthetic("step and second step", (Chapter(FARE, 30, events=(80,)),), change=_two_steps),
    Synthetic("storm days", tuple(Chapter(("volume",), day, day + 1, day + 5, widths=("1h", "1d")) for day in STORMS),
        volume=_storms, limits={"1w": "a day is a seventh of a week"}),
    Synthetic("slow trend", (Chapter(FARE, 20, slow=14),), change=_trend),
    Synthetic("weekly season", weekend=0.3),
    Synthetic("two halves", change=_halves, noted="fare"),
    Synthetic("feed that dies", (Chapter(("gap in time", "volume"), DIED, BACK, BACK + 5),), change=_dies),
    Synthetic(
        "labels a week late", (Chapter(("model performance", "minutes"), 70),), change=_late,
        settings={"target": "minutes", "prediction": "prediction"},
    ),
    Synthetic(
        "broken subgroup", (Chapter(("distance where zone=zone 5", "distance"), 50),), change=_subgroup,
        settings={"segments": ("zone",)},
    ),
)  # fmt: skip
