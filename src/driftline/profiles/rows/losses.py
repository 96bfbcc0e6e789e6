"""How wrong each row's answer is: error, loss and residual, row by row."""

import numpy as np
import polars as pl

from driftline.arrays import Floats
from driftline.config.detectors import ERROR, LOSS
from driftline.profiles.batch import Batch
from driftline.profiles.plan import ColumnPlan, Plan
from driftline.profiles.sketches.base_answers import SMALLEST, THRESHOLD
from driftline.types import Role, Task


def find_obstacle(plan: Plan, name: str) -> str:
    """Why a plan has no such series of rows, in words; empty where it has one."""
    if not plan.with_role(Role.TARGET):
        return "it needs a target, and the model has none"
    prediction, score = plan.with_role(Role.PREDICTION), plan.with_role(Role.SCORE)
    if plan.task is Task.REGRESSION:
        return "" if prediction else "it needs a prediction, and the model has none"
    if name == ERROR and plan.task in {Task.BINARY, Task.MULTICLASS}:
        answers = prediction or (score and plan.task is Task.BINARY)
        return "" if answers else "it needs a prediction, and the model has none"
    if name == LOSS and plan.task is Task.BINARY:
        return "" if score else "it needs a score, and the model has none"
    tasks = {ERROR: "regression, binary or multiclass", LOSS: "regression or binary"}.get(name, "regression")
    return f"it is of {tasks} models; the task of this one is {plan.task}"


def measure_rows(
    rows: Batch, plan: Plan, name: str, prediction: ColumnPlan | None = None, score: ColumnPlan | None = None
) -> Floats:
    """Error, loss or residual (n,) of each row; NaN where label or answer is missing.

    The error of a regression is |prediction - target|, the loss its square, the residual prediction - target. The error
    of a classification is 1 where it is wrong, else 0; the loss of a binary one -log(probability of the true class), of
    a probability not nearer to 0 than 2e-16. `prediction` and `score` are columns of another model.
    """
    target = plan.require_role(Role.TARGET)
    prediction, score = (
        (prediction, score) if prediction or score else (plan.with_role(Role.PREDICTION), plan.with_role(Role.SCORE))
    )
    if plan.task is Task.REGRESSION and prediction:
        with np.errstate(over="ignore", invalid="ignore"):
            residual = rows.numbers(prediction) - rows.numbers(target)
            made: Floats = np.abs(residual) if name == ERROR else residual**2 if name == LOSS else residual
        return np.where(np.isfinite(made), made, np.nan)
    if name == ERROR and prediction:
        true, answer = rows.kept_labels(target), rows.kept_labels(prediction, target)
        return pl.Series(true != answer).cast(pl.Float64).fill_null(np.nan).to_numpy()
    if score is None:
        raise LookupError(f"there is no column to work out the {name} of")
    positive, probability = rows.positives(target, plan.positive), rows.numbers(score)
    proper = (probability >= 0) & (probability <= 1)
    probability = np.where(proper, probability, np.nan)
    if name == ERROR:
        wrong = (probability >= THRESHOLD) != (positive > 0)
        return np.where(np.isfinite(probability) & np.isfinite(positive), wrong, np.nan)
    of_true = np.where(positive > 0, probability, 1 - probability)
    return np.where(np.isfinite(positive), -np.log(np.maximum(of_true, SMALLEST)), np.nan)
