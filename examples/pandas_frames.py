"""Judges one pandas frame against another, by segment, and hands the verdicts back as a pandas frame."""

import numpy as np
import pandas as pd

import driftline


def applications(n: int, seed: int) -> pd.DataFrame:
    """Loan applications with a score for default and, in `defaulted`, what came of them."""
    rng = np.random.default_rng(seed)
    income = rng.lognormal(10.4, 0.4, n).round()
    age = rng.integers(18, 75, n)
    score = 1 / (1 + np.exp((income - 33_000) / 9_000 + (age - 45) / 30))
    return pd.DataFrame(
        {
            "income": income,
            "age": age,
            "channel": rng.choice(["branch", "web", "phone"], n, p=[0.3, 0.6, 0.1]),
            "score": score.round(4),
            "defaulted": rng.random(n) < score,
        }
    )


def main() -> None:
    """Judge a month in which the incomes of a third of the web applications were lost."""
    reference, current = applications(20_000, seed=1), applications(5_000, seed=2)
    current.loc[(current["channel"] == "web") & (current.index % 3 == 0), "income"] = None

    monitor = driftline.Monitor.fit(reference, target="defaulted", score="score", segments=("channel",))
    result = monitor.check(current)
    print(result.headline)

    verdicts = result.to_polars().to_pandas()
    loud = verdicts[verdicts["level"].isin(["warning", "alert"])]
    print(loud[["level", "metric", "column", "segment", "value", "threshold"]].to_string(index=False))


if __name__ == "__main__":
    main()
