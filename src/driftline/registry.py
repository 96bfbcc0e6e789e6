"""The one door for parts: built-in files and third parties' entry points are found alike, by name.

A part is an object named like its file: `metrics/psi.py` holds `psi`, and a class is its name in capitals:
`profiles/sketches/bins.py` holds `Bins`. A module named `base` or `base_…` is no part. A third party's package declares
an entry point in the group `driftline.metrics` (or another key of `PACKAGES`), under the part's own name. A person's
own module is loaded when the settings name it (`plugins`), once for the whole process; nothing is ever imported for
lying in the current folder.
"""

import importlib
import pkgutil
import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Any

from driftline.errors import ConfigError, suggest_name

PACKAGES = {
    "metrics": "metrics",
    "sketches": "profiles.sketches",
    "engines": "profiles.engines",
    "sources": "data.sources",
    "transforms": "data.transforms",
    "detectors": "stats.detectors",
    "rules": "verdicts.rules",
    "stores": "stores.backends",
    "sinks": "alerts.sinks",
    "formats": "report.formats",
    "commands": "cli.commands",
    "exports": "cli.exports",
    "feeds": "server.feeds",
    "logs": "server.logs",
    "pages": "server.http.pages",
    "views": "dashboard.views",
}
"""Where the parts of each group lie. The group's name is public: it is that of the entry points."""
_BROKEN = (ImportError, SyntaxError, AttributeError, NameError, TypeError, ValueError, LookupError, OSError)
"""What goes wrong while a third party's module is imported, and is told in a sentence."""
_MARKED = frozenset({"metrics", "sketches", "transforms", "detectors"})
_loaded: dict[str, dict[str, Any]] = {}
_modules: dict[str, None] = {}


@cache
def names(group: str) -> tuple[str, ...]:
    """Names of all parts of a group, sorted, without loading them.

    >>> "sqlite" in names("stores")
    True
    """
    package = importlib.import_module(f"driftline.{PACKAGES[group]}")
    own = {module.name for module in pkgutil.iter_modules(package.__path__) if not module.name.startswith("base")}
    theirs = [entry.name for entry in {(entry.name, entry.value): entry for entry in _entries(group)}.values()]
    theirs += _loaded.get(group, {})
    if twice := {name for name in theirs if name in own or theirs.count(name) > 1}:
        raise ConfigError(f"{group}: {sorted(twice)} exist twice; a part may not take another one's name")
    return tuple(sorted({*own, *theirs}))


@cache
def find(group: str, name: str) -> Any:
    """The part of that name.

    Raises:
        ConfigError: when there is none, with the nearest name.

    >>> find("metrics", "psi").name
    'psi'
    """
    if name not in names(group):
        raise ConfigError(f"no {group} part is called {name!r}; {suggest_name(name, names(group))}")
    if name in (loaded := _loaded.get(group, {})):
        return loaded[name]
    for entry in _entries(group):
        if entry.name == name:
            return _entered(group, entry)
    module = importlib.import_module(f"driftline.{PACKAGES[group]}.{name}")
    return getattr(module, name, None) or getattr(module, name.title().replace("_", ""))


@cache
def every(group: str) -> Mapping[str, Any]:
    """All parts of a group by name, loaded."""
    return MappingProxyType({name: find(group, name) for name in names(group)})


def load(module: str, *, trusted: bool = True) -> None:
    """Import a person's own module and take in the metrics, sketches and transforms that it defines.

    They stay for the whole process; loading a module again does nothing. Without `trusted`, as for a pack that another
    person may have made, nothing is imported: the module must have been loaded before.

    Raises:
        ConfigError: when it cannot be imported, defines no part, or a part takes the name of another one.
    """
    if module in _modules:
        return
    if not re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", module):
        raise ConfigError(f"{module!r} is no name of a module; write it as in an import, such as my_package.my_metrics")
    if not trusted:
        raise ConfigError(
            f"the pack uses the plugin {module!r}, whose code would run; if you trust it, name it: --plugin {module}, "
            f"or Monitor.load(PACK, plugins=[{module!r}])"
        )
    parts = _defined(_imported(module), module)
    for (group, name), part in list(parts.items()):
        if name in names(group):
            if find(group, name) is not part:
                raise ConfigError(f"{module}: {name!r} is a part of {group} already; give yours another name")
            del parts[group, name]
    for (group, name), part in parts.items():
        _loaded.setdefault(group, {})[name] = part
    _modules[module] = None
    for cached in (names, find, every, _all_entries):
        cached.cache_clear()


def _imported(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise ConfigError(f"the module {module!r} cannot be imported: {error}") from error
        raise ConfigError(
            f"there is no module {module!r}; install its package, or put its folder on PYTHONPATH "
            "(the current folder is not searched)"
        ) from error
    except _BROKEN as error:
        raise ConfigError(f"the module {module!r} cannot be imported: {type(error).__name__}: {error}") from error


def _defined(found: Any, module: str) -> dict[tuple[str, str], Any]:
    """The parts that a module, or one below it, defines; those that it only imports are left out."""
    parts = {}
    for part in vars(found).values():
        group, home = getattr(part, "GROUP", None), getattr(getattr(part, "function", part), "__module__", None)
        if group in _MARKED and f"{home}.".startswith(f"{module}."):
            parts[group, _own_name(part)] = part
    if not parts:
        raise ConfigError(f"the module {module!r} defines no metric, sketch or transform; is it the right one?")
    return parts


def _own_name(part: Any) -> str:
    """A metric's name, or that of a class as its file would be named."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", part.__name__).lower() if isinstance(part, type) else str(part.name)


def _entries(group: str) -> tuple[EntryPoint, ...]:
    return _all_entries()[group]


@cache
def _all_entries() -> Mapping[str, tuple[EntryPoint, ...]]:
    """The entry points of all installed packages by group: read once, for each package has a file of them."""
    points = entry_points()
    return {group: tuple(points.select(group=f"driftline.{group}")) for group in PACKAGES}


def _entered(group: str, entry: EntryPoint) -> Any:
    """The part of an entry point, held against its group and name."""
    package = entry.dist.name if entry.dist else entry.value
    said = f"the entry point {entry.name!r} of {package} (driftline.{group})"
    try:
        part = entry.load()
    except _BROKEN as error:
        raise ConfigError(f"{said} cannot be loaded: {type(error).__name__}: {error}") from error
    if group in _MARKED and getattr(part, "GROUP", None) != group:
        raise ConfigError(f"{said} is a {type(part).__name__}, which is no part of {group}")
    if group in _MARKED and _own_name(part) != entry.name:
        raise ConfigError(f"{said} must be named {_own_name(part)!r}, as the part itself")
    return part
