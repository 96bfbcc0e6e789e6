"""A model from a file or by name: ONNX, a function of your code, or a pickle that you trust."""

import importlib
import os
import pickle
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from driftline.errors import InputError, MissingExtraError

_PICKLES = {".pkl", ".pickle", ".joblib"}
_NUMBERS = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(int64)": np.int64}
_LARGEST = 2_000_000_000


def load_model(where: str | os.PathLike[str], *, unpickle: bool = False, classes: Sequence[Any] | None = None) -> Any:
    """The model in a file, or the one that code of yours has: for whatever takes a model.

    Args:
        where: a file `.onnx`; a file `.pkl`, `.pickle` or `.joblib`; or `package.module:name` of an estimator, or of a
            function of a frame.
        unpickle: that the file may be unpickled. That runs whatever code its author put into it, so say it only of
            files that you made yourself, or got from whom you trust. ONNX runs no code of a file.
        classes: of a classifier in ONNX that does not name its classes itself, in the order of its probabilities.

    Raises:
        InputError: when there is no such file or name, it holds no model, or it would have to be unpickled.
        MissingExtraError: when ONNX Runtime is not installed (`driftline[onnx]`).

    >>> load_model("statistics:fmean").__name__
    'fmean'
    """
    text = os.fspath(where)
    path = Path(text)
    if path.suffix.lower() == ".onnx":
        return _load_onnx(_existing(path), classes)
    if path.suffix.lower() in _PICKLES:
        return _unpickle(_existing(path), unpickle=unpickle)
    module, colon, name = text.partition(":")
    if not colon or not module or not name:
        raise InputError(f"model {text!r}: expected a file .onnx, .pkl or .joblib, or package.module:name")
    return _import(module, name)


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise InputError(f"model {path}: there is no such file")
    if path.stat().st_size > _LARGEST:
        raise InputError(f"model {path}: it has more than {_LARGEST:,} bytes")
    return path


def _import(module: str, name: str) -> Any:
    try:
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise InputError(f"model {module}:{name}: {error}") from error
    if not (hasattr(found, "predict") or callable(found)):
        raise InputError(f"model {module}:{name}: it is a {type(found).__name__}; expected an estimator or a function")
    return found


def _unpickle(path: Path, *, unpickle: bool) -> Any:
    if not unpickle:
        raise InputError(
            f"model {path}: unpickling runs whatever code its author put into the file; if you trust it, say so with "
            "unpickle=True (--unpickle), or save the model as ONNX, which runs no code"
        )
    try:
        if path.suffix.lower() == ".joblib":
            if find_spec("joblib") is None:
                raise MissingExtraError("models of joblib", "learn")
            found = importlib.import_module("joblib").load(path)
        else:
            with path.open("rb") as file:
                found = pickle.load(file)  # noqa: S301 - a person said that the file is trusted
    except (pickle.UnpicklingError, EOFError, ImportError, AttributeError, IndexError, KeyError, ValueError) as error:
        raise InputError(f"model {path}: it cannot be unpickled: {type(error).__name__}: {error}") from error
    if not (hasattr(found, "predict") or callable(found)):
        raise InputError(f"model {path}: it holds a {type(found).__name__}; expected an estimator or a function")
    return found


def _load_onnx(path: Path, classes: Sequence[Any] | None) -> "OnnxModel":
    if find_spec("onnxruntime") is None:
        raise MissingExtraError("models in ONNX", "onnx")
    runtime = importlib.import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.log_severity_level = 4  # what goes wrong is raised
    try:
        session = runtime.InferenceSession(os.fspath(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        if type(error).__module__.startswith("onnxruntime"):  # its errors have no base of their own
            raise InputError(f"model {path}: it is no model that ONNX Runtime can read: {error}") from error
        raise
    if len(session.get_outputs()) > 1:
        return OnnxClassifier(session, path, classes)
    return OnnxModel(session, path)


class OnnxModel:
    """A model in ONNX as an estimator: `predict` of a frame or a matrix.

    It has one input for all columns (n, d), or one for each column (n, 1), which then bear its names.
    """

    def __init__(self, session: Any, path: Path) -> None:
        self._session, self._path = session, path
        self._inputs = session.get_inputs()
        if len(self._inputs) > 1:
            self.feature_names_in_ = np.array([part.name for part in self._inputs], object)
            self.n_features_in_ = len(self._inputs)
        elif isinstance(width := self._inputs[0].shape[-1], int):
            self.n_features_in_ = width

    def predict(self, rows: Any) -> np.ndarray:
        """The first output (n,) of the model: numbers, or classes."""
        answers = np.asarray(self._run(rows)[0])
        return answers[:, 0] if answers.ndim == 2 and answers.shape[1] == 1 else answers

    def _run(self, rows: Any) -> list[Any]:
        if len(self._inputs) == 1:
            matrix = rows.to_numpy() if hasattr(rows, "to_numpy") else np.asarray(rows)
            feed = {self._inputs[0].name: self._convert(matrix, self._inputs[0].type)}
        else:
            feed = {p.name: self._convert(rows[p.name].to_numpy(), p.type).reshape(-1, 1) for p in self._inputs}
        try:
            found: list[Any] = self._session.run(None, feed)
        except Exception as error:
            if type(error).__module__.startswith("onnxruntime"):  # its errors have no base of their own
                raise ValueError(f"{self._path}: {error}") from error
            raise
        return found

    @staticmethod
    def _convert(values: np.ndarray, kind: str) -> np.ndarray:
        if kind == "tensor(string)":
            return np.asarray(values, object).astype(str).astype(object)
        return np.asarray(values, _NUMBERS.get(kind, np.float32))


class OnnxClassifier(OnnxModel):
    """A classifier in ONNX: classes, and probabilities (n, classes) in the order of `classes_`."""

    def __init__(self, session: Any, path: Path, classes: Sequence[Any] | None) -> None:
        super().__init__(session, path)
        label, shares = session.get_outputs()[:2]
        width = shares.shape[-1] if shares.shape else None
        if classes is None and label.type == "tensor(int64)" and isinstance(width, int):
            classes = range(width)
        if classes is None and "map" in shares.type and len(self._inputs) == 1:
            columns = getattr(self, "n_features_in_", 1)
            classes = list(self._run(np.zeros((1, columns)))[1][0])
        if classes is None:
            raise InputError(f"model {path}: it does not name its classes; say them with classes=")
        self.classes_ = np.asarray(list(classes))

    def predict_proba(self, rows: Any) -> np.ndarray:
        """Probabilities (n, classes)."""
        shares = self._run(rows)[1]
        if isinstance(shares, list):
            names = self.classes_.tolist()
            return np.array([[row[name] for name in names] for row in shares], np.float64).reshape(-1, len(names))
        return np.asarray(shares, np.float64)
