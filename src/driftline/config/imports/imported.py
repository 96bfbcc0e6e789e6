"""What a file of another tool becomes: checks, and what of it has none."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from driftline.errors import ConfigError


class Imported(NamedTuple):
    """Lines for `checks:`, and what of the file was not taken over, each with its reason."""

    checks: tuple[str, ...]
    left: tuple[str, ...] = ()


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object of a file.

    Raises:
        ConfigError: when the file cannot be read, or holds none.
    """
    try:
        document = json.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    except ValueError as error:
        raise ConfigError(f"{path}: is no JSON: {error}") from None
    if not isinstance(document, dict):
        raise ConfigError(f"{path}: expected a JSON object, as Great Expectations or SageMaker Model Monitor write it")
    return document
