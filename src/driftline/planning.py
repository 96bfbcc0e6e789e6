"""Fits a plan: what the reference's columns are, and by which edges and categories they fold."""

import math
import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches

import numpy as np
import polars as pl

from driftline.config import Config
from driftline.errors import ConfigError
from driftline.decoding import EXACT, NESTED, TRUTH, as_labels, as_numbers, is_typed
from driftline.plan import LABELS, NUMBERS, ColumnPlan, Floats, Integers, Plan
from driftline.survey import MOST_CATEGORIES, Survey
from driftline.types import Column, Kind, Role, Task

EDGES = 256
_LONGEST = 200
_CODE = re.compile(r"(^|_|(?<=[a-z]))(id|code|type|flag|class|category|zone|zip)s?$", re.IGNORECASE)
_SINGLE = ("target", "prediction", "score", "timestamp", "id")


def fit(batches: Iterable[pl.DataFrame], config: Config, file: str = "") -> Plan:
    """Fit a plan on the reference's batches.

    Raises:
        ConfigError: when the configuration names a column that is not there, or gives one column two roles.
    """
    survey = Survey()
    for batch in batches:
        survey.absorb(batch)
    roles = _roles(list(survey.dtypes), config)
    timestamp = next((name for name, role in roles.items() if role is Role.TIMESTAMP), None)
    if timestamp is None and (guess := _first(survey, lambda dtype: isinstance(dtype, pl.Datetime))):
        roles.setdefault(guess, Role.TIMESTAMP)
    columns = tuple(_column(survey, name, roles.get(name), config, file) for name in survey.dtypes)
    target = next((column for column in columns if column.role is Role.TARGET), None)
    score = next((column for column in columns if column.role is Role.SCORE), None)
    task = config.model.task or _task(target, score)
    columns = tuple(_suited(survey, column, task, target) for column in columns)
    return Plan(config, task, columns, file, _positive(columns, task, config))


def _first(survey: Survey, wanted: Callable[[pl.DataType], bool]) -> str | None:
    return next((name for name, dtype in survey.dtypes.items() if wanted(dtype)), None)


def _roles(names: list[str], config: Config) -> dict[str, Role]:
    """The roles that the person stated, checked."""
    stated: list[tuple[str, str, Role]] = [
        (key, name, Role(key)) for key in _SINGLE if (name := getattr(config, key)) is not None
    ]
    stated += [(f"columns.{name}.role", name, part.role) for name, part in config.columns.items() if part.role]
    stated += [("segments", name, Role.SEGMENT) for name in config.segments]
    for key, name in [(key, name) for key, name, _ in stated] + [("columns", name) for name in config.columns]:
        if name not in names:
            near = get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"the reference has: {', '.join(names[:20])}"
            raise ConfigError(f"{key}: the reference has no column {name!r}; {hint}")
    roles: dict[str, Role] = {}
    for key, name, role in stated:
        if role is Role.SEGMENT and name in roles:
            continue  # a feature or target may also be what the rows are sliced by
        if roles.get(name, role) is not role:
            raise ConfigError(f"{key}: column {name!r} is already the {roles[name]}; give each column one role")
        roles[name] = role
    return roles


def _column(survey: Survey, name: str, role: Role | None, config: Config, file: str) -> ColumnPlan:
    """Kind and role of one column, before its edges."""
    dtype, stated = survey.dtypes[name], config.columns.get(name)
    counts = survey.counts.get(name)
    kind = (stated.kind if stated else None) or _kind(survey, name, typed=not file.startswith(("csv", "json")))
    values = survey.sample(name).drop_nulls()
    unique = values.len() > 100 and counts is None and _hashable(dtype) and values.n_unique() == values.len()
    if role is None and unique and not dtype.is_float() and re.search(r"(^|_)(id|uuid|guid|key)$", name, re.IGNORECASE):
        role = Role.ID
    if role is Role.ID:
        kind = Kind.TEXT
    if role is Role.SEGMENT and name in config.segments and kind not in LABELS:
        kind = Kind.CATEGORICAL
    if role is None:
        role = Role.IGNORED if dtype == pl.Object else Role.FEATURE
    guessed = not (stated and stated.kind) and role in {Role.FEATURE, Role.ID, Role.TIMESTAMP} and name not in {
        config.timestamp, config.id
    }  # fmt: skip
    return ColumnPlan(Column(name, kind, role, str(dtype), guessed))


def _hashable(dtype: pl.DataType) -> bool:
    return not isinstance(dtype, pl.List | pl.Array | pl.Struct | pl.Object)


