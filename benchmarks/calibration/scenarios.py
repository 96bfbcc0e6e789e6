"""Rows without anything to tell, in many settings: seasons, clocks, holidays, widths, many columns, segments, labels.

One table of scenarios; each is watched for some days with default settings, and every incident is a false one. A model
is small (ten columns unless said otherwise), so that one model takes seconds.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
from scipy import special

from calibration.model import MAKERS
from calibration.rates import most
from calibration.served import serve
from driftline import Monitor
from driftline.alerts.watch import Watch
from driftline.types import Level

START = datetime(2024, 3, 25)  # noqa: DTZ001 - UTC without saying so; a Monday, the week in which Europe's clocks change
_HOURS = 24
_TIDE = np.sin((np.arange(_HOURS) - 8) / _HOURS * 2 * np.pi)
_DAY_NIGHT = 1 + 0.8 * _TIDE

Series = np.ndarray
ByDay = Callable[[Series], Series]
"""A number for each day, by the days since watching began, below 0 in the reference."""


@dataclass(frozen=True)
class Scenario:
    """What the rows are like; `shift` is added to every other column, in standard deviations.

    `past` and `watched` are days, `rows` those of a usual day, `sizes` parts of it. With `rhythm` hours of the day
    differ in rows; `tide` is by how many standard deviations at most the shifted columns differ by hour. `labels` adds
    columns of a model: "rare" (1 % of a yes), "late" (numbers, a week late), "all". What is `served`
    goes through a log, a stream and a store, as `driftline serve` has them.
    """

    said: str
    every: str = "1d"
    past: int = 60
    watched: int = 30
    rows: int = 300
    columns: int = 10
    shift: ByDay = np.zeros_like
    sizes: ByDay = np.ones_like
    rhythm: bool = False
    tide: float = 0.0
    zone: str = ""
    labels: str = ""
    served: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)

    def draw(self, random: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The reference, and the rows that are watched."""
        days = np.arange(-self.past, self.watched).astype(float)
        by_hour = _DAY_NIGHT if self.rhythm else np.ones(_HOURS)
        hourly = np.outer(self.rows * self.sizes(days), by_hour / by_hour.sum()).ravel()
        of = np.repeat(np.arange(hourly.size), random.poisson(hourly))
        moments = ((of - _HOURS * self.past) * 3600e6 + random.integers(0, 3600 * 10**6, of.size)).astype(np.int64)
        own = self.shift(days)[of // _HOURS] + self.tide * _TIDE[of % _HOURS]
        columns = {"at": self._place(moments)}
        makers = list(MAKERS.values())
        for place in range(self.columns):
            made = makers[place * 7 % len(makers)]
            columns[f"x{place}"] = made(random.normal(size=of.size) + (own if place % 2 == 0 else 0.0))
        table = pl.DataFrame(columns).with_columns(**self._label(random, of)).sort("at")
        begin = pl.lit(self._place(np.zeros(1, np.int64))[0])
        return table.filter(pl.col("at") < begin), table.filter(pl.col("at") >= begin)

    def _place(self, moments: np.ndarray) -> pl.Series:
        """Times of so many microseconds since watching began; of a zone, by its clocks."""
        times = START + pl.Series(moments).cast(pl.Duration("us"))
        if not self.zone:
            return times
        return times.dt.replace_time_zone(self.zone, ambiguous="earliest", non_existent="null").fill_null(
            times.dt.offset_by("1h").dt.replace_time_zone(self.zone, ambiguous="earliest", non_existent="null")
        )

    def _label(self, random: np.random.Generator, of: np.ndarray) -> dict[str, pl.Series]:
        z = random.normal(size=of.size)
        if "segments" in self.settings:
            return {"group": pl.Series(random.choice(["a", "b", "c", "d"], of.size, p=[0.4, 0.3, 0.2, 0.1]))}
        if self.labels == "rare":
            score = special.expit(z * 1.5 - 5.4)  # 1 % on average
            return {"score": pl.Series(score), "target": pl.Series(random.random(of.size) < score)}
        if self.labels == "all":
            target = pl.Series(z + random.normal(0, 0.5, of.size))
            return {"id": pl.Series(np.arange(of.size)), "prediction": pl.Series(z), "target": target}
        if self.labels == "late":
            target = pl.Series(z + random.normal(0, 0.5, of.size))
            due = pl.Series(of < _HOURS * (self.past + self.watched - 7))
            return {"prediction": pl.Series(z), "target": target.set(~due, None)}
        return {}

    def watch(self, seed: int) -> tuple[int, list[str]]:
        """How many windows were judged, and the metrics of the incidents that they opened."""
        random = np.random.default_rng([21, list(SCENARIOS).index(self.said), seed])
        past, now = self.draw(random)
        settings = {"timestamp": "at", "stream": {"every": self.every}, **self.settings}
        monitor = Monitor.fit(past, describe=False, **settings)
        if self.served:
            return serve(monitor, now, random)
        watch = Watch(monitor)
        windows, opened = 0, []
        for outcome in watch.follow(now, every=self.every):
            windows += outcome.result.level is not Level.UNKNOWN
            opened += [incident.metric for incident in outcome.opened]
        return windows, opened


def _season(days: Series) -> Series:
    return 0.3 * np.sin(2 * np.pi * days / 365)


def _trend(days: Series) -> Series:
    return 0.001 * days


def _outlier(days: Series) -> Series:
    return np.where(days == -30, 3.0, 0.0)


def _weekends(days: Series) -> Series:
    return np.where(days % 7 >= 5, 0.5, 0.0)


def _holiday(days: Series) -> Series:
    return np.where((days % 7 >= 5) | np.isin(days, (-46, 10)), 0.5, 0.0)


def _fewer(days: Series) -> Series:
    return np.where(_holiday(days) > 0, 0.6, 1.0)


_LABELLED = {"target": "target"}
_SERVED = {**_LABELLED, "prediction": "prediction", "id": "id"}
SCENARIOS = {
    scenario.said: scenario
    for scenario in (
        Scenario("a trend of 0.03 sd a month", shift=_trend),
        Scenario("a yearly season of ±0.3 sd, a year of reference", past=365, rows=100, shift=_season),
        Scenario("weekends that differ, and a holiday like one", shift=_holiday, sizes=_fewer),
        Scenario("a reference with a day 3 sd off", shift=_outlier),
        Scenario("weeks", every="1w", past=182, watched=84, rows=100, shift=_weekends),
        Scenario("hours, day and night", every="1h", past=21, watched=7, rows=1_500, rhythm=True),
        Scenario(
            "hours by clocks that change", every="1h", past=21, watched=10, rows=1_500, rhythm=True,
            zone="Europe/Berlin",
        ),
        Scenario("five minutes", every="5m", past=5, watched=1, rows=288 * 45),
        Scenario("200 columns", past=30, watched=14, columns=200),
        Scenario("four segments", rows=800, settings={"segments": ("group",)}),
        Scenario("1 % of labels are a yes", rows=1_000, labels="rare", settings={**_LABELLED, "score": "score"}),
        Scenario(
            "labels a week late", labels="late",
            settings={**_LABELLED, "prediction": "prediction", "stream": {"every": "1d", "label_delay": "7d"}},
        ),
        Scenario(
            "served by days, labels two days later", labels="all", served=True,
            settings={**_SERVED, "stream": {"every": "1d", "label_delay": "3d"}},
        ),
        Scenario(
            "served by hours, labels two days later", every="1h", past=21, watched=7, rows=1_500, rhythm=True,
            labels="all", served=True, settings={**_SERVED, "stream": {"every": "1h", "label_delay": "3d"}},
        ),
        Scenario(
            "hours, values by a tide of ±2 sd", every="1h", past=21, watched=14, rows=4_000, rhythm=True, tide=2.0
        ),
    )
}  # fmt: skip


def draw_scenario(name: str, seed: int) -> Counter[tuple[Any, ...]]:
    """Count the windows and incidents of one model in a scenario."""
    windows, opened = SCENARIOS[name].watch(seed)
    counts: Counter[tuple[Any, ...]] = Counter({(name, "models", ""): 1, (name, "windows", ""): windows})
    counts.update((name, "incidents", metric) for metric in opened)
    return counts


def tabulate_scenarios(counts: Counter[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Incidents beside the budget of at most one in 30 days: a row for each scenario."""
    rows = []
    for name, scenario in SCENARIOS.items():
        models = counts[name, "models", ""]
        metrics = {key[2]: count for key, count in sorted(counts.items()) if key[:2] == (name, "incidents")}
        budget = models * scenario.watched / 30
        rows.append(
            {
                "scenario": name, "models": models, "days": models * scenario.watched,
                "windows": counts[name, "windows", ""], "incidents": sum(metrics.values()),
                "budget": round(budget, 2), "most": most(budget), "of": metrics,
            }
        )  # fmt: skip
    return [row for row in rows if row["models"]]
