"""Rows that are alike: of a regression by their expected error and prediction, of classes by their confidence."""

import numpy as np

from driftline.arrays import Integers
from driftline.profiles.batch import Batch
from driftline.profiles.fitting.loss_model import expected_bins
from driftline.profiles.plan import LossModel, Plan
from driftline.types import Role

_BY_ERROR, _BY_PREDICTION = 12, 10
_ALONE = 40  # groups of the prediction, where nothing else says how large an error is to be expected
_OF_SIZES = 16
_BY_CONFIDENCE = 40


def count_cells(plan: Plan) -> int:
    """How many cells `find_cells` tells apart."""
    return _count(_prediction_bins(plan), _BY_PREDICTION) * _count(_error_bins(plan), _BY_ERROR) if plan.loss else (
        _count(_prediction_bins(plan), _ALONE)
    )  # fmt: skip


def find_cells(rows: Batch, plan: Plan) -> Integers:
    """The cell (height,) of each row: by its prediction, and with a loss model by the error that this expects as well.

    Cells with like predictions are neighbours. A row without a prediction has one, too, which says nothing.
    """
    if plan.loss is None:
        return _by_prediction(rows, plan, _ALONE)
    error = _by_error(rows, plan, plan.loss, _BY_ERROR)
    return _by_prediction(rows, plan, _BY_PREDICTION) * _count(_error_bins(plan), _BY_ERROR) + error


def count_groups(plan: Plan) -> int:
    """How many groups `find_groups` tells apart."""
    return _count(_error_bins(plan) if plan.loss else _prediction_bins(plan), _OF_SIZES)


def find_groups(rows: Batch, plan: Plan) -> Integers:
    """The group (height,) of each row, by the error that the loss model expects; without one by its prediction."""
    if plan.loss is None:
        return _by_prediction(rows, plan, _OF_SIZES)
    return _by_error(rows, plan, plan.loss, _OF_SIZES)


def count_confidences(plan: Plan) -> int:
    """How many groups `find_confidences` tells apart."""
    return _count(_score_bins(plan), _BY_CONFIDENCE)


def find_confidences(rows: Batch, plan: Plan) -> Integers:
    """The group (height,) of each row by its score, the probability of the predicted class; the last without one."""
    bins = _score_bins(plan)
    return _scale(rows.bins(plan.require_role(Role.SCORE)).clip(max=bins - 1), bins, _BY_CONFIDENCE)


def _by_prediction(rows: Batch, plan: Plan, groups: int) -> Integers:
    return _scale(rows.bins(plan.require_role(Role.PREDICTION)), _prediction_bins(plan), groups)


def _by_error(rows: Batch, plan: Plan, loss: LossModel, groups: int) -> Integers:
    """Groups of the expected error, the larger it is the fewer bins in each: there errors differ most."""
    bins = _error_bins(plan)
    left = 1 - np.arange(bins) / bins
    group = (_count(bins, groups) * (1 - np.sqrt(left))).astype(np.int64)
    found: Integers = group[expected_bins(loss, rows, plan.by_name)]
    return found


def _prediction_bins(plan: Plan) -> int:
    prediction = plan.with_role(Role.PREDICTION)
    return 2 * prediction.edges.size + 1 if prediction else 1


def _score_bins(plan: Plan) -> int:
    return 2 * plan.require_role(Role.SCORE).edges.size + 1


def _error_bins(plan: Plan) -> int:
    return plan.loss.edges.size + 1 if plan.loss else 1


def _count(bins: int, groups: int) -> int:
    return min(bins, groups)


def _scale(at: Integers, bins: int, groups: int) -> Integers:
    """Bins (n,) as groups of neighbours."""
    found: Integers = at * _count(bins, groups) // bins
    return found
