"""The default rule gives the verdicts that `cases.txt` tells in plain text."""

import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from driftline.config.settings import Config
from driftline.monitor import Monitor

LINE = re.compile(r"(\w+) (\S+) of (\d+) -> (\S+) of (\d+) : (\w+)(?: \[(.*)\])?")
CASES = [line for line in (Path(__file__).parent / "cases.txt").read_text().splitlines() if line and line[0] != "#"]


def share(text, n):
    """How many of n rows a share stands for."""
    return round(float(text.rstrip("%")) / 100 * n)


def normal(mean, n):
    """The quantiles of a normal distribution, as even as n values can be."""
    from scipy.special import ndtri  # noqa: PLC0415 - of this case alone

    return mean + ndtri((np.arange(n) + 0.5) / n)


def missing(text, n):
    k = share(text, n)
    return {"x": [None] * k + [1.0, 2.0] * ((n - k) // 2) + [1.0] * ((n - k) % 2)}


def new(text, n):
    k = share(text, n)
    return {"x": ["unheard of"] * k + ["a", "b"] * ((n - k) // 2) + ["a"] * ((n - k) % 2)}


def unreadable(text, n):
    k = share(text, n)
    numbers = np.arange(n - k) % 7 + 0.5
    return {"x": [*map(str, numbers), *["broken"] * k] if k else numbers}


def duplicates(text, n):
    k = share(text, n)
    return {"x": [*range(n - k), *range(k)]}


def mean(text, n):
    return {"x": normal(float(text), n)}


def accuracy(text, n):
    k = share(text, n)
    truth = ["a", "b", "c"] * (n // 3) + ["a"] * (n % 3)
    wrong = {"a": "b", "b": "c", "c": "a"}
    order = np.random.default_rng(1).permutation(n)
    return {"x": truth, "answer": [truth[i] if order[i] < k else wrong[truth[i]] for i in range(n)]}


def mae(text, n):
    target = 10 + np.random.default_rng(0).permutation(normal(0, n))
    return {"x": target, "answer": target + float(text) * np.abs(normal(0, n)) / np.abs(normal(0, n)).mean()}


KINDS = {
    "missing": (missing, "missing", {}), "new": (new, "new_categories", {}),
    "unreadable": (unreadable, "unreadable", {}), "duplicates": (duplicates, "duplicates", {"id": "x"}),
    "mean": (mean, "jensen_shannon", {}), "accuracy": (accuracy, "accuracy", {"target": "x", "prediction": "answer"}),
    "mae": (mae, "mae", {"target": "x", "prediction": "answer"}),
}  # fmt: skip


def settings(text):
    """Settings such as `judge.min_rows=10 metrics.missing.judged=false` as nested ones."""
    found = {}
    for said in (text or "").split():
        path, value = said.split("=")
        *parents, last = path.split(".")
        place = found
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return found


@pytest.mark.parametrize("line", CASES)
def test_case(line):
    """What the line says."""
    match = LINE.fullmatch(line)
    assert match, f"cannot be read: {line}"
    kind, was, rows_was, now, rows_now, expected, said = match.groups()
    make, metric, roles = KINDS[kind]
    config = Config.model_validate(roles | settings(said))
    monitor = Monitor.fit(pl.DataFrame(make(was, int(rows_was))), config)
    result = monitor.check(pl.DataFrame(make(now, int(rows_now))))
    found = [v for v in result if v.metric == metric and v.column in {"x", None}]
    assert expected == (found[0].level.value if found else "absent"), found[0].reason if found else ""
