"""A model's answers: one number a row, and what they are with all features and without one."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from driftline import humanize
from driftline.arrays import Floats, Integers
from driftline.errors import InputError
from driftline.models.tables import Table, codes, replace_column, select, take
from driftline.models.truth import Truth

_LEAF = 30
_REPEATS = 5
_SHOWN = 10
Ask = Callable[[Table], Floats]


def list_features(model: Any, rows: Table, features: list[str] | None) -> list[str]:
    """The columns that a model is given: as stated, else those that it names itself, else all.

    Raises:
        InputError: when the rows lack one, or the model wants another number of them.
    """
    own = getattr(model, "feature_names_in_", None)
    named = list(features) if features is not None else list(rows.columns if own is None else own)
    if lacking := [name for name in named if name not in rows.columns]:
        raise InputError(f"rows: the model wants columns that they lack: {', '.join(map(str, lacking))[:300]}")
    if own is not None and sorted(named) == sorted(map(str, own)):
        named = list(own)  # in the order in which the model was given them
    elif own is not None:
        raise InputError(
            f"model: it was fitted on columns {humanize.listing([str(name) for name in own], _SHOWN)}, and given are "
            f"{humanize.listing(named, _SHOWN)}; give it the columns of its own schema, or fit it anew"
        )
    wanted = getattr(model, "n_features_in_", None)
    if wanted is not None and wanted != len(named):
        raise InputError(
            f"model: it was fitted on {wanted} columns, and {len(named)} are given; name them in order with features="
        )
    return [str(name) for name in named]


def as_input(model: Any, rows: Table, features: list[str]) -> Any:
    """What the model is given: a frame of its features; a matrix where it was fitted on one."""
    inputs = select(rows, features)
    plain = hasattr(model, "n_features_in_") and not hasattr(model, "feature_names_in_")
    return inputs.to_numpy() if plain else inputs


def ask_model(predict: Callable[[Any], Any], inputs: Any) -> Any:
    """What a model answers.

    Raises:
        InputError: when it fails, whatever it raises.
    """
    try:
        return predict(inputs)
    except Exception as error:  # of other people's models errors have no base of their own
        raise InputError(f"model: it cannot be asked with these rows: {error or type(error).__name__}") from error


def find_class(model: Any, positive: Any) -> int | None:
    """The place of the class that is asked about; None of a model without classes.

    Raises:
        InputError: when there is no such class, or it has to be named.
    """
    classes = getattr(model, "classes_", None)
    if classes is None:
        return None
    known = list(np.asarray(classes).tolist())
    if positive is None and len(known) > 2:
        raise InputError(f"positive: name the class to ask about; the model has {', '.join(map(repr, known[:10]))}")
    if positive is not None and positive not in known:
        raise InputError(f"positive: the model has no class {positive!r}; it has {', '.join(map(repr, known[:10]))}")
    return len(known) - 1 if positive is None else known.index(positive)


def find_number(model: Any, features: list[str], positive: Any) -> tuple[Ask, str]:
    """What asks a model for one number a row, and the name of that number.

    It is the probability of the positive class where the model gives one, else its answer.

    Raises:
        InputError: when it is no model, or later when it cannot be asked, or does not give a finite number a row.
    """
    at = find_class(model, positive)
    if at is not None and hasattr(model, "predict_proba"):
        return _checked(lambda rows: model.predict_proba(as_input(model, rows, features))[:, at]), (
            f"probability of {np.asarray(model.classes_).tolist()[at]}"
        )
    predict = model.predict if hasattr(model, "predict") else model
    if not callable(predict):
        raise InputError("model: expected an estimator with predict, or a function of a frame")
    return _checked(lambda rows: predict(as_input(model, rows, features))), "answer"


def _checked(predict: Callable[[Table], Any]) -> Ask:
    def ask(rows: Table) -> Floats:
        answers = np.asarray(ask_model(predict, rows))
        if answers.shape == (len(rows), 1):
            answers = answers[:, 0]
        if answers.shape != (len(rows),) or answers.dtype.kind not in "iufb":
            raise InputError(
                f"model: expected one number a row, ({len(rows)},), not {answers.shape} of {answers.dtype}; give a "
                "function that returns the probability of a class"
            )
        numbers: Floats = answers.astype(np.float64)
        if not np.isfinite(numbers).all():
            raise InputError(f"model: {int((~np.isfinite(numbers)).sum())} of its answers are not finite numbers")
        return numbers

    return ask


class Refitted:
    """Answers out of fold, each fold by a model that is fitted on the others."""

    def __init__(self, model: Any, inputs: Table, truth: Truth, folds: int, seed: int) -> None:
        if not (hasattr(model, "fit") and hasattr(model, "predict")):
            raise InputError("model: it has no fit and predict; give refit=False to ask it as it is")
        if not 2 <= folds <= truth.target.size // 10:
            raise InputError(f"folds: {folds} is not between 2 and a tenth of the rows ({truth.target.size // 10})")
        self.how = f"refitted with the column held at one value, {folds} folds"
        self._model, self._inputs, self._truth = model, inputs, truth
        order = np.random.default_rng(seed).permutation(truth.target.size)
        self.parts: list[Integers] | None = [np.sort(part) for part in np.array_split(order, folds)]

    def answers(self, without: str | None) -> np.ndarray:
        """The answer (n,) of each row, without a feature or with all."""
        inputs, target = self._inputs, self._truth.target
        if without is not None:
            inputs = replace_column(inputs, without, np.full(target.size, _typical(inputs, without)))
        found: list[np.ndarray] = []
        for part in self.parts or ():
            rest = np.setdiff1d(np.arange(target.size), part)
            fitted = _clone(self._model)
            try:
                fitted.fit(take(inputs, rest), target[rest])
                found.append(np.asarray(fitted.predict(take(inputs, part))))
            except Exception as error:  # as in `ask_model`
                which = f" without {without!r}" if without else ""
                raise InputError(f"model: it cannot be fitted on these rows{which}: {error}") from error
        answers = np.empty(target.size, np.result_type(*found))
        for part, own in zip(self.parts or (), found, strict=True):
            answers[part] = own
        return answers


class AsItIs:
    """Answers of the model as it is, with a feature's values permuted among rows that are alike."""

    def __init__(self, model: Any, inputs: Table, seed: int) -> None:
        self.how = f"the model as it is, values permuted among rows that are alike, {_REPEATS} times"
        self.parts: list[Integers] | None = None
        self._model, self._predict = model, model.predict if hasattr(model, "predict") else model
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
        answers = np.asarray(ask_model(self._predict, as_input(self._model, inputs, list(inputs.columns))))
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
