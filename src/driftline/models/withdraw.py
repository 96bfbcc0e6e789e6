"""What a model loses if a feature may no longer be used: in performance, and in how it treats groups."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
import scipy

from driftline.arrays import Floats, Integers
from driftline.errors import InputError
from driftline.models.answers import AsItIs, Refitted
from driftline.models.tables import Table, check_table, labels, select
from driftline.models.truth import Truth
from driftline.models.withdrawals import Change, Withdrawals, WithdrawnFeature

_DRAWS = 400


def withdraw_features(  # noqa: PLR0913 - each is a fact of its own
    model: Any,
    rows: Table,
    *,
    target: str,
    features: Sequence[str] | None = None,
    withdraw: Sequence[str] | None = None,
    protected: Sequence[str] = (),
    positive: Any = None,
    refit: bool = True,
    folds: int = 10,
    seed: int = 0,
) -> Withdrawals:
    """What the model's performance and fairness become if one of its features may no longer be used.

    Args:
        model: an estimator such as scikit-learn's, with `fit` and `predict` (a pipeline included); with `refit=False`
            one that is fitted, or a function of a frame that gives predictions (rows,).
        rows: a DataFrame of pandas or Polars with features and target; at least 100 rows.
        target: its column; numbers make it a regression, anything else (whole numbers of at most 20 values included)
            a classification.
        features: the columns that the model is given; by default all but the target and those that are protected.
        withdraw: those to withdraw, one at a time; by default all features.
        protected: columns between whose groups the gap is taken: of classes in the share that is answered `positive`,
            of a regression in the mean absolute error. They need not be features.
        positive: the class that is an advantage; of two by default the last in sorted order.
        refit: fit anew without the feature, in `folds` folds; else the feature's values are permuted among rows that
            the other features make alike, which asks the model as it is.
        folds: how many; more are slower and give narrower intervals.
        seed: of folds, permutations and draws.

    Returns:
        All features, the one whose loss costs most first. Mean absolute error, or accuracy, of rows that the model was
        not fitted on (with `refit=False`: of the rows given).

    Raises:
        InputError: when a column is not there, a target is missing, there are too few rows, or the model cannot be
            fitted or asked.

    A withdrawn feature is held at one value when fitting and predicting, so that a pipeline that names its columns
    stays as it is. With `refit`, the interval is that of Nadeau & Bengio (2003) over the folds, which allows for
    training rows that they share; without, Student's over the rows. Gaps have a bootstrap interval over rows (400
    draws). Rows are taken to be independent. Source: Nadeau & Bengio (2003); Strobl et
    al. (2008) for the conditional permutation. Needs `driftline[learn]`.

    >>> import numpy as np, polars as pl
    >>> from sklearn.linear_model import LinearRegression
    >>> random = np.random.default_rng(0)
    >>> rows = pl.DataFrame({name: random.normal(size=500) for name in ("far", "idle")})
    >>> rows = rows.with_columns(minutes=3 * rows["far"] + random.normal(size=500))
    >>> table = withdraw_features(LinearRegression(), rows, target="minutes")
    >>> [(one.feature, round(one.performance.change, 1)) for one in table]
    [('far', 1.8), ('idle', -0.0)]
    """
    if find_spec("sklearn") is None:
        raise InputError("withdraw_features needs scikit-learn: pip install 'driftline[learn]'")
    check_table(rows, [target, *protected, *(features or ())])
    given = [name for name in rows.columns if name not in {target, *protected}] if features is None else list(features)
    chosen = given if withdraw is None else list(withdraw)
    truth, inputs = Truth(rows, target, positive), select(rows, given)
    if protected:
        truth.require_advantage(positive)
    check_table(inputs, chosen)
    groups = {name: labels(rows, name) for name in protected}
    for name, own in groups.items():
        if len(np.unique(own)) < 2:
            raise InputError(f"protected: column {name!r} has one group only; there is no gap to measure")
    ask = Refitted(model, inputs, truth, folds, seed) if refit else AsItIs(model, inputs, seed)
    having = ask.answers(None)
    made = [_compare(name, truth, ask.parts, having, ask.answers(name), groups=groups, seed=seed) for name in chosen]
    made.sort(key=lambda one: -one.performance.change if truth.regression else one.performance.change)
    return Withdrawals(ask.how, tuple(made))


def _compare(  # noqa: PLR0913 - each is a fact of its own
    name: str,
    truth: Truth,
    parts: list[Integers] | None,
    having: np.ndarray,
    lacking: np.ndarray,
    *,
    groups: dict[str, np.ndarray],
    seed: int,
) -> WithdrawnFeature:
    def mean(of: Any, answers: np.ndarray) -> Floats:
        made: Floats = np.mean([of(own) for own in answers], axis=0) if parts is None else of(answers)
        return made

    with_it, without = mean(truth.scores, having), mean(truth.scores, lacking)
    apart = without - with_it
    if parts is None:
        half = float(scipy.special.stdtrit(apart.size - 1, 0.975) * apart.std(ddof=1) / np.sqrt(apart.size))
    else:
        folds = np.array([apart[part].mean() for part in parts])
        share = 1 / len(parts) + 1 / (len(parts) - 1)  # rows to test on, as a share of those to fit on
        half = float(scipy.special.stdtrit(len(parts) - 1, 0.975) * folds.std(ddof=1) * np.sqrt(share))
    change = float(apart.mean())
    performance = Change(
        truth.name, truth.unit, float(with_it.mean()), float(without.mean()), change, change - half, change + half
    )
    both = mean(truth.gap_of, having), mean(truth.gap_of, lacking)
    return WithdrawnFeature(
        name, performance, tuple(measure_gap(of, own, both, truth, seed) for of, own in groups.items())
    )


def measure_gap(name: str, groups: np.ndarray, both: tuple[Floats, Floats], truth: Truth, seed: int) -> Change:
    """The largest difference between two groups' means, with the feature and without it."""
    _, group = np.unique(groups, return_inverse=True)

    def gap(values: Floats, weights: Floats) -> float:
        sums, rows = np.bincount(group, weights * values), np.bincount(group, weights)
        means = sums[rows > 0] / rows[rows > 0]
        return float(means.max() - means.min())

    once = np.ones(groups.size)
    was, now = (gap(values, once) for values in both)
    random = np.random.default_rng(seed)
    draws = []
    for _ in range(_DRAWS):
        weights = random.multinomial(groups.size, once / groups.size).astype(np.float64)
        draws.append(gap(both[1], weights) - gap(both[0], weights))
    low, high = np.quantile(draws, [0.025, 0.975]).tolist()
    of = f"gap by {name} in the {'mean absolute error' if truth.regression else f'share answered {truth.positive}'}"
    return Change(of, truth.unit, was, now, now - was, min(low, now - was), max(high, now - was))
