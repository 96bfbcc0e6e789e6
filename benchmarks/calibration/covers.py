"""How often intervals of nominal 95 % hold the value that endless rows would give."""

from collections import Counter
from dataclasses import replace
from functools import cache, partial, reduce
from typing import Any

import numpy as np
import polars as pl

from calibration.rates import share, spread
from calibration.streams import EFFECTS, SHAPES, Draw, table
from driftline import Monitor, registry
from driftline.profiles.engines.base import open_source
from driftline.profiles.profile import Profile
from driftline.types import ProfileKey, Verdict
from driftline.verdicts.sides import Current

ROWS = (100, 1_000, 10_000)
REFERENCE = 10_000
ENDLESS, PIECES = 500_000, 8
WITHOUT = {"minimum", "maximum", "distinct", "rows", "out_of_range", "cramers_v", "g_test"}
"""What has no one value for endless rows: it depends on how many each side has, or on that reference's range."""
INFINITE = {("psi", "new category, 5 %"), ("kl", "new category, 5 %")}
"""What is infinite for endless rows, where the reference has none in a group; of fewer rows it is how many they are."""

CHANGED = (
    "mean +0.25 sd",
    "mean +0.5 sd",
    "scale x1.5",
    "20 % of mass moved",
    "missing +5 points",
    "new category, 5 %",
)
SETTINGS: dict[str, dict[str, Any]] = {
    "features": {"window": "none"},
    "regression": {"window": "none", "target": "target", "prediction": "prediction"},
    "binary": {"window": "none", "target": "target", "prediction": "prediction", "score": "score"},
}


def rows(kind: str, random: np.random.Generator, n: int, *, now: bool) -> pl.DataFrame:
    """Draw the reference's or the current rows: features without and with a change, or a model that got worse."""
    if kind == "features":
        draws: dict[str, Draw] = SHAPES | {name: EFFECTS[name][now] for name in CHANGED}
        return table(draws, random, n)
    if kind == "regression":
        truth = random.lognormal(2, 0.5, n)
        return pl.DataFrame({"target": truth, "prediction": truth + random.normal(0.5 * now, 2 + 0.5 * now, n)})
    score = random.beta(1.5, 3, n)
    truth = random.random(n) < (0.8 * score + 0.1 if now else score)
    return pl.DataFrame({"target": truth, "prediction": score > 0.5, "score": score})


def coverage(times: int, processes: int = 2, sizes: tuple[int, ...] = ROWS) -> list[dict[str, Any]]:
    """Count by rows, metric and column how often the interval holds the truth, and on which side it does not."""
    found = []
    for kind in SETTINGS:
        counts = sum(spread(partial(counted, kind=kind, sizes=sizes), range(times), processes), Counter())
        for n, metric, column in sorted({key[:3] for key in counts}):
            told, held = (counts[n, metric, column, what] for what in ("told", "held"))
            sides = {side: counts[n, metric, column, side] for side in ("below", "above")}
            row = {"of": kind, "rows": n, "reference": REFERENCE, "metric": metric, "column": column}
            row["truth"] = _endless(kind)[1][metric, column]
            found.append(row | share(held, told) | sides | {"judged": bool(counts[n, metric, column, "judged"])})
    return found


def counted(seed: int, kind: str, sizes: tuple[int, ...] = ROWS) -> Counter[tuple[int, str, str, str]]:
    """Count for one reference, and current rows of each size, which intervals hold the truth."""
    random = np.random.default_rng([5, seed])
    plan, truth = _endless(kind)
    reference = {ProfileKey(): _folded(plan, rows(kind, random, REFERENCE, now=False))}
    monitor = Monitor(replace(plan.reference, profiles=reference))
    counts: Counter[tuple[int, str, str, str]] = Counter()
    for n in sizes:
        for key, verdict in _taken(monitor, rows(kind, random, n, now=True)).items():
            value, low, high = truth.get(key), verdict.low, verdict.high
            if value is not None and low is not None and high is not None:
                slack = 1e-9 * max(1.0, abs(value))
                side = "below" if value < low - slack else "above" if value > high + slack else "held"
                counts[n, *key, "told"] += 1
                counts[n, *key, side] += 1
                counts[n, *key, "judged"] += verdict.judged
    return counts


@cache
def _endless(kind: str) -> tuple[Monitor, dict[tuple[str, str], float]]:
    """A monitor whose plan all draws share, and what each metric is on 4 million rows of each side."""
    random = np.random.default_rng(6)
    monitor = Monitor.fit(rows(kind, random, REFERENCE, now=False), **SETTINGS[kind])
    sides = [
        reduce(Profile.merge, [_folded(monitor, rows(kind, random, ENDLESS, now=now)) for _ in range(PIECES)])
        for now in (False, True)
    ]
    endless = Monitor(replace(monitor.reference, profiles={ProfileKey(): sides[0]}))
    result = endless.judge(Current(profiles={ProfileKey(): sides[1]}, dataset=monitor.reference.dataset))
    truth = {
        (each.metric, each.column or ""): each.value
        for each in result.verdicts
        if each.value is not None and each.metric not in WITHOUT and (each.metric, each.column) not in INFINITE
    }
    return monitor, truth


def _folded(monitor: Monitor, table_: pl.DataFrame) -> Profile:
    return registry.find("engines", "local")().fold(open_source(table_), monitor.plan)[ProfileKey()]


def _taken(monitor: Monitor, table_: pl.DataFrame) -> dict[tuple[str, str], Verdict]:
    return {(each.metric, each.column or ""): each for each in monitor.check(table_).verdicts}
