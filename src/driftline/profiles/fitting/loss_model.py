"""The model of a regression's loss: how large an error the features of a row lead to expect."""

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.data.inspect import Inspection
from driftline.profiles.batch import Batch
from driftline.profiles.columns.edges import Edges
from driftline.profiles.plan import ColumnPlan, LossModel
from driftline.profiles.rows.places import is_placed, place_values
from driftline.profiles.rows.sampled import sampled_rows
from driftline.stats.expected.boosting import boost
from driftline.types import Kind, Role

_FEWEST, _MOST = 200, 30_000
_CUTS = 31  # of a column of numbers, evenly; others are towards its ends, where errors are largest
_ENDS = np.array([0, 1, 2, 3, 4, 6, 8, 12, 16, 20, 24])  # edges from either end
_CODES = 63  # of a column of labels
_BINS = 128
_CLIPPED = 0.99  # quantile of the errors, beyond which they count as that


def expected_bins(model: LossModel, rows: Batch, columns: dict[str, ColumnPlan]) -> Integers:
    """The bin (n,), 0 to the number of the model's edges, of each row's expected error; found once for a batch."""

    def find(batch: Batch) -> Integers:
        codes = np.stack([_codes(batch, columns[name], cuts) for name, cuts in model.cuts.items()])
        return Edges(model.edges).find(model.trees.predict(codes))

    return rows.once("expected errors", find)


def fit_loss_model(inspection: Inspection, columns: tuple[ColumnPlan, ...], file: str) -> LossModel | None:
    """Fit on at most 30,000 sampled rows of the reference; None where it lacks labels or features."""
    target, prediction = (
        next((column for column in columns if column.role is role), None) for role in (Role.TARGET, Role.PREDICTION)
    )
    features = [column for column in columns if is_placed(column)]
    if target is None or prediction is None or not features:
        return None
    rows = sampled_rows(inspection, (*features, target, prediction), file, _MOST)
    with np.errstate(over="ignore", invalid="ignore"):
        error = np.abs(rows.numbers(prediction) - rows.numbers(target))
    known = np.isfinite(error)
    if known.sum() < _FEWEST:
        return None
    error = np.minimum(error, np.quantile(error[known], _CLIPPED))
    cuts = {c.name: _cuts(rows, c, np.where(known, error, np.nan)) for c in (*features, prediction)}
    codes = np.stack([_codes(rows, c, cuts[c.name]) for c in (*features, prediction)])[:, known]
    trees = boost(codes, error[known] - error[known].mean())
    edges = np.unique(np.quantile(trees.predict(codes), np.arange(1, _BINS) / _BINS))
    return LossModel(cuts, trees, edges)


def _cuts(rows: Batch, column: ColumnPlan, error: Floats) -> Floats:
    """Cuts among a column's edges; of labels the code of each category, by the mean error of its rows."""
    if column.kind is Kind.NUMERIC:
        last = column.edges.size - 1
        even = np.linspace(0, last, _CUTS).astype(np.int64)
        chosen: Floats = column.edges[np.unique(np.concatenate((even, _ENDS, last - _ENDS)).clip(0, last))]
        return chosen
    place = place_values(rows, column)
    known = np.isfinite(error) & (place < column.groups.size)
    sums, counts = (
        np.bincount(place[known], weights=part, minlength=len(column.categories) + 1) for part in (error[known], None)
    )
    means = (sums + error[known].mean()) / (counts + 1)
    order = np.argsort(np.argsort(means, kind="stable"), kind="stable")
    codes: Floats = 1.0 + np.floor(order * min(1.0, _CODES / order.size))
    return codes


def _codes(rows: Batch, column: ColumnPlan, cuts: Floats) -> Integers:
    """The code (n,) of each row's value, 0 where there is none."""
    if column.kind is Kind.NUMERIC:
        numbers = rows.numbers(column)
        return np.where(np.isnan(numbers), 0, Edges(cuts).find(numbers) + 1)
    places = place_values(rows, column)
    return np.append(cuts, (0, 0))[places].astype(np.int64)
