"""Every estimate of performance before labels beside what the labels show, simulated: error, and how often it held.

Prints a table for one task: of `PAIRS` pairs of 5,000 rows of reference and 2,000 current ones each, the mean of what
came true, the mean and the spread of the estimate's error, and in what share of the pairs the 95 % interval held what
came true. The current rows shift as far as is said; what scores and features mean stays the same.
"""

import argparse
from typing import Any

import numpy as np
import polars as pl

from driftline.metrics.base_estimate import PREFIX
from driftline.monitor import Monitor

PAIRS = 200
REFERENCE, CURRENT = 5_000, 2_000
COSTS = {"a": {"b": 5.0}, "b": {"c": 1.0}}
ROW_COST = "amount * 0.5 if target and not prediction else 40 if prediction and not target else 0"
SETTINGS: dict[str, dict[str, Any]] = {
    "binary": {"score": "score", "costs": {"true": {"false": 8.0}, "false": {"true": 2.0}}, "row_cost": ROW_COST},
    "multiclass": {"score": "score", "costs": COSTS},
    "regression": {"lower": "low", "upper": "high", "estimate": {"loss_model": True}},
    "regression-by-prediction": {"lower": "low", "upper": "high"},
}


def draw(task: str, n: int, random: np.random.Generator, shift: float) -> pl.DataFrame:
    """Rows of a model whose score is too sure, or whose errors grow with prediction and in one kind of rows."""
    if task == "binary":
        score = 1 / (1 + np.exp(-random.normal(shift, 2, n) * (1 - shift / 3)))
        positive = random.random(n) < 1 / (1 + (1 / score - 1) ** 0.7)
        amount = random.spawn(1)[0].lognormal(4, 0.8, n)
        return pl.DataFrame({"y": positive, "answer": score >= 0.5, "score": score, "amount": amount})
    if task == "multiclass":
        answer, score = random.integers(0, 3, n), random.beta(4 - 2 * shift, 2 + shift, n).round(2)
        true = np.where(random.random(n) < 0.95 * score, answer, (answer + random.integers(1, 3, n)) % 3)
        names = np.array(["a", "b", "c"])
        return pl.DataFrame({"y": names[true], "answer": names[answer], "score": score})
    x, hard = random.normal(shift, 1, n), random.random(n) < 0.3 + shift / 4
    answer = np.exp(2 + 0.5 * x)
    error = random.normal(0.1 * x, 1, n) * np.where(hard, 3, 1) * answer / 20
    ends = {"low": answer * 0.9, "high": answer * 1.1}
    kind = np.where(hard, "hard", "easy")
    return pl.DataFrame({"x": x, "kind": kind, "answer": answer, "y": np.maximum(answer + error, 0.01)} | ends)


def main() -> None:
    """Print the table of one task."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=SETTINGS)
    parser.add_argument("--shift", type=float, default=0.5)
    said = parser.parse_args()
    found: dict[str, list[tuple[float, float, bool]]] = {}
    for pair in range(PAIRS):
        random = np.random.default_rng(pair)
        reference, current = draw(said.task, REFERENCE, random, 0.0), draw(said.task, CURRENT, random, said.shift)
        monitor = Monitor.fit(
            reference, target="y", prediction="answer", window="none", only=["performance"], describe=True,
            **SETTINGS[said.task],
        )  # fmt: skip
        verdicts = {verdict.metric: verdict for verdict in monitor.check(current)}
        for name, own in verdicts.items():
            real = verdicts.get(name.removeprefix(PREFIX))
            if name.startswith(PREFIX) and real is not None and None not in (own.low, own.high, real.value):
                held = own.low <= real.value <= own.high
                found.setdefault(real.title, []).append((real.value, own.value - real.value, held))
    print("| metric | came true | error | spread of it | held |\n|---|---|---|---|---|")
    for title, rows in found.items():
        true, errors, held = (np.array(part, float) for part in zip(*rows, strict=True))
        print(f"| {title} | {true.mean():.4g} | {errors.mean():+.2g} | {errors.std():.2g} | {held.mean():.0%} |")


if __name__ == "__main__":
    main()
