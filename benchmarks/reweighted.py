"""Performance before labels where features shift: what `reweighted_` and `estimated_` metrics say, and what came true.

Prints a table for one task: of `STREAMS` pairs of 2,000 rows of reference and 2,000 current ones each, the mean error
of both, and how often the 95 % interval holds the truth. The score, or the prediction, knows one feature of six; the
others, which shift, make rows harder, so a score does not mean for the current rows what it meant in the reference.
"""

import argparse
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl
from sklearn import metrics as sk

from driftline.monitor import Monitor

STREAMS = 40
ROWS = 2_000
SHIFTS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
Truth = Mapping[str, Callable[[pl.DataFrame], float]]
TRUTH: dict[str, Truth] = {
    "binary": {
        "accuracy": lambda rows: sk.accuracy_score(rows["target"], rows["prediction"]),
        "f1": lambda rows: sk.f1_score(rows["target"], rows["prediction"]),
        "precision": lambda rows: sk.precision_score(rows["target"], rows["prediction"]),
        "recall": lambda rows: sk.recall_score(rows["target"], rows["prediction"]),
        "roc_auc": lambda rows: sk.roc_auc_score(rows["target"], rows["score"]),
        "log_loss": lambda rows: sk.log_loss(rows["target"], rows["score"]),
        "brier": lambda rows: sk.brier_score_loss(rows["target"], rows["score"]),
    },
    "multiclass": {
        "accuracy": lambda rows: sk.accuracy_score(rows["target"], rows["prediction"]),
        "f1": lambda rows: sk.f1_score(rows["target"], rows["prediction"], average="macro"),
        "precision": lambda rows: sk.precision_score(rows["target"], rows["prediction"], average="macro"),
        "recall": lambda rows: sk.recall_score(rows["target"], rows["prediction"], average="macro"),
    },
    "regression": {
        "mae": lambda rows: sk.mean_absolute_error(rows["target"], rows["prediction"]),
        "rmse": lambda rows: sk.root_mean_squared_error(rows["target"], rows["prediction"]),
    },
}


def draw(task: str, n: int, random: np.random.Generator, shift: float) -> pl.DataFrame:
    """Rows whose second and third feature have moved; the law of the target by all six stays the same."""
    x = random.normal(0, 1, (n, 6))
    x[:, 1] += shift
    x[:, 2] += shift / 2
    columns: dict[str, Any] = {f"x{at}": x[:, at] for at in range(6)}
    hidden = 1.2 * x[:, 1] - 0.5 * x[:, 2] * x[:, 3]
    if task == "regression":
        size = np.exp(0.5 * x[:, 1] + 0.3 * np.sin(2 * x[:, 2]))
        return pl.DataFrame(
            columns | {"target": 10 + x[:, 0] + size * random.normal(size=n), "prediction": 10 + x[:, 0]}
        )
    if task == "binary":
        positive = random.random(n) < 1 / (1 + np.exp(-(1.5 * x[:, 0] - hidden)))
        score = 1 / (1 + np.exp(-1.2 * x[:, 0]))
        return pl.DataFrame(columns | {"target": positive, "score": score, "prediction": score > 0.5})
    answer, score = (np.digitize(x[:, 0], (-0.5, 0.5)), 0.5 + 0.4 / (1 + np.exp(-x[:, 4])))
    right = random.random(n) < 1 / (1 + np.exp(-(1.0 + x[:, 4] - hidden)))
    names = np.array(["a", "b", "c"])
    truth = names[np.where(right, answer, (answer + 1) % 3)]
    return pl.DataFrame(columns | {"target": truth, "score": score, "prediction": names[answer]})


def main() -> None:
    """Print the table of one task."""
    parser = argparse.ArgumentParser()
    parser.add_argument("task", choices=tuple(TRUTH))
    parser.add_argument("--streams", type=int, default=STREAMS)
    parser.add_argument("--shifts", type=float, nargs="*", default=SHIFTS)
    said = parser.parse_args()
    print("| shift | metric | by score alone | reweighted | held | held by score alone | effective | covered | none |")
    print("|---" * 9 + "|")
    for shift in said.shifts:
        found: dict[str, list[tuple[float, ...]]] = {name: [] for name in TRUTH[said.task]}
        for seed in range(said.streams):
            for name, row in _compare(said.task, seed, shift).items():
                found[name].append(row)
        for name, rows in found.items():
            table = np.array(rows)
            given = table[np.isfinite(table[:, 1])]
            means = given.mean(axis=0) if len(given) else np.full(6, np.nan)
            print(
                f"| {shift:g} sd | {name} | {means[0]:+.3f} | {means[1]:+.3f} | {means[3]:.0%} | {means[2]:.0%} "
                f"| {means[4]:,.0f} | {table[:, 5].mean():.2f} | {len(table) - len(given)} |", flush=True,
            )  # fmt: skip


def _compare(task: str, seed: int, shift: float) -> dict[str, tuple[float, ...]]:
    """Errors of both, whether each holds the truth, effective rows and the share covered, by metric."""
    random = np.random.default_rng([seed, list(TRUTH).index(task)])
    past, now = draw(task, ROWS, random, 0.0), draw(task, ROWS, random, shift)
    monitor = Monitor.fit(
        past, target="target", prediction="prediction", score=None if task == "regression" else "score",
        model={"task": task}, sample={"rows": ROWS}, only=["performance"],
    )  # fmt: skip
    blind = now.with_columns(pl.lit(None, dtype=now["target"].dtype).alias("target"))
    verdicts = {verdict.metric: verdict for verdict in monitor.check(blind)}
    rows = {}
    for name, truth in TRUTH[task].items():
        real, plain, own = truth(now), verdicts[f"estimated_{name}"], verdicts[f"reweighted_{name}"]
        value = float("nan") if own.value is None else own.value
        rows[name] = (
            plain.value - real, value - real, plain.low <= real <= plain.high,
            own.value is not None and own.low <= real <= own.high, own.detail["effective"], own.detail["covered"],
        )  # fmt: skip
    return rows


if __name__ == "__main__":
    main()
