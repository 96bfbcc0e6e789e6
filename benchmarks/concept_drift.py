"""How often `concept_drift` fires where features shift, where what leads to the target changes, and where both do.

Prints a table: of `STREAMS` pairs of 2,000 rows of reference and 1,500 current ones each. Features are three normal
numbers; the model is not quite right, and rows further out are harder. All is drawn by fixed seeds.
"""

import argparse

import numpy as np
import polars as pl

from driftline.stats import intervals
from driftline.testing.examples import measure

STREAMS = 8
CASES = {"nothing": (0.0, 0), "features by 0.5 sd": (0.5, 0), "features by 1 sd": (1.0, 0), "concept": (0.0, 1)}
CASES |= {"concept, and features by 0.5 sd": (0.5, 1)}


def draw(n: int, random: np.random.Generator, mean: float, concept: int, *, binary: bool) -> pl.DataFrame:
    """Rows whose features have this mean; with another concept the target depends on them in another way."""
    x = random.normal(mean, 1, (n, 3))
    columns = {f"x{at}": x[:, at] for at in range(3)}
    if binary:
        share = 1 / (1 + np.exp(-(1.5 * x[:, 0] + x[:, 1])))
        target = random.random(n) < share + 0.1 * concept * np.sign(0.5 - share)
        return pl.DataFrame(columns | {"target": target.astype(int), "prediction": (share > 0.5).astype(int)})
    noise = (0.5 + 0.5 * np.abs(x[:, 0])) * random.normal(size=n)
    target = x[:, 0] + 0.5 * x[:, 1] ** 2 + 0.8 * concept * x[:, 0] + noise
    return pl.DataFrame(columns | {"target": target, "prediction": x[:, 0] + 0.3})


def main() -> None:
    """Print the table of one task."""
    parser = argparse.ArgumentParser()
    parser.add_argument("task", choices=("regression", "binary"))
    task = parser.parse_args().task
    print("| change | p < 5 % | alerts | at equal features | plain |\n| --- | --- | --- | --- | --- |")
    for name, (mean, concept) in CASES.items():
        small = alerts = 0
        effects, plain = [], []
        for seed in range(STREAMS):
            random = np.random.default_rng([seed, task == "binary"])
            past = draw(2_000, random, 0.0, 0, binary=task == "binary")
            now = draw(1_500, random, mean, concept, binary=task == "binary")
            found = measure("concept_drift", now, past, sample={"rows": 2_000}, model={"task": task})
            was = found.reference
            ends = [(one.value, one.low, one.high) for one in (found, was) if one is not None]
            gap, low, _, p_value = intervals.difference(*ends)
            small, alerts = small + (p_value < 0.05), alerts + (low > 0.1 * ends[1][0])
            effects.append(gap / ends[1][0])
            errors = [float((side["target"] - side["prediction"]).abs().mean()) for side in (now, past)]
            plain.append(errors[0] / errors[1] - 1)
        print(f"| {name} | {small} | {alerts} | {np.mean(effects):+.0%} | {np.mean(plain):+.0%} |", flush=True)


if __name__ == "__main__":
    main()
