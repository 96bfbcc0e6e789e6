"""Boosted trees on one thread, for metrics that learn from samples of rows; needs `driftline[learn]`."""

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import numpy as np

from driftline.arrays import Floats
from driftline.stats.multivariate import Score


def tell_apart(rows: Floats, labels: Floats, **settings: Any) -> Score:
    """Fit a classifier of rows (n, d) by labels (n,), 0 or 1; it gives the score (m,) of other rows."""
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 - an extra, and slow to import

    model = HistGradientBoostingClassifier(early_stopping=False, random_state=0, **settings)
    return _fit(model, rows, labels, model.decision_function)


def expect(rows: Floats, values: Floats, **settings: Any) -> Score:
    """Fit a regression of values (n,) on rows (n, d); it gives what to expect (m,) of other rows."""
    from sklearn.ensemble import HistGradientBoostingRegressor  # noqa: PLC0415 - an extra, and slow to import

    model = HistGradientBoostingRegressor(early_stopping=False, random_state=0, **settings)
    return _fit(model, rows, values, model.predict)


def _fit(model: Any, rows: Floats, values: Floats, predict: Score) -> Score:
    with _one_thread():
        model.fit(rows, values)

    def score(other: Floats) -> Floats:
        with _one_thread():
            return np.asarray(predict(other), dtype=float)

    return score


def _one_thread() -> AbstractContextManager[Any]:
    """So few rows are slower on several threads, much so where others compute too."""
    context: AbstractContextManager[Any] = _threads().limit(limits=1, user_api="openmp")
    return context


@cache
def _threads() -> Any:
    """The libraries with threads of their own, found once: scikit-learn is loaded by then."""
    from threadpoolctl import ThreadpoolController  # noqa: PLC0415 - an extra's

    return ThreadpoolController()
