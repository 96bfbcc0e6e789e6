"""The one door for parts: built-in files and third parties' entry points are found alike, by name.

A part is an object named like its file: `driftline/metrics/psi.py` holds `psi`, and a class
is its name in capitals: `driftline/sketches/bins.py` holds `Bins`. A third party's package declares an
entry point in the group `driftline.metrics` (or `rules`, `engines`, `stores`, `sources`, `sinks`, `report`).
"""

import importlib
import pkgutil
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any

from driftline.errors import ConfigError


@cache
def names(group: str) -> tuple[str, ...]:
    """Names of all parts of a group, sorted, without loading them.

    >>> "sqlite" in names("stores")
    True
    """
    package = importlib.import_module(f"driftline.{group}")
    own = {module.name for module in pkgutil.iter_modules(package.__path__) if not module.name.startswith("_")}
    theirs = {entry.name for entry in entry_points(group=f"driftline.{group}")}
    if both := own & theirs:
        raise ConfigError(f"{group}: {sorted(both)} exist twice; an entry point may not take a built-in part's name")
    return tuple(sorted(own | theirs))


@cache
def find(group: str, name: str) -> Any:
    """The part of that name.

    Raises:
        ConfigError: when there is none, with the nearest name.

    >>> find("metrics", "psi").name
    'psi'
    """
    if name not in names(group):
        near = get_close_matches(name, names(group), n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(names(group))}"
        raise ConfigError(f"no {group} part is called {name!r}; {hint}")
    for entry in entry_points(group=f"driftline.{group}"):
        if entry.name == name:
            return entry.load()
    module = importlib.import_module(f"driftline.{group}.{name}")
    return getattr(module, name, None) or getattr(module, name.title().replace("_", ""))


@cache
def every(group: str) -> Mapping[str, Any]:
    """All parts of a group by name, loaded."""
    return MappingProxyType({name: find(group, name) for name in names(group)})
