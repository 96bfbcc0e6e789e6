"""Shapley values of a model's numbers: exact for linear models and trees, sampled for any other."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.errors import MissingExtraError
from driftline.models.answers import Ask, as_input, ask_model
from driftline.models.tables import Table, put_column, take

_CLOSE = 1e-4  # how far sums of exact values may be from the number explained, of its spread
_LIBRARIES = ("xgboost", "lightgbm", "catboost")
Found = tuple[Floats, float, str]
"""Values (n, d), the base that they add up from, and what is explained."""


class CannotExplainError(Exception):
    """Why a method cannot explain this model, in words."""


def explain_linear(model: Any, rows: Table, background: Table, features: list[str], at: int | None) -> Found:
    """Values of a model that is linear in its columns: coefficient times distance from the background's mean.

    Raises:
        CannotExplainError: when it is not linear in them.
    """
    coefficients = getattr(model, "coef_", None)
    if coefficients is None or not hasattr(model, "intercept_"):
        raise CannotExplainError("it has no coefficients")
    own, usual = _numbers(rows, features), _numbers(background, features)
    weights, start = np.atleast_2d(np.asarray(coefficients, np.float64)), np.ravel(model.intercept_)
    place = 0 if at is None or len(weights) == 1 else at
    if weights.shape[1] != own.shape[1] or place >= len(weights):
        raise CannotExplainError("it has other coefficients than columns")
    sign = -1.0 if at == 0 and len(weights) == 1 else 1.0  # one row of coefficients is of the second of two classes
    numbers = sign * (own @ weights[place] + start[min(place, start.size - 1)])
    middle = usual.mean(axis=0)
    values = sign * weights[place] * (own - middle)
    base = float(sign * (middle @ weights[place] + start[min(place, start.size - 1)]))
    for what, found in _list_numbers(model, as_input(model, rows, features), at):
        if _are_close(numbers, found):
            return values, base, what
    raise CannotExplainError("its answers are not linear in its columns")


def explain_tree(model: Any, rows: Table, features: list[str], at: int | None) -> Found:
    """Values of trees and ensembles of them, by SHAP's TreeExplainer along the paths of the trees.

    Raises:
        MissingExtraError: when SHAP is not installed.
        CannotExplainError: when SHAP does not know the model, or its values do not add up.
    """
    if not is_tree(model):
        raise CannotExplainError("it is no tree")
    if find_spec("shap") is None:
        raise MissingExtraError("SHAP values of trees (method='sampled' does without)", "explain")
    from shap import TreeExplainer  # noqa: PLC0415 - an extra, and slow to import

    inputs = as_input(model, rows, features)
    numbers = _numbers(rows, features)
    try:
        explainer = TreeExplainer(model)
        values = np.asarray(explainer.shap_values(numbers, check_additivity=False), np.float64)
        bases = np.ravel(explainer.expected_value).astype(np.float64)
    except Exception as error:  # of SHAP and of libraries of trees errors have no base of their own
        raise CannotExplainError(f"SHAP's TreeExplainer fails on it ({type(error).__name__}: {error})") from error
    several = values.ndim == 3
    place = (0 if at is None else at) if several else 0
    own = values[:, :, place] if several else values
    base = float(bases[place if bases.size > place else 0])
    if at == 0 and not several:
        own, base = -own, -base  # one output is of the second of two classes
    for what, found in _list_numbers(model, inputs, at):
        if _are_close(base + own.sum(axis=1), found):
            return own, base, what
    raise CannotExplainError("the values of SHAP's TreeExplainer do not add up to its answers")


def is_tree(model: Any) -> bool:
    """Whether a model looks like a tree or an ensemble of trees."""
    of_library = type(model).__module__.partition(".")[0] in _LIBRARIES
    several = getattr(model, "estimators_", None)
    of_trees = several is not None and len(several) > 0 and hasattr(np.ravel(np.asarray(several, object))[0], "tree_")
    return of_library or of_trees or hasattr(model, "tree_") or hasattr(model, "_predictors")


def explain_sampled(
    ask: Ask, rows: Table, background: Table, features: list[str], pairs: int, seed: int
) -> tuple[Floats, Floats, float]:
    """Values (n, d) of any model by sampling, their standard errors (n, d), and the base.

    Columns of a background row, drawn anew for each row and pair, are replaced by the row's own, one after the other,
    in a random order and then in its reverse; a value is the mean change of the number. What the values of a row
    miss of the number is shared out by their variances, so that they add up. `2 n d pairs` rows are asked, and
    the background.

    Source: Štrumbelj & Kononenko (2014); Castro et al. (2009); Mitchell et al. (2022) for reversed orders.
    """
    random = np.random.default_rng(seed)
    n, d = len(rows), len(features)
    own, usual = ask(rows), ask(background)
    total, squares = np.zeros((n, d)), np.zeros((n, d))
    drawn = _draw_places(random, pairs, n, len(background))
    for places in drawn:
        start = take(background, places)
        order = random.permutation(d)
        found = np.zeros((n, d))
        for way in (order, order[::-1]):
            mixed, before = start, usual[places]
            for step, feature in enumerate(way.tolist()):
                mixed = put_column(mixed, features[feature], rows)
                after = own if step == d - 1 else ask(mixed)
                found[:, feature] += (after - before) / 2
                before = after
        total += found
        squares += found * found
    values = total / pairs
    variances = np.maximum(squares / pairs - values**2, 0.0) / max(pairs - 1, 1)
    base = float(usual.mean())
    shares = variances + 1e-12 * (variances.sum(axis=1, keepdims=True) + 1e-300)
    values += (own - base - values.sum(axis=1))[:, None] * shares / shares.sum(axis=1, keepdims=True)
    return values, np.sqrt(variances), base


def _draw_places(random: np.random.Generator, pairs: int, n: int, size: int) -> Integers:
    """Places (pairs, n) in the background: of each row as different ones as there are."""
    rounds = -(-pairs // size)
    keys = np.concatenate([random.permuted(np.tile(np.arange(size), (n, 1)), axis=1) for _ in range(rounds)], axis=1)
    return keys[:, :pairs].T


def _list_numbers(model: Any, inputs: Any, at: int | None) -> list[tuple[str, Floats]]:
    """The numbers that a model gives for rows, by name: what values may add up to."""
    if at is None:
        return [("answer", np.asarray(ask_model(model.predict, inputs), np.float64).reshape(len(inputs), -1)[:, 0])]
    label, found = np.asarray(model.classes_).tolist()[at], []
    makers: list[tuple[str, str]] = [("predict_proba", "probability"), ("decision_function", "decision value")]
    for name, what in makers:
        maker: Callable[[Any], Any] | None = getattr(model, name, None)
        if maker is not None:
            numbers = np.asarray(ask_model(maker, inputs), np.float64)
            sign = -1.0 if numbers.ndim == 1 and at == 0 else 1.0
            found.append((f"{what} of {label}", sign * (numbers if numbers.ndim == 1 else numbers[:, at])))
    if hasattr(model, "predict_proba") and len(model.classes_) == 2:
        with np.errstate(divide="ignore"):
            share = np.clip(found[0][1], 1e-15, 1 - 1e-15)
            found.append((f"log-odds of {label}", np.log(share / (1 - share))))
    return found


def _are_close(a: Floats, b: Floats) -> bool:
    spread = max(float(np.std(b)), 1e-9)
    return bool((np.abs(a - b) <= _CLOSE * spread + 1e-6 * np.abs(b)).all())


def _numbers(rows: Table, features: list[str]) -> Floats:
    """The columns as float64 (n, d).

    Raises:
        CannotExplainError: when one does not hold numbers.
    """
    found = [np.asarray(rows[name].to_numpy()) for name in features]
    if strange := [name for name, own in zip(features, found, strict=True) if own.dtype.kind not in "iufb"]:
        raise CannotExplainError(f"column {strange[0]!r} does not hold numbers")
    return np.stack([own.astype(np.float64) for own in found], axis=1)
