"""Fits a plan: what the reference's columns are, and by which edges and categories they fold."""

import dataclasses
import re
from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from driftline import registry
from driftline.config.settings import Config
from driftline.data.decode import EXACT, as_labels, drop_nulls, is_typed
from driftline.data.inspect import Inspection
from driftline.data.text_formats import NUMBER_FORMATS, split_format
from driftline.errors import ConfigError, suggest_name
from driftline.profiles.batch import as_local, as_times
from driftline.profiles.fitting.binning import hide_labels, plan_categories, plan_numbers
from driftline.profiles.fitting.group_losses import fit_group_losses
from driftline.profiles.fitting.loss_model import fit_loss_model
from driftline.profiles.fitting.outliers import fit_outliers
from driftline.profiles.fitting.roles import guess_roles, stated_roles
from driftline.profiles.fitting.task import check_answers, check_costs, guess_task, positive_class
from driftline.profiles.plan import LABELS, NUMBERS, ColumnPlan, Plan
from driftline.profiles.privacy.labels import STATED, shapes, why_redacted
from driftline.profiles.rows.costs import make_row_cost
from driftline.profiles.segments.splits import make_splits
from driftline.types import Column, Kind, Role, Task

_LONGEST = 200
_CODE = re.compile(r"(^|_|(?<=[a-z]))(id|code|type|flag|class|category|zone|zip)s?$", re.IGNORECASE)
_ANSWERS = {Role.TARGET, Role.PREDICTION}
_NUMBERS = {Role.SCORE, Role.LOWER, Role.UPPER, Role.ATTRIBUTION}


def fit(batches: Iterable[pl.DataFrame], config: Config, file: str = "") -> Plan:
    """Fit a plan on the reference's batches.

    Raises:
        ConfigError: when the configuration names a column that is not there, or gives one column two roles.
    """
    inspection = Inspection()
    for batch in batches:
        inspection.absorb(batch)
    return make_plan(inspection, config, file)


def make_plan(inspection: Inspection, config: Config, file: str = "") -> Plan:
    """The plan that follows from what is known of the reference's rows; raises as `fit` does."""
    stated = stated_roles(list(inspection.dtypes), config)
    inspection.stated_formats = {name: part.format for name, part in config.columns.items() if part.format}
    roles = guess_roles(inspection, stated) | stated
    columns = [
        _column(inspection, name, roles.get(name), config, file, stated=name in stated) for name in inspection.dtypes
    ]
    redacted = _redact(inspection, columns, config)
    columns = [replace(c, kind=Kind.TEXT) if c.kind in NUMBERS and redacted[c.name] else c for c in columns]
    if not any(column.role is Role.TIMESTAMP for column in columns):
        columns = _choose_timestamp(columns)
    target = next((column for column in columns if column.role is Role.TARGET), None)
    task = config.model.task or guess_task(inspection, columns, config.positive)
    fitted = tuple(_plan_column(inspection, column, task, target, config) for column in columns)
    check_answers(inspection, fitted, task)
    fitted += plan_transforms(inspection, fitted, config.privacy.fewest) if config.derive else ()
    if inspection.rows <= config.exact:
        fitted = tuple(replace(c, exact=config.exact if c.kind is Kind.NUMERIC else 0) for c in fitted)
    positive = positive_class(inspection, fitted, task, config.positive)
    hidden = tuple(
        hide_labels(inspection, c, config.privacy.fewest, redacted[c.name]) if c.source is None else c for c in fitted
    )
    if positive is not None and target is not None:
        positive = next(c for c in hidden if c.name == target.name).as_kept(positive)
    check_costs(config.costs, hidden, task)
    by_features = config.estimate.loss_model and task is Task.REGRESSION
    loss = fit_loss_model(inspection, hidden, file) if by_features else None
    plan = Plan(config, task, hidden, file, positive, _doubts(inspection, hidden), loss)
    make_splits(plan)  # refuses what does not suit the columns
    make_row_cost(plan)  # as well
    plan = fit_group_losses(inspection, plan)
    return plan if config.outliers == "none" else fit_outliers(inspection, plan)


