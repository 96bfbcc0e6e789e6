"""How unusual each row is as a whole: the sum of how rare each of its values is."""

from collections.abc import Iterable

import numpy as np
import polars as pl

from driftline.arrays import Floats, Integers
from driftline.data import by_name
from driftline.profiles.batch import Batch
from driftline.profiles.plan import Plan
from driftline.profiles.rows.places import place_values
from driftline.types import Role

_TOLD = 3


def score_rows(rows: Batch, plan: Plan) -> tuple[Floats, Integers]:
    """The score (n,) of each row, and the place (n,), among the columns that count, of the one that adds most to it."""
    score, most, cause = np.zeros(rows.height), np.full(rows.height, -1.0), np.zeros(rows.height, np.int64)
    for at, part in enumerate(_contributions(rows, plan).values()):
        score += part
        cause[part > most] = at
        most = np.maximum(most, part)
    return score, cause


def score_batches(batches: Iterable[pl.DataFrame], plan: Plan, file: str) -> pl.DataFrame:
    """Ids, score, whether it is unusual, and why, of each row."""
    return pl.concat([_score_batch(batch, plan, file) for batch in batches])


def _score_batch(frame: pl.DataFrame, plan: Plan, file: str) -> pl.DataFrame:
    rows = Batch(frame, file)
    score, _ = score_rows(rows, plan)
    unusual = score > (plan.unusual or 0.0)
    ids = [column.name for column in plan.columns if column.role is Role.ID]
    why: list[list[str]] = [[] for _ in range(rows.height)]
    odd = np.flatnonzero(unusual)
    for at, names in zip(odd.tolist(), explain_rows(rows.part(odd), plan), strict=True):
        why[at] = names
    told = pl.DataFrame({"score": score, "unusual": unusual, "why": pl.Series(why, dtype=pl.List(pl.String))})
    return by_name.select(frame, ids).hstack(told.get_columns()) if set(ids) & set(frame.columns) else told


def score_columns(rows: Batch, plan: Plan) -> Floats:
    """What each column with a rarity adds (rows, m) to the score of a row."""
    return np.stack(list(_contributions(rows, plan).values()), axis=1)


def explain_rows(rows: Batch, plan: Plan) -> list[list[str]]:
    """Of each row the up to three columns that make up most of its score, the first most."""
    names, table = list(_contributions(rows, plan)), score_columns(rows, plan)
    order = np.argsort(-table, axis=1, kind="stable")[:, :_TOLD]
    return [
        [names[at] for at in own if table[row, at] > 0]
        for row, own in enumerate(order.tolist())
    ]  # fmt: skip


def _contributions(rows: Batch, plan: Plan) -> dict[str, Floats]:
    return {
        column.name: column.rarity[place_values(rows, column)] for column in plan.columns if column.rarity is not None
    }
