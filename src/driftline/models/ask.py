"""One number of a model for each row: what is explained, and what answers of two versions are compared by."""

from collections.abc import Callable
from typing import Any

import numpy as np
from polars.exceptions import PolarsError

from driftline.arrays import Floats
from driftline.errors import InputError
from driftline.models.tables import Table, select

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
        try:
            answers = np.asarray(predict(rows))
        except (ValueError, TypeError, LookupError, AttributeError, RuntimeError, PolarsError) as error:
            raise InputError(f"model: it cannot be asked with these rows: {error}") from error
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
