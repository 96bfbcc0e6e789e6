"""Edges and categories: what the plan of one column takes from the inspection."""

import numpy as np
import polars as pl

from driftline.arrays import Floats, Integers
from driftline.clocks import find_clock
from driftline.data.decode import as_labels, as_numbers, is_local
from driftline.data.inspect import MOST_CATEGORIES, Inspection
from driftline.profiles.plan import ColumnPlan
from driftline.profiles.rounding import frequent, merge_close, snap
from driftline.types import Column, Kind
from driftline.windows import CENTURIES

EDGES = 256


def plan_numbers(inspection: Inspection, column: Column, zone: str = "") -> ColumnPlan:
    """A column of numbers with its edges: quantiles of the sample, tails in powers of ten, the extremes of all rows.

    Times that do not say their zone are local times of `zone`, or UTC.
    """
    form = inspection.format(column.name, column.kind)
    sample = inspection.sample(column.name)
    numbers = as_numbers(sample, column.kind, form, zone).drop_nulls().to_numpy()
    numbers = np.sort(numbers[np.isfinite(numbers)] + 0.0)  # -0.0 becomes 0.0
    if not numbers.size:
        return ColumnPlan(column, groups=np.zeros(1, np.int64), format=form, zone=zone)
    low, high = inspection.extremes.get(column.name, (float(numbers[0]), float(numbers[-1])))
    if (clock := find_clock(zone)) and numbers.size and is_local(sample.dtype):
        low, high = clock.instants(np.array([low, high])).tolist()
    distinct, counts = np.unique(numbers, return_counts=True)
    counts_of_all = inspection.counts.get(column.name)
    whole = inspection.rows == inspection.sample(column.name).len()
    whole = whole or (counts_of_all is not None and counts_of_all.height == distinct.size)
    ranks = np.concatenate((np.arange(1, EDGES) / EDGES, [0.001, 0.01, 0.99, 0.999]))
    core = np.quantile(numbers, [0.01, 0.25, 0.5, 0.75, 0.99], method="inverted_cdf")
    with np.errstate(over="ignore", invalid="ignore"):
        reach = (core[4] - core[0] or abs(core[2]) or 1.0) * 10.0 ** np.arange(-1, 7)
        spread = (core[3] - core[1]) / 1.3489795 or float(numbers.std()) or abs(core[2]) or 1.0
        scale = float(spread) if np.isfinite(spread) else 1.0
        values, rows = merge_close(distinct, counts, scale) if column.kind is Kind.NUMERIC else (distinct, counts)
        few = values.size <= EDGES
        complete, levels = whole and few, np.empty(0)
        if few:
            distinct, counts, (low, high) = values, rows, snap(np.array([low, high]), values, scale).tolist()
        elif column.kind is Kind.NUMERIC:
            levels = frequent(distinct, counts)
        edges = distinct if few else np.quantile(numbers, ranks, method="inverted_cdf")
        edges = np.unique(np.concatenate((edges, [low, high], levels, core[0] - reach, core[4] + reach)))
    if column.kind is Kind.DATETIME:
        edges = np.union1d(edges, CENTURIES)
    edges = edges[np.isfinite(edges)]
    return ColumnPlan(
        column, edges=edges, groups=_group_bins(edges, distinct, counts), complete=complete, center=float(core[2]),
        scale=scale, minimum=low, maximum=high, core=(float(core[0]), float(core[4])), format=form,
        levels=levels if levels.size else None, zone=zone,
    )  # fmt: skip


def _group_bins(edges: Floats, distinct: Floats, counts: Integers) -> Integers:
    """Group (2k+1,) of each bin, so that each group holds about a tenth of the rows; a heavy value has its own."""
    left, right = np.searchsorted(edges, distinct, "left"), np.searchsorted(edges, distinct, "right")
    shares = np.bincount(2 * left + (right > left), weights=counts, minlength=2 * edges.size + 1) / counts.sum()
    groups = np.zeros(shares.size, np.int64)
    group, held = 0, 0.0
    for position, share in enumerate(shares):
        if held and (held >= 0.1 - 1e-9 or (share >= 0.1 and held >= 0.02)):
            group, held = group + 1, 0.0
        groups[position] = group
        held += share
    if held < 0.02 and group:
        groups[groups == group] = group - 1
    return groups


def plan_categories(inspection: Inspection, column: Column) -> ColumnPlan:
    """A column of labels with its categories, the most frequent first."""
    counted = inspection.counts.get(column.name)
    complete = counted is not None
    if counted is None:
        labels = as_labels(inspection.sample(column.name), column.kind).drop_nulls()
        counted = labels.alias("label").value_counts(name="rows in all")
    if column.kind is Kind.BOOLEAN:
        labels = as_labels(counted.get_column("label"), Kind.BOOLEAN)
        counted = counted.with_columns(labels.alias("label")).group_by("label").agg(pl.col("rows in all").sum())
    counted = counted.sort(["rows in all", "label"], descending=[True, False]).head(MOST_CATEGORIES)
    rows = counted.get_column("rows in all").to_numpy()
    named = min(int((rows >= max(0.01 * rows.sum(), 5)).sum()), 30)
    groups = np.minimum(np.arange(rows.size + 1), named).astype(np.int64)  # the last is of all values not listed
    return ColumnPlan(column, groups=groups, categories=tuple(counted.get_column("label").to_list()), complete=complete)