def _redact(inspection: Inspection, columns: Iterable[Column], config: Config) -> dict[str, str]:
    """Why no value of a column is kept, by its name; empty where values may be.

    Raises:
        ConfigError: when the settings name a column that is not there, or whose numbers or times are needed.
    """
    redacted: dict[str, str] = {}
    for column in columns:
        why = why_redacted(column.name, inspection.present(column.name), config)
        needed = column.kind in NUMBERS and (column.role is Role.TIMESTAMP or column.role.of_model)
        if why == STATED and needed:
            raise ConfigError(
                f"privacy.redact: column {column.name!r} is the {column.role.value}, whose values are needed; take it "
                f"out of privacy.redact, or say columns: {{{column.name}: {{role: ignored}}}}"
            )
        if not why and config.privacy.show_values == "none" and column.kind in LABELS:
            why = "as set (privacy.show_values)"
        redacted[column.name] = "" if needed else why
    for name in (*config.privacy.redact, *config.privacy.show):
        if name not in redacted:
            raise ConfigError(f"privacy: the reference has no column {name!r}; {suggest_name(name, list(redacted))}")
    return redacted


def _choose_timestamp(columns: list[Column]) -> list[Column]:
    """The first feature with date and time is taken to be the timestamp."""
    first = next((i for i, column in enumerate(columns) if _may_be_time(column)), None)
    return [replace(column, role=Role.TIMESTAMP) if i == first else column for i, column in enumerate(columns)]


def _may_be_time(column: Column) -> bool:
    about_a_person = re.search("birth|dob|expir", column.name, re.IGNORECASE)
    told = column.role is Role.FEATURE and column.guessed and column.kind is Kind.DATETIME
    return told and column.dtype.startswith("Datetime") and not about_a_person


def _column(inspection: Inspection, name: str, role: Role | None, config: Config, file: str, *, stated: bool) -> Column:
    """Kind and role of one column, before its edges; `stated` says that the role is."""
    dtype, said = inspection.dtypes[name], config.columns.get(name)
    stated_kind = (said.kind or _kind_of_format(said.format)) if said else None
    kind = stated_kind or _kind(inspection, name, typed=is_typed(file))
    if role in {Role.ID, Role.QUERY}:
        kind = Kind.TEXT
    if role is Role.TIMESTAMP:
        kind = Kind.DATETIME
    if (
        any(name in split.columns and name not in split.edges for split in config.splits)
        and role in {Role.SEGMENT, Role.FEATURE}
        and kind not in LABELS
    ):
        kind = Kind.CATEGORICAL
    if role is None:
        role = Role.IGNORED if dtype == pl.Object else Role.FEATURE
    if kind in NUMBERS and not inspection.readable(name, kind):
        key = f"columns.{name}.kind" if stated_kind is kind else role.value
        raise _unreadable(inspection, name, key, kind)
    is_guessed = stated_kind is None and role not in {Role.ID, Role.QUERY, Role.TIMESTAMP}
    return Column(name, kind, role, _type(dtype, kind, file), stated_kind is None and not stated, is_guessed)


def _kind_of_format(form: str | None) -> Kind | None:
    """The kind of a column whose format is stated; None where none is.

    Raises:
        ConfigError: when the format is neither one of dates nor one of numbers.
    """
    if form is None:
        return None
    if split_format(form) is None and "%" in form:
        return Kind.DATETIME
    if split_format(form) is None:
        known = ", ".join(map(repr, NUMBER_FORMATS))
        raise ConfigError(f"columns: format {form!r} is unknown; expected a date such as '%m/%d/%Y', or one of {known}")
    return Kind.NUMERIC


def _type(dtype: pl.DataType, kind: Kind, file: str) -> str:
    """The column's type in words; text that reads as numbers has no type of its own in a file without types."""
    if dtype == pl.String and kind in NUMBERS and not is_typed(file):
        return "Datetime" if kind is Kind.DATETIME else "Float64"
    return str(dtype)


