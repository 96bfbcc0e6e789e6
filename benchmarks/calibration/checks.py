"""Single checks: false alarms without a change, and the power to find changes of a stated size."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from calibration.rates import share
from calibration.streams import EFFECTS, SHAPES, table
from driftline import Monitor
from driftline.config.budget import Budget
from driftline.types import Level, Verdict

REFERENCES = (1_000, 10_000, 100_000)
PAST = 10_000
"""Rows of the reference of columns that change."""
ROWS = (30, 100, 1_000, 10_000, 100_000)
WHOLE = "whole check"
PROMISED = Budget.parse("1 per 30 days").chance(None)
"""Chance of any false alert that a check of rows without times may have."""

Counts = Counter[tuple[int, str, str, str]]
"""How often, by rows, metric, column, and what: "judged", "alert", "warning" (or worse), or "p" (up to 5 %)."""


def draw_unchanged(seed: int) -> Counter[tuple[Any, ...]]:
    """Count what is said of columns that do not change, and of the whole check, for references of each size."""
    return _draw(seed, REFERENCES, changed=False)


def draw_changed(seed: int) -> Counter[tuple[Any, ...]]:
    """Count what is said of columns that change, by the change, for a reference of `PAST` rows."""
    return _draw(seed, (PAST,), changed=True)


def _draw(seed: int, references: Iterable[int], *, changed: bool) -> Counter[tuple[Any, ...]]:
    counts: Counter[tuple[Any, ...]] = Counter()
    for reference in references:
        for key, count in counted(seed, reference, changed=changed).items():
            counts[reference, *key] += count
    return counts


def tabulate(counts: Counter[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Shares of alerts, warnings and small p-values: a row for each reference, rows, metric and column."""
    rows = []
    for key in sorted({key[:4] for key in counts}):
        reference, n, metric, column = key
        found = {what: share(counts[*key, what], counts[*key, "judged"]) for what in ("alert", "warning", "p")}
        rows.append({"reference": reference, "rows": n, "metric": metric, "column": column, **found})
    return rows


def counted(seed: int, reference: int, *, changed: bool, sizes: tuple[int, ...] = ROWS) -> Counts:
    """Count the verdicts of one reference and of current rows of each size, all drawn anew."""
    random = np.random.default_rng([3 if changed else 4, reference, seed])
    before = {name: draws[0] for name, draws in EFFECTS.items()} if changed else SHAPES
    after = {name: draws[1] for name, draws in EFFECTS.items()} if changed else SHAPES
    monitor = Monitor.fit(table(before, random, reference), window="none", describe=False)
    counts: Counts = Counter()
    for n in sizes:
        verdicts = [each for each in monitor.check(table(after, random, n)).verdicts if each.judged]
        for metric, column, some in _groups(verdicts, whole=not changed):
            told = [each for each in some if each.level is not Level.UNKNOWN]
            if told:
                worst = max(each.level.rank for each in told)
                p_values = [each.p_value for each in told if each.p_value is not None]
                counts[n, metric, column, "judged"] += 1
                counts[n, metric, column, "alert"] += worst >= Level.ALERT.rank
                counts[n, metric, column, "warning"] += worst >= Level.WARNING.rank
                counts[n, metric, column, "p"] += bool(p_values) and min(p_values) * len(p_values) <= 0.05
    return counts


def _groups(verdicts: list[Verdict], *, whole: bool) -> Iterator[tuple[str, str, list[Verdict]]]:
    """Of each metric and column its verdict; of each column all of them; of all columns all."""
    for each in verdicts:
        yield each.metric, each.column or "", [each]
    for column in dict.fromkeys(each.column for each in verdicts if each.column):
        yield "any metric", column, [each for each in verdicts if each.column == column]
    if whole:
        yield WHOLE, "", verdicts
