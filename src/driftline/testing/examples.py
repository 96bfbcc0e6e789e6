"""Computes one metric, or folds one sketch, on a few rows: for docstrings, tests of your own, and to try one out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from driftline import registry
from driftline.config.settings import Config
from driftline.errors import ConfigError
from driftline.metrics.base import Metric
from driftline.profiles.batch import Batch
from driftline.profiles.fitting.fit import fit
from driftline.profiles.fold import fold
from driftline.profiles.plan import Plan
from driftline.profiles.profile import ColumnProfile, Profile
from driftline.profiles.segments.groups import Groups, list_groups
from driftline.types import Estimate, Role

Rows = Sequence[Any] | Mapping[str, Any] | pl.DataFrame
_ROLES = frozenset({Role.PREDICTION, Role.SCORE, Role.LOWER, Role.UPPER, Role.TARGET, Role.QUERY, Role.TIMESTAMP})


def measure(
    metric: str | Metric, current: Rows, reference: Rows | None = None, *, column: str | None = None, **settings: Any
) -> Estimate:
    """Compute a metric on current rows, compared with reference rows, as a check does.

    Args:
        metric: the name of a metric, or the metric itself.
        current: a list of values (of a column called `x`), columns by name, or a Polars frame.
        reference: the same for the reference; by default the current rows.
        column: the column to measure; by default the first one that the metric applies to. Of a metric of fairness, the
            attribute.
        settings: fields of `driftline.yaml`, such as `target="paid"`. A column that is called `prediction`, `score`,
            `lower`, `upper`, `target`, `query` or `timestamp` has that role without a setting.

    Returns:
        The estimate; `print` shows its value with the 95 % interval, the number of rows and the reference's value.

    Raises:
        ConfigError: when there is no such metric, or it does not apply to these rows.

    >>> print(measure("missing", [1, None, 3, 4]))
    0.25 (0.0456 to 0.699), n = 4
    >>> print(measure("accuracy", {"target": ["cat", "dog", "dog"], "prediction": ["cat", "dog", "cat"]}))
    0.667 (0.208 to 0.939), n = 3
    """
    found = registry.find("metrics", metric) if isinstance(metric, str) else metric
    past = _frame(current if reference is None else reference)
    plan = _fit(past, settings)
    if found.on == "groups":
        estimate = found(*(_groups(plan, frame, column) for frame in (_frame(current), past)))
    else:
        now = _fold(plan, _frame(current))
        was = now if reference is None else _fold(plan, past)
        estimate = found(now, was) if found.on == "table" else found(*_columns(found, now, was, column))
    if not isinstance(estimate, Estimate):
        raise ConfigError(f"the metric {found.name!r} does not apply to these rows; its docs page says what it needs")
    return estimate if reference is not None or found.compares else replace(estimate, reference=None)


def fold_into(kind: str, rows: Rows, *, column: str | None = None, **settings: Any) -> Any:
    """Fold rows into one sketch, under a plan that is fitted on the same rows.

    Args:
        kind: the sketch's name, such as "bins".
        rows: a list of values (of a column called `x`), columns by name, or a Polars frame.
        column: of a sketch of one column, which; by default the first that has it.
        settings: as of `measure`.

    Returns:
        The sketch.

    Raises:
        ConfigError: when there is no such sketch, or it does not apply to these rows.

    >>> fold_into("counts", [1, None, 3]).null
    1
    """
    found = registry.find("sketches", kind)
    frame = _frame(rows)
    profile = _fold(_fit(frame, settings), frame)
    places = [profile, *(each for name, each in profile.columns.items() if column in {None, name})]
    for place in places:
        if found.__name__ in place.states:
            return place.states[found.__name__]
    raise ConfigError(f"the sketch {kind!r} does not apply to these rows: {found.suits.__doc__}")


def _fit(rows: pl.DataFrame, settings: Mapping[str, Any]) -> Plan:
    roles = {role.value: role.value for role in _ROLES if role in rows.columns}
    return fit([rows], Config.model_validate(roles | dict(settings)))


def _frame(rows: Rows) -> pl.DataFrame:
    if isinstance(rows, pl.DataFrame):
        return rows
    columns = rows if isinstance(rows, Mapping) else {"x": rows}
    return pl.DataFrame({name: pl.Series(name, values, strict=False) for name, values in columns.items()})


def _fold(plan: Plan, frame: pl.DataFrame) -> Profile:
    profile = Profile(plan)
    profile.absorb(Batch(frame, "memory"))
    return profile


def _groups(plan: Plan, frame: pl.DataFrame, attribute: str | None) -> Groups:
    """The groups of an attribute; by default of the first one that the settings name."""
    found = [own for own in list_groups(plan, fold([frame], plan, "memory")) if attribute in {None, own.attribute}]
    if not found:
        raise ConfigError("the metric compares groups; name what makes them: fairness={'attributes': ['sex']}")
    return found[0]


def _columns(metric: Metric, now: Profile, was: Profile, column: str | None) -> tuple[ColumnProfile, ColumnProfile]:
    """Both profiles of the column to measure."""
    plans = [profile.plan for profile in was.columns.values()]
    fitting = [plan.name for plan in plans if plan.kind in metric.kinds and plan.role in metric.roles]
    name = column or next(iter(fitting), None)
    if name not in fitting:
        kinds = ", ".join(f"{plan.name} is {plan.kind.value} ({plan.role.value})" for plan in plans)
        raise ConfigError(
            f"the metric {metric.name!r} measures columns that are {', '.join(sorted(metric.kinds))}; {kinds}; state "
            f'the kind if the guess is wrong: columns={{"x": {{"kind": "numeric"}}}}'
        )
    return now.column(name, metric.needs), was.column(name, metric.needs)