def _unreadable(inspection: Inspection, name: str, key: str, kind: Kind) -> ConfigError:
    expected = "dates and times such as 2024-01-31 12:00:00" if kind is Kind.DATETIME else "numbers"
    values = as_labels(inspection.present(name), Kind.TEXT).drop_nulls().head(1)
    form = f"of the form {shapes(values)}" if values.len() else "without a value"
    if kind is Kind.DATETIME and (doubt := _ambiguous_dates(inspection, name)):
        return ConfigError(f"{key}: {doubt}")
    return ConfigError(
        f"{key}: column {name!r} holds {inspection.dtypes[name]} {form}; expected {expected}; "
        "name another column, or give this one another kind"
    )


def _ambiguous_dates(inspection: Inspection, name: str) -> str:
    """That a text column's dates can be read in two ways, in words; empty where they can not."""
    if inspection.dtypes[name] != pl.String or name in inspection.stated_formats:
        return ""
    forms = inspection.date_formats(name)
    if len(forms) < 2:
        return ""
    form = shapes(inspection.present(name).head(1))
    return (
        f"column {name!r} holds dates of the form {form}, whose day and month are ambiguous; state which with "
        f"columns: {{{name}: {{format: {forms[0]!r}}}}} or {forms[1]!r}"
    )


def _doubts(inspection: Inspection, columns: Iterable[ColumnPlan]) -> tuple[str, ...]:
    """What could be read in two ways, and so was not read: for a person to decide."""
    texts = (column.name for column in columns if column.kind is Kind.TEXT and column.source is None)
    return tuple(
        f"C{doubt[1:]}; it is text till then." for name in texts if (doubt := _ambiguous_dates(inspection, name))
    )


def _kind(inspection: Inspection, name: str, *, typed: bool) -> Kind:
    """What the values look like."""
    dtype, counts = inspection.dtypes[name], inspection.counts.get(name)
    labels = set() if counts is None or counts.height > 2 else {label.lower() for label in counts.get_column("label")}
    if dtype == pl.Boolean or labels in ({"true", "false"}, {"0", "1"}):
        return Kind.BOOLEAN
    if dtype == pl.Date or isinstance(dtype, pl.Datetime):
        return Kind.DATETIME
    if isinstance(dtype, pl.Duration | pl.Time):
        return Kind.NUMERIC
    if dtype.is_numeric() and not _too_large(inspection, name):
        few = counts is not None and (counts.height == 2 or (counts.height < 2 and dtype.is_integer()))
        coded = few or _CODE.search(name) is not None
        return Kind.CATEGORICAL if coded and counts is not None and _are_whole(counts) else Kind.NUMERIC
    return _kind_of_text(inspection, name, typed=typed) if dtype != pl.Null else Kind.CATEGORICAL


def _are_whole(counts: pl.DataFrame) -> bool:
    """Whether there are labels, and all are whole numbers."""
    return counts.height > 0 and bool(counts.get_column("label").str.contains(r"^-?\d+$").all())


