"""What a model loses if a feature may no longer be used: in performance, and in how it treats groups."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import stdtrit

from driftline import humanize
from driftline.arrays import Floats, Integers
from driftline.errors import InputError
from driftline.models.tables import Table, check_table, codes, labels, replace_column, select, take

if TYPE_CHECKING:
    import polars as pl

_FEWEST = 100
_DRAWS = 400
_LEAF = 30
_REPEATS = 5


@dataclass(frozen=True, slots=True)
class Change:
    """A number with the feature and without it, and the change with its 95 % interval.

    `of` is what the number is: `mean absolute error`, `accuracy`, or the gap between groups of a protected attribute.
    """

    of: str
    unit: str
    having: float
    lacking: float
    change: float
    low: float
    high: float

    def __str__(self) -> str:
        """The change in a few words.

        >>> print(Change("accuracy", "share", 0.9, 0.85, -0.05, -0.07, -0.03))
        accuracy 90.0% → 85.0% (-5.0 points [-7.0, -3.0])
        """
        was, now = (humanize.quantity(part, self.unit) for part in (self.having, self.lacking))
        if self.unit == "share":
            change, low, high = (f"{100 * part:+.1f}" for part in (self.change, self.low, self.high))
            return f"{self.of} {was} → {now} ({change} points [{low}, {high}])"
        return f"{self.of} {was} → {now} ({self.change:+.3g} {humanize.interval(self.low, self.high, self.unit)})"


@dataclass(frozen=True, slots=True)
class WithdrawnFeature:
    """One feature: what becomes of the performance and of the gap of each protected attribute without it."""

    feature: str
    performance: Change
    gaps: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Withdrawals:
    """All features, the one whose loss costs most first; `how` says how each was withdrawn."""

    how: str
    features: tuple[WithdrawnFeature, ...] = field(default=())

    def __iter__(self) -> Iterator[WithdrawnFeature]:
        return iter(self.features)

    def __len__(self) -> int:
        return len(self.features)

    def __str__(self) -> str:
        lines = [f"Without a feature ({self.how}):"]
        for one in self.features:
            lines += [f"  {one.feature}: {one.performance}", *(f"    {gap}" for gap in one.gaps)]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    def to_polars(self) -> "pl.DataFrame":
        """One row a feature and number: `feature, of, unit, having, lacking, change, low, high`."""
        import polars as pl  # noqa: PLC0415 - slow to import

        rows = [{"feature": one.feature} | asdict(part) for one in self for part in (one.performance, *one.gaps)]
        return pl.DataFrame(rows)


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
        positive: the class that is an advantage; by default the last in sorted order.
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
    task, inputs = _Task(rows, target, positive), select(rows, given)
    check_table(inputs, chosen)
    groups = {name: labels(rows, name) for name in protected}
    for name, own in groups.items():
        if len(np.unique(own)) < 2:
            raise InputError(f"protected: column {name!r} has one group only; there is no gap to measure")
    ask = _Refitted(model, inputs, task, folds, seed) if refit else _AsItIs(model, inputs, seed)
    having = ask.answers(None)
    made = [_compare(name, task, ask.parts, having, ask.answers(name), groups=groups, seed=seed) for name in chosen]
    made.sort(key=lambda one: -one.performance.change if task.regression else one.performance.change)
    return Withdrawals(ask.how, tuple(made))


class _Task:
    """The target, and what is right, wrong and an advantage."""

    def __init__(self, rows: Table, target: str, positive: Any) -> None:
        values = np.asarray(rows[target].to_numpy())
        missing = np.isnan(values) if values.dtype.kind == "f" else np.array([value is None for value in values])
        if missing.any():
            raise InputError(
                f"target {target!r} has {humanize.count(int(missing.sum()), 'missing value')}; leave those rows out"
            )
        if values.size < _FEWEST:
            raise InputError(f"rows: {values.size} are too few to say; at least {_FEWEST} are needed")
        distinct = np.unique(values)
        if len(distinct) < 2:
            raise InputError(f"target {target!r} is {distinct[0]} in all rows; there is nothing to predict")
        self.regression = values.dtype.kind == "f" or (values.dtype.kind in "iu" and len(distinct) > 20)
        self.target = values
        self.positive = distinct[-1] if positive is None else positive
        if not self.regression and self.positive not in distinct:
            known = ", ".join(map(repr, distinct[:10].tolist()))
            raise InputError(f"positive: the target has no class {self.positive!r}; it has {known}")
        self.name, self.unit = ("mean absolute error", "") if self.regression else ("accuracy", "share")

    def scores(self, answers: np.ndarray) -> Floats:
        """What counts of each row (n,): the absolute error, or 1 where the answer is right."""
        if self.regression:
            errors: Floats = np.abs(answers.astype(np.float64) - self.target)
            return errors
        return np.array(answers == self.target, np.float64)

    def gap_of(self, answers: np.ndarray) -> Floats:
        """Whose mean is compared between groups (n,): the error, or 1 where the answer is the advantage."""
        return self.scores(answers) if self.regression else np.array(answers == self.positive, np.float64)


class _Refitted:
    """Answers out of fold, each fold by a model that is fitted on the others."""

    def __init__(self, model: Any, inputs: Table, task: _Task, folds: int, seed: int) -> None:
        if not (hasattr(model, "fit") and hasattr(model, "predict")):
            raise InputError("model: it has no fit and predict; give refit=False to ask it as it is")
        if not 2 <= folds <= task.target.size // 10:
            raise InputError(f"folds: {folds} is not between 2 and a tenth of the rows ({task.target.size // 10})")
        self.how = f"refitted with the column held at one value, {folds} folds"
        self._model, self._inputs, self._task = model, inputs, task
        order = np.random.default_rng(seed).permutation(task.target.size)
        self.parts: list[Integers] | None = [np.sort(part) for part in np.array_split(order, folds)]

    def answers(self, without: str | None) -> np.ndarray:
        """The answer (n,) of each row, without a feature or with all."""
        inputs, target = self._inputs, self._task.target
        if without is not None:
            inputs = replace_column(inputs, without, np.full(target.size, _typical(inputs, without)))
        found: list[np.ndarray] = []
        for part in self.parts or ():
            rest = np.setdiff1d(np.arange(target.size), part)
            fitted = _clone(self._model)
            try:
                fitted.fit(take(inputs, rest), target[rest])
                found.append(np.asarray(fitted.predict(take(inputs, part))))
            except (ValueError, TypeError) as error:
                which = f" without {without!r}" if without else ""
                raise InputError(f"model: it cannot be fitted on these rows{which}: {error}") from error
        answers = np.empty(target.size, np.result_type(*found))
        for part, own in zip(self.parts or (), found, strict=True):
            answers[part] = own
        return answers


class _AsItIs:
    """Answers of the model as it is, with a feature's values permuted among rows that are alike."""

    def __init__(self, model: Any, inputs: Table, seed: int) -> None:
        self.how = f"the model as it is, values permuted among rows that are alike, {_REPEATS} times"
        self.parts: list[Integers] | None = None
        self._predict = model.predict if hasattr(model, "predict") else model
        if not callable(self._predict):
            raise InputError("model: expected an estimator with predict, or a function of a frame")
        self._inputs, self._random = inputs, np.random.default_rng(seed)
        self._codes = {name: codes(inputs, name) for name in inputs.columns}

    def answers(self, without: str | None) -> np.ndarray:
        """The answers (repeats, n), or (1, n) with all features."""
        if without is None:
            return self._ask(self._inputs)[None]
        alike = _find_alike(self._codes, without)
        made = [replace_column(self._inputs, without, self._permute(alike)) for _ in range(_REPEATS)]
        return np.stack([self._ask(inputs) for inputs in made])

    def _permute(self, alike: Integers) -> Integers:
        order = np.argsort(alike, kind="stable")
        mixed = order[np.lexsort((self._random.random(alike.size), alike[order]))]
        places = np.empty(alike.size, np.int64)
        places[order] = mixed
        return places

    def _ask(self, inputs: Table) -> np.ndarray:
        try:
            answers = np.asarray(self._predict(inputs))
        except (ValueError, TypeError) as error:
            raise InputError(f"model: it cannot be asked with these rows: {error}") from error
        if answers.shape != (len(inputs),):
            raise InputError(f"model: expected one answer a row, ({len(inputs)},), not {answers.shape}")
        return answers


