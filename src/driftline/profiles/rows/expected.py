"""How large an error each row of a regression leads to expect, by the plan's loss model."""

from collections.abc import Iterable, Mapping

import polars as pl

from driftline.arrays import Floats
from driftline.profiles.batch import Batch
from driftline.profiles.fitting.loss_model import expect_losses
from driftline.profiles.plan import LossModel, Plan
from driftline.profiles.rows.alike import find_groups
from driftline.profiles.rows.ids import lay_beside_ids


def expect_batches(
    batches: Iterable[pl.DataFrame], plan: Plan, model: LossModel, file: str, limits: Mapping[str, Floats]
) -> pl.DataFrame:
    """Ids, `expected_error` and the limit by each name of each row; `limits` are by group of like rows (groups,)."""
    return pl.concat([_expect_batch(Batch(frame, file), plan, model, limits) for frame in batches])


def _expect_batch(rows: Batch, plan: Plan, model: LossModel, limits: Mapping[str, Floats]) -> pl.DataFrame:
    group = find_groups(rows, plan)
    error = expect_losses(model, rows, plan.by_name)[:, 0].clip(min=0)
    found = pl.DataFrame({"expected_error": error, **{name: ends[group] for name, ends in limits.items()}})
    return lay_beside_ids(found, rows.frame, plan)
