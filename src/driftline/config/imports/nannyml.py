"""The configuration of NannyML's command line (`nannyml.yaml`, `nann.yml`) as settings."""

from collections.abc import Mapping
from typing import Any

from driftline.config.imports.imported import Imported, name_of
from driftline.errors import ConfigError

_ROLES = {
    "y_true": "target", "y_pred": "prediction", "y_pred_proba": "score", "timestamp": "timestamp", "identifier": "id",
}  # fmt: skip
_TASKS = {"regression": "regression", "classification_binary": "binary", "classification_multiclass": "multiclass"}
_PERIODS = {"H": "1h", "h": "1h", "D": "1d", "W": "1w"}
_ELSEWHERE = {
    "output": "name a store with --store, and reports with --html or --json",
    "store": "the pack keeps what was fitted",
    "scheduling": "your scheduler calls driftline",
    "ignore_errors": "what cannot be judged is told, and the rest goes on",
}


def take_over(document: Mapping[str, Any]) -> Imported:
    """The settings that say what a configuration says; of the rest the key and why.

    Args:
        document: the configuration, with its `column_mapping`.

    Raises:
        ConfigError: when the mapping is none.

    >>> found = take_over({"column_mapping": {"y_true": "paid", "y_pred": "answer"}, "chunker": {"chunk_period": "D"}})
    >>> found.settings
    {'target': 'paid', 'prediction': 'answer', 'stream.every': '1d'}
    """
    settings, left = dict[str, str](), list[str]()
    for name, value in document.items():
        if name in _SECTIONS:
            found, rest = _SECTIONS[name](value)
            settings |= found
            left += rest
        else:
            left.append(f"{name}: {_ELSEWHERE.get(name, 'no setting of Driftline')}")
    return Imported((), tuple(left), settings)


_Taken = tuple[dict[str, str], list[str]]


def _take_columns(value: Any) -> _Taken:
    settings, left = dict[str, str](), list[str]()
    for name, column in _object(value, "column_mapping").items():
        if name == "features":
            left.append("column_mapping.features: every column is watched; leave one out with --ignore")
        elif name == "y_pred_proba" and isinstance(column, dict):
            left.append("column_mapping.y_pred_proba: of several classes the probability of the answer is the score")
        elif name not in _ROLES:
            left.append(f"column_mapping.{name}: no column of Driftline's")
        else:
            settings[_ROLES[name]] = _named(column, f"column_mapping.{name}")
    return settings, left


def _take_input(value: Any) -> _Taken:
    labels = value.get("target_data") if isinstance(value, dict) else None
    joined = labels.get("join_column") if isinstance(labels, dict) else None
    settings = {} if joined is None else {"id": _named(joined, "input.target_data.join_column")}
    return settings, ["input: name the files on the command line"]


def _take_chunker(value: Any) -> _Taken:
    period = _object(value, "chunker").get("chunk_period")
    if period in _PERIODS:
        return {"stream.every": _PERIODS[period]}, []
    return {}, ["chunker: windows are spans of time, such as 1h, 1d or 1w: --every"]


def _take_task(value: Any) -> _Taken:
    if value not in _TASKS:
        raise ConfigError(f"problem_type: expected {', '.join(_TASKS)}")
    return {"model.task": _TASKS[value]}, []


_SECTIONS = {
    "column_mapping": _take_columns, "input": _take_input, "chunker": _take_chunker, "problem_type": _take_task,
}  # fmt: skip


def _object(value: Any, key: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{key}: expected settings below it")
    return value


def _named(value: Any, key: str) -> str:
    try:
        return name_of(value)
    except ConfigError as error:
        raise ConfigError(f"{key}: {error}") from None
