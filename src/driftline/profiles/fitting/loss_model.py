"""The model of a regression's loss: how large an error the features of a row lead to expect."""

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.data.inspect import Inspection
from driftline.profiles.batch import Batch
from driftline.profiles.columns.edges import Edges
from driftline.profiles.plan import ColumnPlan, LossModel
from driftline.profiles.privacy.coarse import coarse
from driftline.profiles.rows.places import is_placed, place_values
from driftline.profiles.rows.sampled import sampled_rows
from driftline.stats.expected.boosting import boost
from driftline.types import Kind, Role

_FEWEST, _MOST = 200, 30_000
_CUTS = 80  # of a column of numbers, evenly among its rows; as many lie evenly among its different values
_CODES = 160  # of a column of labels: those beyond share the last
_BINS = 128
_LARGEST = 1e150  # error, whose square a float still holds with room for the sum of all rows


def expect_losses(model: LossModel, rows: Batch, columns: dict[str, ColumnPlan]) -> Floats:
    """The absolute and the squared error (n, 2) that are expected of each row, some below 0; found once for a batch."""

    def find(batch: Batch) -> Floats:
        codes = np.stack([_codes(batch, columns[name], cuts) for name, cuts in model.cuts.items()])
        return model.trees.predict(codes).T

    return rows.once("expected losses", find)


def expected_bins(model: LossModel, rows: Batch, columns: dict[str, ColumnPlan]) -> Integers:
    """The bin (n,), 0 to the number of the model's edges, of each row's expected error; found once for a batch."""

    def find(batch: Batch) -> Integers:
        return Edges(model.edges).find(expect_losses(model, batch, columns)[:, 0])

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
    error = np.minimum(error, _LARGEST)
    cuts = {column.name: _cuts(rows, column) for column in (*features, prediction)}
    codes = np.stack([_codes(rows, column, cuts[column.name]) for column in (*features, prediction)])[:, known]
    trees = boost(codes, np.stack((error, error * error))[:, known])
    edges = np.unique(np.quantile(trees.predict(codes)[0], np.arange(1, _BINS) / _BINS))
    return LossModel(cuts, trees, edges)


def _cuts(rows: Batch, column: ColumnPlan) -> Floats:
    """Cuts between a column's numbers; none of labels.

    Half of the cuts are edges of the plan, evenly; half lie evenly among the different numbers, so that the few rows
    far out are told apart, too: there errors are largest. These are rounded, for they may be those of one row.
    """
    if column.kind is not Kind.NUMERIC:
        return np.empty(0)
    numbers = rows.numbers(column)
    different = np.unique(numbers[np.isfinite(numbers)])
    even = column.edges[_spread(column.edges.size)]
    return np.unique(np.concatenate((even, coarse(different[_spread(different.size)], column.center, column.scale))))


def _spread(size: int) -> Integers:
    """Places of at most 80 of so many, evenly."""
    return np.unique(np.linspace(0, size - 1, min(size, _CUTS)).astype(np.int64))


def _codes(rows: Batch, column: ColumnPlan, cuts: Floats) -> Integers:
    """The code (n,) of each row's value, 0 where there is none; of labels by how frequent they are, then new ones."""
    if column.kind is Kind.NUMERIC:
        numbers = rows.numbers(column)
        return np.where(np.isnan(numbers), 0, Edges(cuts).find(numbers) + 1)
    places, new = place_values(rows, column), len(column.categories)
    return np.where(places > new, 0, places.clip(max=_CODES - 1) + 1)
