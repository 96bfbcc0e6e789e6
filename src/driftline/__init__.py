"""Driftline watches machine-learning models in production: rare, right and explained verdicts."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from driftline.config import Config as Config
    from driftline.errors import ConfigError as ConfigError
    from driftline.errors import DriftlineError as DriftlineError
    from driftline.errors import InputError as InputError
    from driftline.logger import Logger as Logger
    from driftline.metric import distance as distance
    from driftline.metric import level as level
    from driftline.monitor import Monitor as Monitor
    from driftline.result import Result as Result
    from driftline.types import Estimate as Estimate
    from driftline.types import Level as Level
    from driftline.types import Verdict as Verdict

_HOMES = {
    "Config": "config",
    "ConfigError": "errors",
    "DriftlineError": "errors",
    "Estimate": "types",
    "InputError": "errors",
    "Level": "types",
    "Logger": "logger",
    "Monitor": "monitor",
    "Result": "result",
    "Verdict": "types",
    "distance": "metric",
    "level": "metric",
}
__all__ = sorted(_HOMES)  # noqa: PLE0605 - the one list of names is the map above


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"driftline.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'driftline' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*_HOMES]
