"""Plans of derived columns: every derivation that suits a column of the reference."""

import dataclasses

import polars as pl

from driftline import registry
from driftline.edges import binned, listed
from driftline.plan import LABELS, NUMBERS, ColumnPlan
from driftline.rows import as_times
from driftline.survey import Survey
from driftline.types import Column, Kind, Role

_TELLING = 50  # categories: with no more of them, a column of labels needs no other column to tell what is in it


def derived(survey: Survey, columns: tuple[ColumnPlan, ...]) -> tuple[ColumnPlan, ...]:
    """Plans of the columns that are derived from these features; one whose name is taken is left out.

    So is one whose extra is not installed, and what is derived of labels while they are few.
    """
    taken = set(survey.dtypes)
    plans: list[ColumnPlan] = []
    for column in columns:
        few = column.kind in LABELS and len(column.categories) <= _TELLING
        if few or column.role not in {Role.FEATURE, Role.TIMESTAMP}:
            continue
        sample = _stored(survey.sample(column.name), column.kind)
        for name, part in registry.every("derivations").items():
            full = f"{column.name}.{name}"
            if full not in taken and part.suits(column.kind, sample.dtype) and part.installed:
                own = Survey()
                fitted = part.fit(sample) if part.fit else None
                own.absorb(pl.DataFrame([part(sample, fitted).alias(full)]))
                said = Column(full, part.kind, Role.FEATURE, f"{part.title} of {column.name}")
                plan = binned(own, said) if part.kind in NUMBERS else listed(own, said)
                plans.append(dataclasses.replace(plan, source=(column.name, name), fitted=fitted))
    return tuple(plans)


def _stored(sample: pl.Series, kind: Kind) -> pl.Series:
    """The values as they are; those that tell times in another type as times, or as dates where none has a clock."""
    if kind is not Kind.DATETIME or sample.dtype.is_temporal():
        return sample
    times = as_times(sample)
    return times.cast(pl.Date) if (times.dt.truncate("1d") == times).all() else times
