"""Constraints of SageMaker Model Monitor as checks: its `constraints.json`, which a baseline job suggests."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from driftline.config.checks import write_name, write_value
from driftline.errors import ConfigError


def read_constraints(path: Path) -> list[str]:
    """The lines for `checks:` that say what the file says, column by column.

    Completeness becomes a limit on missing values, `is_non_negative` a range, a domain of strings a set with the share
    of `domain_content_threshold`, and the features the columns that have to be there. Types and comparisons of
    distributions are what Driftline judges by itself.

    Raises:
        ConfigError: when the file cannot be read, or is no such file.
    """
    try:
        document = json.loads(path.read_text("utf-8-sig"))
        features = document["features"]
        settings = document.get("monitoring_config") or {}
        share = float(settings.get("domain_content_threshold", 1.0))
        names = [str(feature["name"]) for feature in features]
        lines = [line for feature in features for line in _lines(feature, share)]
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"{path}: no constraints.json of SageMaker Model Monitor ({type(error).__name__}: {error}); expected "
            '{"features": [{"name": …, "completeness": …}]}'
        ) from None
    return [f"columns include {{{', '.join(map(write_value, names))}}}", *lines] if names else lines


def _lines(feature: dict[str, Any], share: float) -> Iterator[str]:
    name = write_name(str(feature["name"]))
    if "completeness" in feature:
        yield f"missing({name}) <= {100 * (1 - float(feature['completeness'])):.6g}%"
    if (feature.get("num_constraints") or {}).get("is_non_negative"):
        yield f"values({name}) in [0, inf]"
    if domain := (feature.get("string_constraints") or {}).get("domains"):
        mostly = f" mostly {100 * share:.6g}%" if share < 1 else ""
        yield f"values({name}) in {{{', '.join(write_value(str(value)) for value in domain)}}}{mostly}"
