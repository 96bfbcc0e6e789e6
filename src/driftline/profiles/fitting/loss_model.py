"""The model of a regression's loss: how large an error the features of a row lead to expect."""

import numpy as np
import polars as pl

from driftline.arrays import Floats, Integers
from driftline.data.inspect import Inspection
from driftline.profiles.batch import Batch
from driftline.profiles.plan import LABELS, ColumnPlan, LossModel
from driftline.stats.expected.boosting import boost
from driftline.types import Kind, Role

_ROWS = 50_000
_FEWEST = 200
_CUTS = 31  # of a column
_BINS = 128
_CLIPPED = 0.99  # quantile of the errors, beyond which they count as that


def expected_bins(model: LossModel, rows: Batch, columns: dict[str, ColumnPlan]) -> Integers:
    """The bin (n,), 0 to the number of the model's edges, of each row's expected error."""
    codes = np.stack([_codes(rows, columns[name], cuts) for name, cuts in model.cuts.items()])
    return np.searchsorted(model.edges, model.trees.predict(codes))


def fit_loss_model(inspection: Inspection, columns: tuple[ColumnPlan, ...], file: str) -> LossModel | None:
    """Fit on at most 50,000 sampled rows of the reference; None where it lacks labels or features."""
    target, prediction = (
        next((column for column in columns if column.role is role), None) for role in (Role.TARGET, Role.PREDICTION)
    )
    features = [column for column in columns if _is_feature(column)]
    if target is None or prediction is None or not features:
        return None
    frame = pl.DataFrame({c.name: inspection.sample(c.name) for c in (*features, target, prediction)})
    rows = Batch(frame.gather_every(max(1, -(-frame.height // _ROWS))), file)
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


def _is_feature(column: ColumnPlan) -> bool:
    told = column.role in {Role.FEATURE, Role.SEGMENT} and column.source is None
    return told and (column.kind is Kind.NUMERIC or (column.kind in LABELS and bool(column.categories)))


def _cuts(rows: Batch, column: ColumnPlan, error: Floats) -> Floats:
    """Cuts among a column's edges; of labels the code of each category, by the mean error of its rows."""
    if column.kind is Kind.NUMERIC:
        chosen: Floats = column.edges[np.unique(np.linspace(0, column.edges.size - 1, _CUTS).astype(np.int64))]
        return chosen
    place = _places(rows, column).astype(np.int64)
    known = np.isfinite(error) & (place >= 0)
    sums, counts = (
        np.bincount(place[known], weights=part, minlength=len(column.categories) + 1) for part in (error[known], None)
    )
    means = (sums + error[known].mean()) / (counts + 1)
    order = np.argsort(np.argsort(means, kind="stable"), kind="stable")
    codes: Floats = 1.0 + np.floor(order * min(1.0, _CUTS / order.size))
    return codes


def _codes(rows: Batch, column: ColumnPlan, cuts: Floats) -> Integers:
    """The code (n,) of each row's value, 0 where there is none."""
    if column.kind is Kind.NUMERIC:
        numbers = rows.numbers(column)
        return np.where(np.isnan(numbers), 0, np.searchsorted(cuts, numbers, "left") + 1)
    places = _places(rows, column)
    return np.where(places < 0, 0, cuts[places]).astype(np.int64)


def _places(rows: Batch, column: ColumnPlan) -> Integers:
    """The place (n,) of each row's category, their number where it is new, -1 where there is none."""
    labels = rows.kept_labels(column)
    new = len(column.categories)
    places = labels.replace_strict(column.categories, range(new), default=new, return_dtype=pl.Int64)
    return places.set(labels.is_null(), -1).to_numpy()
