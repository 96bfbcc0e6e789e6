"""Why a model answers as it does: what each feature adds to the answer of each row."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from driftline.errors import InputError
from driftline.models.answers import find_class, find_number, list_features
from driftline.models.attributions import Attributions
from driftline.models.shapley import CannotExplainError, Found, explain_linear, explain_sampled, explain_tree
from driftline.models.tables import Table, check_table, select, take

Method = Literal["auto", "tree", "linear", "sampled"]
_FEWEST, _MOST_PAIRS = 4, 100
_BACKGROUND = 100


def explain_rows(  # noqa: PLR0913 - each is a fact of its own
    model: Any,
    rows: Table,
    *,
    background: Table,
    features: Sequence[str] | None = None,
    positive: Any = None,
    method: Method = "auto",
    most: int = 2_000,
    budget: int = 200_000,
    seed: int = 0,
) -> Attributions:
    """What each feature adds to the model's answer of each row, compared with usual rows: SHAP values.

    Args:
        model: a fitted estimator such as scikit-learn's, or a function of a frame that gives numbers (rows,).
        rows: a DataFrame of pandas or Polars.
        background: rows that are usual, such as the reference: a hundred of them are drawn.
        features: the columns that the model is given, in its order; by default those that it names, else all.
        positive: the class whose probability is explained; by default the second of two.
        method: `tree` (SHAP's TreeExplainer), `linear` (coefficients) or `sampled` (any model); by default the first of
            them that can; `how` says which it was, and why the ones before could not.
        most: how many rows to explain: of more, as many are drawn.
        budget: how many rows the model may be asked with `sampled`: with less than eight a row and feature, fewer
            rows are drawn.
        seed: of the draws.

    Returns:
        Values (n, d) of the rows that were explained, which with `base` add up to the number explained.

    Raises:
        InputError: when rows lack a column, or the model cannot be asked.
        MissingExtraError: when SHAP is needed and not installed.

    `linear` and `sampled` take features apart by the background rows, as if they did not hang together (interventional
    values); `tree` follows the paths of the trees (Lundberg et al. 2020), and needs no background. Their sizes are
    to be compared with those by the same method only. Source: Lundberg & Lee (2017); Štrumbelj & Kononenko (2014).

    >>> import numpy as np, polars as pl
    >>> random = np.random.default_rng(0)
    >>> rows = pl.DataFrame({"km": random.normal(size=500), "idle": random.normal(size=500)})
    >>> found = explain_rows(lambda frame: 3 * frame["km"].to_numpy(), rows[:3], background=rows)
    >>> bool(np.allclose(found.values[:, 0] + found.base, 3 * rows["km"][:3].to_numpy()))
    True
    """
    check_table(rows, [])
    check_table(background, [])
    named = list_features(model, rows, None if features is None else list(features))
    if lacking := [name for name in named if name not in background.columns]:
        raise InputError(f"background: it lacks columns of the model: {', '.join(lacking)[:300]}")
    if not len(rows) or not len(background):
        raise InputError("rows, background: there is none; expected at least one row of each")
    if budget < 2 * _FEWEST * len(named):
        raise InputError(
            f"budget: {budget} does not suffice for one row; at least {2 * _FEWEST * len(named)} are needed"
        )
    random, at = np.random.default_rng(seed), find_class(model, positive)
    ask, what = find_number(model, named, positive)
    places = _draw(random, len(rows), most)
    whys: list[str] = []
    exact = ("linear", "tree") if method == "auto" and hasattr(model, "predict") else (method,)
    for name in exact:
        if name in {"auto", "sampled"}:
            break
        try:
            part, usual = take(rows, places), select(background, named)
            found: Found = (
                explain_tree(model, part, named, at)
                if name == "tree"
                else explain_linear(model, part, usual, named, at)
            )
        except CannotExplainError as why:
            whys.append(f"{name}: {why}")
            continue
        how = "coefficients" if name == "linear" else "SHAP's TreeExplainer"
        return Attributions(tuple(named), places, found[0], None, found[1], found[2], how, part)
    if method not in {"auto", "sampled"}:
        raise InputError(f"model: it cannot be explained by method {whys[0]}; method='sampled' explains any model")
    rounds = 2 * len(named)
    places = _draw(random, len(rows), min(most, budget // (_FEWEST * rounds)))
    pairs = min(_MOST_PAIRS, budget // (places.size * rounds))
    usual = take(background, _draw(random, len(background), _BACKGROUND))
    part = take(rows, places)
    values, errors, base = explain_sampled(ask, select(part, named), select(usual, named), named, pairs, seed)
    how = f"{2 * pairs} sampled orders of the features, {2 * pairs * len(named) * places.size:,} rows asked"
    how += f" (not {'; not '.join(whys)})" if whys else ""
    return Attributions(tuple(named), places, values, errors, base, what, how, part)


def _draw(random: np.random.Generator, n: int, most: int) -> Any:
    return np.arange(n) if n <= most else np.sort(random.choice(n, most, replace=False))