def _kind(survey: Survey, name: str, *, typed: bool) -> Kind:
    """What the values look like."""
    dtype, counts = survey.dtypes[name], survey.counts.get(name)
    if dtype == pl.Boolean:
        return Kind.BOOLEAN
    if dtype == pl.Date or isinstance(dtype, pl.Datetime):
        return Kind.DATETIME
    if dtype.is_numeric() or dtype == pl.Duration:
        whole = (
            counts is not None and dtype != pl.Duration and counts.get_column("label").str.contains(r"^-?\d+$").all()
        )
        coded = counts is not None and whole and (counts.height <= 2 or _CODE.search(name) is not None)
        return Kind.CATEGORICAL if coded else Kind.NUMERIC
    if dtype == pl.Null:
        return Kind.CATEGORICAL
    values = survey.sample(name).drop_nulls()
    if dtype == pl.String and values.len():
        if not typed and as_numbers(values, Kind.NUMERIC).is_not_null().mean() > 0.9:  # type: ignore[operator]
            return Kind.NUMERIC
        if as_numbers(values.head(1000), Kind.DATETIME).is_not_null().mean() > 0.9:  # type: ignore[operator]
            return Kind.DATETIME
    many = counts is None or counts.height > max(50, survey.rows // 2)
    return Kind.TEXT if many else Kind.CATEGORICAL


def _task(target: ColumnPlan | None, score: ColumnPlan | None) -> Task | None:
    if target is None:
        return Task.BINARY if score is not None else None
    if target.kind is Kind.BOOLEAN or score is not None:
        return Task.BINARY
    return Task.REGRESSION if target.kind in NUMBERS else Task.MULTICLASS


def _suited(survey: Survey, column: ColumnPlan, task: Task | None, target: ColumnPlan | None) -> ColumnPlan:
    """The column with edges or categories; target and prediction take the kind that the task asks for."""
    kind = column.kind
    if column.role is Role.SCORE or (column.role in {Role.TARGET, Role.PREDICTION} and task is Task.REGRESSION):
        kind = Kind.NUMERIC
    elif column.role in {Role.TARGET, Role.PREDICTION} and task is not None:
        kind = target.kind if target is not None and target.kind is Kind.BOOLEAN else Kind.CATEGORICAL
    decided = Column(column.name, kind, column.role, column.column.dtype, column.column.guessed)
    if column.role is Role.IGNORED:
        return ColumnPlan(decided)
    if kind in NUMBERS:
        return _binned(survey, decided)
    return _listed(survey, decided) if kind in LABELS else ColumnPlan(decided)


def _binned(survey: Survey, column: Column) -> ColumnPlan:
    numbers = as_numbers(survey.sample(column.name), column.kind).drop_nulls().to_numpy()
    numbers = np.sort(numbers[np.isfinite(numbers)])
    if not numbers.size:
        return ColumnPlan(column, groups=np.zeros(1, np.int64))
    low, high = survey.extremes.get(column.name, (float(numbers[0]), float(numbers[-1])))
    distinct, counts = np.unique(numbers, return_counts=True)
    counts_of_all = survey.counts.get(column.name)
    whole = survey.rows == survey.sample(column.name).len()
    whole = whole or (counts_of_all is not None and counts_of_all.height == distinct.size)
    complete = whole and distinct.size <= EDGES
    ranks = np.concatenate((np.arange(1, EDGES) / EDGES, [0.001, 0.01, 0.99, 0.999]))
    core = np.quantile(numbers, [0.01, 0.25, 0.5, 0.75, 0.99], method="inverted_cdf")
    edges = distinct if distinct.size <= EDGES else np.quantile(numbers, ranks, method="inverted_cdf")
    with np.errstate(over="ignore"):
        reach = (core[4] - core[0] or abs(core[2]) or 1.0) * 10.0 ** np.arange(-1, 7)
        edges = np.unique(np.concatenate((edges, [low, high], core[0] - reach, core[4] + reach)))
        spread = (core[3] - core[1]) / 1.3489795 or float(numbers.std()) or abs(core[2]) or 1.0
    edges = edges[np.isfinite(edges)]
    return ColumnPlan(
        column, edges=edges, groups=_tenths(edges, distinct, counts), complete=complete, center=float(core[2]),
        scale=float(spread) if np.isfinite(spread) else 1.0, minimum=low, maximum=high,
        core=(float(core[0]), float(core[4])),
    )  # fmt: skip


def _tenths(edges: Floats, distinct: Floats, counts: Integers) -> Integers:
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


def _listed(survey: Survey, column: Column) -> ColumnPlan:
    counted = survey.counts.get(column.name)
    complete = counted is not None
    if counted is None:
        labels = as_labels(survey.sample(column.name), column.kind).drop_nulls()
        counted = labels.alias("label").value_counts(name="rows in all")
    if column.kind is Kind.BOOLEAN:
        labels = as_labels(counted.get_column("label"), Kind.BOOLEAN)
        counted = counted.with_columns(labels.alias("label")).group_by("label").agg(pl.col("rows in all").sum())
    counted = counted.sort(["rows in all", "label"], descending=[True, False]).head(MOST_CATEGORIES)
    rows = counted.get_column("rows in all").to_numpy()
    named = min(int((rows >= max(0.01 * rows.sum(), 5)).sum()), 30)
    groups = np.minimum(np.arange(rows.size + 1), named).astype(np.int64)  # the last is of all values not listed
    return ColumnPlan(column, groups=groups, categories=tuple(counted.get_column("label").to_list()), complete=complete)


def _positive(columns: tuple[ColumnPlan, ...], task: Task | None, config: Config) -> str | None:
    """The positive class: as stated, or by its usual names, or the rarer of the two."""
    target = next((column for column in columns if column.role is Role.TARGET), None)
    if task is not Task.BINARY or target is None:
        return config.positive
    classes = target.categories
    if config.positive is not None:
        if classes and config.positive not in classes:
            raise ConfigError(
                f"positive: {config.positive!r} is no value of {target.name!r}; it has {', '.join(classes[:10])}"
            )
        return config.positive
    usual = next(
        (label for label in classes if label.strip().lower() in {"1", "true", "yes", "y", "positive", "pos"}), None
    )
    return usual or (classes[-1] if classes else None)
