"""Driftline watches machine-learning models in production: rare, right and explained verdicts."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from driftline.client.logger import Logger as Logger
    from driftline.config.settings import Config as Config
    from driftline.errors import ConfigError as ConfigError
    from driftline.errors import DriftlineError as DriftlineError
    from driftline.errors import InputError as InputError
    from driftline.metrics.base import distance as distance
    from driftline.metrics.base import level as level
    from driftline.monitor import Monitor as Monitor
    from driftline.monitor import check as check
    from driftline.types import Estimate as Estimate
    from driftline.types import Level as Level
    from driftline.types import Verdict as Verdict
    from driftline.verdicts.result import Finding as Finding
    from driftline.verdicts.result import Result as Result

    __version__: str

_HOMES = {
    "Config": "config.settings",
    "ConfigError": "errors",
    "DriftlineError": "errors",
    "Estimate": "types",
    "Finding": "verdicts.result",
    "InputError": "errors",
    "Level": "types",
    "Logger": "client.logger",
    "Monitor": "monitor",
    "Result": "verdicts.result",
    "Verdict": "types",
    "check": "monitor",
    "distance": "metrics.base",
    "level": "metrics.base",
}
__all__ = sorted([*_HOMES, "__version__"])  # noqa: PLE0605 - the one list of names is the map above


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("importlib.metadata").version("driftline")
    if name in _HOMES:
        return getattr(import_module(f"driftline.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'driftline' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*_HOMES, "__version__"]
