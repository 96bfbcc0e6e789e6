"""False alarms of estimates of performance: days in which nothing changes, without labels.

Each stream fits on 30 days of 400 rows and watches 30 more, judging estimates alone. Prints of each kind of model the
windows with an alert or a warning of an estimate, which ones, and the incidents that were opened; the default budget is
one false alert in 30 days. Arguments: how many streams, and the kinds that are wanted (all of them).
"""

import sys
from collections import Counter
from typing import Any

import numpy as np
import polars as pl

from driftline.alerts.watch import Watch
from driftline.monitor import Monitor
from driftline.types import Level

ROWS, DAYS = 400, 30
SCORED = {"target": "y", "prediction": "answer", "score": "score"}
REWEIGHTED = ("accuracy", "f1", "precision", "recall", "roc_auc", "log_loss", "brier")
KINDS: dict[str, dict[str, Any]] = {
    "two classes": SCORED,
    "regression, loss model": {"target": "y", "prediction": "answer", "estimate": {"loss_model": True}},
    "two classes, four segments": SCORED | {"segments": ["zone"]},
    "fairness of two and of four groups": SCORED
    | {"fairness": {"attributes": ["sex", "zone"], "intersections": False}},
    "two classes, reweighted": SCORED
    | {"sample": {"rows": 2_000}, "metrics": {f"reweighted_{name}": {"judged": True} for name in REWEIGHTED}},
    "regression, reweighted": {
        "target": "y", "prediction": "answer", "estimate": {"loss_model": True}, "sample": {"rows": 2_000},
        "metrics": {f"reweighted_{name}": {"judged": True} for name in ("mae", "rmse")},
    },
}  # fmt: skip


def draw(first: int, seed: int, *, regression: bool) -> pl.DataFrame:
    """Thirty days of rows from the `first` day on, with calibrated scores, or with errors that hang on a feature."""
    random, n = np.random.default_rng(seed), ROWS * DAYS
    start = pl.datetime(2024, 1, 1) + pl.duration(days=first)
    at = pl.select(start + pl.duration(seconds=pl.int_range(n) * (86_400 // ROWS))).to_series()
    sure, a, b = random.normal(0, 2, n), random.normal(size=n), random.normal(size=n)
    zone = random.choice(["centre", "north", "south", "harbour"], n, p=[0.5, 0.25, 0.15, 0.1])
    more = {"a": a, "b": b, "zone": zone, "sex": random.choice(["f", "m"], n), "at": at}
    if regression:
        answer = 10 + a + 2 * b
        return pl.DataFrame({"y": answer + np.exp(0.4 * a) * random.normal(size=n), "answer": answer} | more)
    score = 1 / (1 + np.exp(-sure))
    return pl.DataFrame({"y": random.random(n) < score, "answer": score > 0.5, "score": score} | more)


def is_estimate(metric: str) -> bool:
    """Whether it says of the model what labels would."""
    return metric.startswith(("estimated_", "reweighted_"))


def watch(kind: str, streams: int) -> str:
    """What so many streams of a kind of model told."""
    settings, windows, incidents, judged = KINDS[kind], 0, 0, 0
    told: dict[Level, Counter[str]] = {Level.ALERT: Counter(), Level.WARNING: Counter()}
    days: Counter[Level] = Counter()
    regression = kind.startswith("regression")
    for seed in range(streams):
        monitor = Monitor.fit(draw(0, seed, regression=regression), timestamp="at", only=["performance"], **settings)
        blind = draw(DAYS + 1, 1_000 + seed, regression=regression)
        blind = blind.with_columns(y=pl.lit(None, blind["y"].dtype))
        for watched in Watch(monitor.restrict(needs_labels=False)).over(blind):
            found = [v for v in watched.result.verdicts if is_estimate(v.metric) and v.judged and v.value is not None]
            loud = [verdict for verdict in found if verdict.level in told]
            judged += len(found)
            windows, incidents = windows + 1, incidents + len(watched.opened)
            days.update({v.level for v in loud})
            for verdict in loud:
                told[verdict.level][verdict.metric] += 1
    names = {
        level: f" ({', '.join(f'{n} {name}' for name, n in found.items())})" for level, found in told.items() if found
    }
    alerts, warnings = (f"{days[level]} with {word}{names.get(level, '')}" for level, word in WORDS.items())
    return f"{kind}: {windows} windows with {judged} estimates, {alerts}, {warnings}; {incidents} incidents"


WORDS = {Level.ALERT: "an alert", Level.WARNING: "a warning"}


if __name__ == "__main__":
    for name in sys.argv[2:] or KINDS:
        print(watch(name, int(sys.argv[1]) if len(sys.argv) > 1 else 10), flush=True)
