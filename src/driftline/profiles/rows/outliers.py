"""How unusual each row is as a whole: by how rare each of its values is, or by an isolation forest."""

from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl

from driftline.arrays import Floats
from driftline.profiles.batch import Batch
from driftline.profiles.plan import ColumnPlan, Plan
from driftline.profiles.rows.ids import lay_beside_ids
from driftline.profiles.rows.places import place_values
from driftline.types import Kind

_TOLD = 3
_LARGEST = float(np.finfo(np.float32).max)  # what a forest's cuts can be compared with


def score_rows(rows: Batch, plan: Plan) -> Floats:
    """The score (n,) of each row: the sum of how rare its values are, or that of the plan's forest."""
    if plan.forest is not None:
        return plan.forest.score(read_numbers(rows, plan))
    score = np.zeros(rows.height)
    for part in _rarities(rows, plan):
        score += part
    return score


def score_batches(batches: Iterable[pl.DataFrame], plan: Plan, file: str) -> pl.DataFrame:
    """Ids, score, whether it is unusual, and why, of each row."""
    return pl.concat([_score_batch(batch, plan, file) for batch in batches])


def _score_batch(frame: pl.DataFrame, plan: Plan, file: str) -> pl.DataFrame:
    rows = Batch(frame, file)
    score = score_rows(rows, plan)
    unusual = score > (plan.unusual or 0.0)
    why: list[list[str]] = [[] for _ in range(rows.height)]
    odd = np.flatnonzero(unusual)
    for at, names in zip(odd.tolist(), explain_rows(rows.part(odd), plan), strict=True):
        why[at] = names
    told = pl.DataFrame({"score": score, "unusual": unusual, "why": pl.Series(why, dtype=pl.List(pl.String))})
    return lay_beside_ids(told, frame, plan)


def score_columns(rows: Batch, plan: Plan) -> Floats:
    """What each column that counts adds (rows, m) to the score of a row."""
    if plan.forest is not None:
        return plan.forest.split(read_numbers(rows, plan)).T
    return np.stack(list(_rarities(rows, plan)), axis=1)


def list_scored(plan: Plan) -> list[ColumnPlan]:
    """The columns (m,) that count."""
    return [column for column in plan.columns if column.rarity is not None]


def explain_rows(rows: Batch, plan: Plan) -> list[list[str]]:
    """Of each row the up to three columns that make up most of its score, the first most."""
    names, table = [column.name for column in list_scored(plan)], score_columns(rows, plan)
    order = np.argsort(-table, axis=1, kind="stable")[:, :_TOLD]
    return [
        [names[at] for at in own if table[row, at] > 0]
        for row, own in enumerate(order.tolist())
    ]  # fmt: skip


def read_numbers(rows: Batch, plan: Plan) -> Floats:
    """The columns that count as a forest sees them (m, n): numbers or the median, of labels how rare each is."""
    return np.stack([_numbers(rows, column) for column in list_scored(plan)])


def _numbers(rows: Batch, column: ColumnPlan) -> Floats:
    if column.kind is not Kind.NUMERIC:
        return _rarity(rows, column)
    numbers = rows.numbers(column)
    return np.where(np.isnan(numbers), column.center, numbers.clip(-_LARGEST, _LARGEST))


def _rarities(rows: Batch, plan: Plan) -> Iterator[Floats]:
    return (_rarity(rows, column) for column in list_scored(plan))


def _rarity(rows: Batch, column: ColumnPlan) -> Floats:
    if column.rarity is None:
        raise LookupError(f"column {column.name!r} does not count")
    return column.rarity[place_values(rows, column)]
