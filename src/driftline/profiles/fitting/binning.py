"""Edges and categories: what the plan of one column takes from the inspection."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl

from driftline.arrays import Floats, Integers
from driftline.clocks import find_clock
from driftline.config.privacy import MIN_COUNT
from driftline.data.decode import as_labels, as_numbers, drop_nulls, is_local
from driftline.data.inspect import MOST_CATEGORIES, Inspection
from driftline.profiles.plan import LABELS, ColumnPlan
from driftline.profiles.privacy.coarse import coarse
from driftline.profiles.privacy.labels import hide
from driftline.profiles.rounding import frequent, merge_close, snap
from driftline.types import Column, Kind
from driftline.windows import CENTURIES

EDGES = 256


def plan_numbers(inspection: Inspection, column: Column, min_count: int = MIN_COUNT, zone: str = "") -> ColumnPlan:
    """A column of numbers with its edges: quantiles of the sample, tails in powers of ten, the extremes of all rows.

    Times that do not say their zone are local times of `zone`, or UTC. An edge is a value of the rows only if
    `min_count` rows have it, or that many lie between it and the next; else it is rounded (by
    `driftline.profiles.privacy.coarse`), the extremes outwards.
    """
    form = inspection.format(column.name, column.kind)
    sample = inspection.sample(column.name)
    numbers = drop_nulls(as_numbers(sample, column.kind, form, zone)).to_numpy()
    numbers = np.sort(numbers[np.isfinite(numbers)] + 0.0)  # -0.0 becomes 0.0
    if not numbers.size:
        return ColumnPlan(column, groups=np.zeros(1, np.int64), format=form, zone=zone)
    low, high = _extremes(inspection, column.name, numbers, zone)
    starts = np.flatnonzero(np.concatenate(([True], numbers[1:] != numbers[:-1])))
    distinct, counts = numbers[starts], np.diff(starts, append=numbers.size)
    counts_of_all = inspection.counts.get(column.name)
    whole = inspection.rows == inspection.sample(column.name).len()
    whole = whole or (counts_of_all is not None and counts_of_all.height == distinct.size)
    ranks = np.concatenate((np.arange(1, EDGES) / EDGES, [0.001, 0.01, 0.99, 0.999]))
    core = _quantiles(numbers, np.array([0.01, 0.25, 0.5, 0.75, 0.99]))
    with np.errstate(over="ignore", invalid="ignore"):
        reach = (core[4] - core[0] or abs(core[2]) or 1.0) * 10.0 ** np.arange(-1, 7)
        spread = (core[3] - core[1]) / 1.3489795 or float(numbers.std()) or abs(core[2]) or 1.0
        scale = float(spread) if np.isfinite(spread) else 1.0
        values, rows = merge_close(distinct, counts, scale) if column.kind is Kind.NUMERIC else (distinct, counts)
        few = values.size <= EDGES
        complete, levels = whole and few, np.empty(0)
        if few:
            distinct, counts, (low, high) = values, rows, snap(np.array([low, high]), values, scale).tolist()
        common = distinct[counts >= min_count]
        if not few and column.kind is Kind.NUMERIC:
            levels = frequent(distinct, counts)
            levels = levels[_are_in(common, levels)]
        edges = distinct if few else _quantiles(numbers, ranks)
        if column.kind is Kind.NUMERIC and min_count > 1:
            kept = _are_in(common, edges)
            if not few and numbers.size >= min_count * EDGES:
                kept |= np.minimum(ranks, 1 - ranks) * numbers.size >= min_count
            own = coarse(edges, float(core[2]), scale)
            complete = complete and bool((kept | (own == edges)).all())
            edges = np.where(kept, edges, own)
            if 0.01 * numbers.size < min_count:
                core = np.where(_are_in(common, core), core, coarse(core, float(core[2]), scale))
            if not _are_in(common, np.array([low])).all():
                low = coarse(np.array([low]), float(core[2]), scale, -1).item()
            if not _are_in(common, np.array([high])).all():
                high = coarse(np.array([high]), float(core[2]), scale, 1).item()
        edges = np.unique(np.concatenate((edges, [low, high], levels, core[0] - reach, core[4] + reach)))
    if column.kind is Kind.DATETIME:
        edges = np.union1d(edges, CENTURIES)
    edges = edges[np.isfinite(edges)]
    return ColumnPlan(
        column, edges=edges, groups=_group_bins(edges, distinct, counts), complete=complete, center=float(core[2]),
        scale=scale, minimum=low, maximum=high, core=(float(core[0]), float(core[4])), format=form,
        levels=levels if levels.size else None, zone=zone,
    )  # fmt: skip


def _quantiles(numbers: Floats, ranks: Floats) -> Floats:
    """Quantiles (k,) of sorted numbers (n,): the first number that so large a share reaches."""
    found: Floats = numbers[np.ceil(numbers.size * ranks - 1).astype(np.int64).clip(0)]
    return found


def _are_in(values: Floats, numbers: Floats) -> npt.NDArray[np.bool_]:
    """Whether each of some numbers (n,) is among the sorted values (k,)."""
    if not values.size:
        return np.zeros(numbers.size, np.bool_)
    found: npt.NDArray[np.bool_] = values[np.searchsorted(values, numbers).clip(max=values.size - 1)] == numbers
    return found


def _group_bins(edges: Floats, distinct: Floats, counts: Integers) -> Integers:
    """Group (2k+1,) of each bin, so that each group holds about a tenth of the rows; a heavy value has its own."""
    upto = np.concatenate(([0], np.cumsum(counts)))
    places = [np.searchsorted(distinct, edges, side) for side in ("left", "right")]
    rows = np.diff(upto[np.stack(places, axis=1).ravel()], prepend=0, append=upto[-1])
    groups: list[int] = []
    group, held = 0, 0.0
    for share in (rows / upto[-1]).tolist():
        if held and (held >= 0.1 - 1e-9 or (share >= 0.1 and held >= 0.02)):
            group, held = group + 1, 0.0
        groups.append(group)
        held += share
    found = np.array(groups)
    if held < 0.02 and group:
        found[found == group] = group - 1
    return found


def _extremes(inspection: Inspection, name: str, numbers: Floats, zone: str) -> tuple[float, float]:
    """The smallest and the largest value of all rows, `numbers` (n,) being those of the sample, sorted."""
    ends = inspection.extremes.get(name, (float(numbers[0]), float(numbers[-1])))
    clock = find_clock(zone)
    if clock is None or not is_local(inspection.sample(name).dtype):
        return ends
    low, high = clock.instants(np.array(ends)).tolist()
    return low, high


def plan_categories(inspection: Inspection, column: Column) -> ColumnPlan:
    """A column of labels with its categories, the most frequent first."""
    counted = _count_labels(inspection, column).sort(["rows in all", "label"], descending=[True, False])
    counted = counted.head(MOST_CATEGORIES)
    rows = counted.get_column("rows in all").to_numpy()
    named = min(int((rows >= max(0.01 * rows.sum(), 5)).sum()), 30)
    groups = np.minimum(np.arange(rows.size + 1), named).astype(np.int64)  # the last is of all values not listed
    complete = inspection.counts.get(column.name) is not None
    return ColumnPlan(column, groups=groups, categories=tuple(counted.get_column("label").to_list()), complete=complete)


def hide_labels(inspection: Inspection, plan: ColumnPlan, min_count: int, redacted: str = "") -> ColumnPlan:
    """The plan of a column, with hashes for the labels that fewer rows have; for all of a column that is redacted."""
    plan = replace(plan, min_count=min_count, redacted=redacted)
    if plan.kind not in LABELS or not plan.hides:
        return plan
    counted = _count_labels(inspection, plan.column)
    rows = dict(zip(counted.get_column("label"), counted.get_column("rows in all"), strict=True))
    kept = (label if not redacted and rows[label] >= min_count else hide(label) for label in plan.categories)
    return replace(plan, categories=tuple(kept))


def _count_labels(inspection: Inspection, column: Column) -> pl.DataFrame:
    """Labels (`label`) with their rows (`rows in all`): of all rows, or of the sample."""
    counted = inspection.counts.get(column.name)
    if counted is None:
        labels = drop_nulls(as_labels(inspection.sample(column.name), column.kind))
        counted = labels.alias("label").value_counts(name="rows in all")
    if column.kind is Kind.BOOLEAN:
        labels = as_labels(counted.get_column("label"), Kind.BOOLEAN)
        counted = counted.with_columns(labels.alias("label")).group_by("label").agg(pl.col("rows in all").sum())
    return counted