def _kind_of_text(inspection: Inspection, name: str, *, typed: bool) -> Kind:
    counts = inspection.counts.get(name)
    if inspection.dtypes[name] == pl.String and inspection.present(name).len():
        if inspection.readable(name, Kind.NUMERIC) > 0.9 and (not typed or _are_measures(inspection, name)):
            return Kind.NUMERIC
        if inspection.readable(name, Kind.DATETIME) > 0.9 and not _are_digits(inspection, name):
            return Kind.DATETIME
        if len(inspection.date_formats(name)) > 1:
            return Kind.TEXT  # their day and month are ambiguous: `_doubts` says so
    if counts is None or counts.height > max(50, inspection.rows // 2):
        return Kind.TEXT
    long = (counts.get_column("label").str.len_chars().mean() or 0) > _LONGEST  # type: ignore[operator]
    return Kind.TEXT if long else Kind.CATEGORICAL


def _are_digits(inspection: Inspection, name: str) -> bool:
    """Whether texts are digits alone: what could tell a time as well as be a number of a person or thing."""
    return bool(inspection.present(name).str.contains(r"^\d+$").all())


def _are_measures(inspection: Inspection, name: str) -> bool:
    """Whether most texts of numbers have a decimal or thousands mark: codes such as zip codes have none."""
    texts = inspection.present(name)
    return 2 * int(texts.str.contains(r"\d[.,']\d").sum()) > texts.len()


def _too_large(inspection: Inspection, name: str) -> bool:
    """Whether these are whole numbers that float64 cannot tell apart: they name things and measure nothing."""
    low, high = inspection.extremes.get(name, (0.0, 0.0))
    if max(-low, high) <= EXACT or not inspection.sample(name).dtype.is_integer():
        return False
    values = drop_nulls(inspection.sample(name))
    return values.n_unique() > values.cast(pl.Float64).n_unique()


def _plan_column(
    inspection: Inspection, column: Column, task: Task | None, target: Column | None, config: Config
) -> ColumnPlan:
    """The column with edges or categories; target and prediction take the kind that the task asks for."""
    kind = column.kind
    if column.role in _NUMBERS or (column.role in _ANSWERS and task in {Task.REGRESSION, Task.RANKING}):
        kind = Kind.NUMERIC
        if not inspection.readable(column.name, kind):
            raise _unreadable(inspection, column.name, column.role.value, kind)
    elif column.role in _ANSWERS and task is not None:
        kind = target.kind if target is not None and target.kind is Kind.BOOLEAN else Kind.CATEGORICAL
    decided = replace(column, kind=kind)
    if column.role is Role.IGNORED:
        return ColumnPlan(decided)
    if kind in NUMBERS:
        zone = config.timezone or "" if column.role is Role.TIMESTAMP else ""
        return plan_numbers(inspection, decided, config.privacy.fewest, zone)
    return plan_categories(inspection, decided) if kind in LABELS else ColumnPlan(decided)


_TELLING = 50  # categories: with no more of them, a column of labels needs no other column to tell what is in it


def plan_transforms(inspection: Inspection, columns: tuple[ColumnPlan, ...], min_count: int) -> tuple[ColumnPlan, ...]:
    """Plans of the columns that are derived from these features; one whose name is taken is left out.

    So is one whose extra is not installed, and what is derived of labels while they are few.
    """
    taken = set(inspection.dtypes)
    plans: list[ColumnPlan] = []
    for column in columns:
        few = column.kind in LABELS and len(column.categories) <= _TELLING
        if few or column.role not in {Role.FEATURE, Role.TIMESTAMP}:
            continue
        form = inspection.format(column.name, column.kind)
        sample = _as_stored_times(inspection.sample(column.name), column, form)
        for name, part in registry.every("transforms").items():
            full = f"{column.name}.{name}"
            if full not in taken and part.suits(column.kind, sample.dtype) and part.installed:
                own = Inspection()
                fitted = part.fit(sample) if part.fit else None
                own.absorb(pl.DataFrame([part(sample, fitted).alias(full)]))
                column_made = Column(full, part.kind, Role.FEATURE, f"{part.title} of {column.name}")
                fewest = 1 if part.closed else min_count
                plan = (
                    plan_numbers(own, column_made, fewest)
                    if part.kind in NUMBERS
                    else plan_categories(own, column_made)
                )
                plan = hide_labels(own, plan, fewest)
                plan = dataclasses.replace(plan, source=(column.name, name), fitted=fitted, format=form)
                plans.append(dataclasses.replace(plan, zone=column.zone))
    return tuple(plans)


def _as_stored_times(sample: pl.Series, column: ColumnPlan, form: str) -> pl.Series:
    """The values as they are; those that tell times in another type as times, or as dates where none has a clock."""
    if column.kind is not Kind.DATETIME or sample.dtype.is_temporal():
        return as_local(sample, column.zone) if column.zone else sample
    times = as_times(sample, form, column.zone)
    return times.cast(pl.Date) if (times.dt.truncate("1d") == times).all() else times
