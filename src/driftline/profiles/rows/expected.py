"""How large an error each row of a regression leads to expect, by the plan's loss model."""

from collections.abc import Iterable, Mapping

import numpy as np
import polars as pl

from driftline.arrays import Floats
from driftline.profiles.batch import Batch
from driftline.profiles.fitting.loss_model import expect_losses
from driftline.profiles.plan import LossModel, Plan
from driftline.profiles.rows.alike import find_groups
from driftline.profiles.rows.ids import lay_beside_ids
from driftline.types import Role


def expect_batches(
    batches: Iterable[pl.DataFrame], plan: Plan, model: LossModel, file: str, limits: Mapping[str, Floats]
) -> pl.DataFrame:
    """Ids, `expected_error` and the limit by each name of each row; `limits` are by group of like rows (groups,)."""
    return pl.concat([_expect_batch(Batch(frame, file), plan, model, limits) for frame in batches])


def _expect_batch(rows: Batch, plan: Plan, model: LossModel, limits: Mapping[str, Floats]) -> pl.DataFrame:
    group = find_groups(rows, plan)
    error = expect_losses(model, rows, plan.by_name)[:, 0].clip(min=0)
    found = pl.DataFrame({"expected_error": error, **{name: ends[group] for name, ends in limits.items()}})
    answered = pl.Series(np.isfinite(rows.numbers(plan.require_role(Role.PREDICTION))))
    return lay_beside_ids(found.select(pl.when(answered).then(pl.all())), rows.frame, plan)
