"""Reads the settings: file < environment < flag, each mistake told with the place where it was made."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from driftline.config import yaml_lines
from driftline.config.messages import schema_at, sentence, settings, shown
from driftline.config.settings import Config
from driftline.config.yaml_lines import Key
from driftline.errors import ConfigError, suggest_name

_COMMA = re.compile(r",(?![^{\[]*[}\]])")  # not inside of braces or brackets
PREFIX = "DRIFTLINE_"
NOT_SETTINGS = frozenset({"DRIFTLINE_FAST", "DRIFTLINE_TAXI_DATA"})
"""Variables of the prefix that are no settings: how numbers are folded, and where the demo's tests find taxi files."""


def load_config(path: Path | None, environ: Mapping[str, str], flags: Mapping[str, Any]) -> Config:
    """The settings of a run: those of the file, overridden by the environment, overridden by flags.

    Args:
        path: `driftline.yaml`, or None for no file.
        environ: as `os.environ`. `DRIFTLINE_JUDGE__MIN_ROWS=50` sets `judge.min_rows`; lists are separated by commas;
            an empty value takes back what the file says.
        flags: by setting (`target`, `judge.min_rows`); None and `()` mean: not given.

    Raises:
        ConfigError: names file and line, variable or option; the setting; what was expected; the nearest known name.

    >>> load_config(None, {"DRIFTLINE_TARGET": "fare"}, {"target": None, "segments": ("zone",)}).target
    'fare'
    """
    said: dict[Key, Any] = {}
    where: dict[Key, str] = {}
    if path is not None:
        values, where = yaml_lines.read(path)
        if values is not None and not isinstance(values, dict):
            raise ConfigError(f"{where[()]}: expected settings such as 'target: fare', got {shown(values)}")
        said.update(_leaves(values or {}))
    for key, value, place in (*_environment(environ), *_flags(flags)):
        said[key] = value
        where |= {key[:end]: place for end in range(1, len(key) + 1) if end == len(key) or key[:end] not in where}
    try:
        return Config.model_validate(_nested(said), context={"where": where})
    except ValidationError as error:
        lines = [sentence(mistake, where) for mistake in error.errors(include_url=False)]
        raise ConfigError("\n".join(dict.fromkeys(lines))) from None


def _leaves(values: Mapping[str, Any], key: Key = ()) -> Iterator[tuple[Key, Any]]:
    for name, value in values.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*key, name))
        else:
            yield (*key, name), value


def _environment(environ: Mapping[str, str]) -> Iterator[tuple[Key, Any, str]]:
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable in NOT_SETTINGS:
            continue
        parts = variable.removeprefix(PREFIX).split("__")
        column = parts[0].lower() == "columns"
        key = tuple(part if column and at == 1 else part.lower() for at, part in enumerate(parts))
        schema = schema_at(key)
        if schema is None or "properties" in schema or "additionalProperties" in schema:
            known = [PREFIX + "__".join(map(str, each)).upper() for each in settings()]
            raise ConfigError(
                f"{variable}: no setting is set by this environment variable; {suggest_name(variable, known)}"
            )
        text = environ[variable]
        many = [part.strip() for part in _COMMA.split(text)] if schema.get("type") == "array" else text
        yield key, many if text else None, variable


def _flags(flags: Mapping[str, Any]) -> Iterator[tuple[Key, Any, str]]:
    for name, value in flags.items():
        if value is not None and value != ():
            yield tuple(name.split(".")), value, f"option {name!r}"


def _nested(said: Mapping[Key, Any]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for key, value in said.items():
        part: Any = whole
        for name in key[:-1]:
            part = part.setdefault(name, {}) if isinstance(part, dict) else None
        taken_back = (schema_at(key) or {}).get("type") if value is None else None
        if isinstance(part, dict) and taken_back != "array":
            part[key[-1]] = {} if taken_back == "object" else value
    return whole
