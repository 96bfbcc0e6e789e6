"""What a file of another tool becomes: checks and settings, and what of it has neither."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from driftline.errors import ConfigError


class Imported(NamedTuple):
    """What was taken over.

    Args:
        checks: lines for `checks:`.
        left: what of the file was not taken over, each with its reason.
        settings: values by setting, such as `target` or `model.task`.
        kinds: `COLUMN=KIND` of columns.
    """

    checks: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    settings: Mapping[str, str] = {}
    kinds: tuple[str, ...] = ()


def read_object(path: Path) -> dict[str, Any]:
    """The object that a JSON or YAML file holds.

    Raises:
        ConfigError: when the file cannot be read, or holds none.
    """
    form = "YAML" if path.suffix.lower() in {".yml", ".yaml"} else "JSON"
    try:
        text = path.read_text("utf-8-sig")
        document = yaml.safe_load(text) if form == "YAML" else json.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    except (ValueError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: is no {form}: {' '.join(str(error).split())}") from None
    if not isinstance(document, dict):
        raise ConfigError(f"{path}: expected an object with settings, as other tools write it")
    return document


def name_of(value: Any) -> str:
    """The name of a column.

    Raises:
        ConfigError: when it is none.
    """
    if not isinstance(value, str) or not value:
        raise ConfigError("expected the name of one column")
    return value
