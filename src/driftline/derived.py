"""Plans of derived columns: every derivation that suits a column of the reference."""

import dataclasses

import polars as pl

from driftline import registry
from driftline.edges import binned, listed
from driftline.plan import NUMBERS, ColumnPlan
from driftline.survey import Survey
from driftline.types import Column, Role


def derived(survey: Survey, columns: tuple[ColumnPlan, ...]) -> tuple[ColumnPlan, ...]:
    """Plans of the columns that are derived from these features; one whose name is taken is left out."""
    taken = set(survey.dtypes)
    plans: list[ColumnPlan] = []
    for column in columns:
        if column.role not in {Role.FEATURE, Role.TIMESTAMP}:
            continue
        for name, part in registry.every("derivations").items():
            full = f"{column.name}.{name}"
            if full not in taken and part.suits(column.kind, survey.dtypes[column.name]):
                own = Survey()
                own.absorb(pl.DataFrame([part(survey.sample(column.name)).alias(full)]))
                said = Column(full, part.kind, Role.FEATURE, f"{part.title} of {column.name}")
                plan = binned(own, said) if part.kind in NUMBERS else listed(own, said)
                plans.append(_sourced(plan, column.name, name))
    return tuple(plans)


def _sourced(plan: ColumnPlan, column: str, derivation: str) -> ColumnPlan:
    return dataclasses.replace(plan, source=(column, derivation))