def _clone(model: Any) -> Any:
    if hasattr(model, "get_params"):
        from sklearn.base import clone  # noqa: PLC0415 - an extra, and slow to import

        return clone(model)
    return copy.deepcopy(model)


def _typical(rows: Table, name: str) -> int:
    """The place of a row with the middle number, or the most frequent label, of a column."""
    values = codes(rows, name)
    known = np.flatnonzero(np.isfinite(values))
    if not known.size:
        return 0
    if np.asarray(rows[name].to_numpy()).dtype.kind in "iufmM":
        return int(known[np.argsort(values[known], kind="stable")[known.size // 2]])
    found, first, counts = np.unique(values[known], return_index=True, return_counts=True)
    return int(known[first[int(np.argmax(counts))]]) if found.size else 0


def _find_alike(columns: dict[str, np.ndarray], name: str) -> Integers:
    """A number (n,) for each row: that of its leaf in a tree that tells this column from the others."""
    from sklearn.tree import DecisionTreeRegressor  # noqa: PLC0415 - an extra, and slow to import

    others = [values for key, values in columns.items() if key != name]
    own = np.nan_to_num(columns[name])
    if not others:
        return np.zeros(own.size, np.int64)
    tree = DecisionTreeRegressor(min_samples_leaf=_LEAF, random_state=0)
    beside = np.nan_to_num(np.stack(others, axis=1))
    return np.asarray(tree.fit(beside, own).apply(beside), np.int64)


def _compare(  # noqa: PLR0913 - each is a fact of its own
    name: str,
    task: _Task,
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

    with_it, without = mean(task.scores, having), mean(task.scores, lacking)
    apart = without - with_it
    if parts is None:
        half = float(stdtrit(apart.size - 1, 0.975) * apart.std(ddof=1) / np.sqrt(apart.size))
    else:
        folds = np.array([apart[part].mean() for part in parts])
        share = 1 / len(parts) + 1 / (len(parts) - 1)  # rows to test on, as a share of those to fit on
        half = float(stdtrit(len(parts) - 1, 0.975) * folds.std(ddof=1) * np.sqrt(share))
    change = float(apart.mean())
    performance = Change(
        task.name, task.unit, float(with_it.mean()), float(without.mean()), change, change - half, change + half
    )
    both = mean(task.gap_of, having), mean(task.gap_of, lacking)
    return WithdrawnFeature(
        name, performance, tuple(_measure_gap(of, own, both, task, seed) for of, own in groups.items())
    )


def _measure_gap(name: str, groups: np.ndarray, both: tuple[Floats, Floats], task: _Task, seed: int) -> Change:
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
    of = f"gap by {name} in the {'mean absolute error' if task.regression else f'share answered {task.positive}'}"
    return Change(of, task.unit, was, now, now - was, min(low, now - was), max(high, now - was))
