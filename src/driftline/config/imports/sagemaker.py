"""Constraints of SageMaker Model Monitor as checks: its `constraints.json`, which a baseline job suggests."""

from collections.abc import Iterator, Mapping
from typing import Any

from driftline.config.checks import write_name, write_value
from driftline.config.imports.imported import Imported
from driftline.errors import ConfigError


def take_over(document: Mapping[str, Any]) -> Imported:
    """The checks that say what the file says, column by column.

    Completeness becomes a limit on missing values, `is_non_negative` a range, a domain of strings a set with the share
    of `domain_content_threshold`, and the features the columns that have to be there. Types and comparisons of
    distributions are what Driftline judges by itself.

    Args:
        document: the file's object, with its `features`.

    Raises:
        ConfigError: when it is no such file.

    >>> take_over({"features": [{"name": "fare", "completeness": 0.95}]}).checks
    ('columns include {fare}', 'missing(fare) <= 5%')
    """
    try:
        features = document["features"]
        settings = document.get("monitoring_config") or {}
        share = float(settings.get("domain_content_threshold", 1.0))
        names = [str(feature["name"]) for feature in features]
        lines = [line for feature in features for line in _lines(feature, share)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"no constraints.json of SageMaker Model Monitor ({type(error).__name__}: {error}); expected "
            '{"features": [{"name": …, "completeness": …}]}'
        ) from None
    return Imported((f"columns include {{{', '.join(map(write_value, names))}}}", *lines) if names else tuple(lines))


def _lines(feature: dict[str, Any], share: float) -> Iterator[str]:
    name = write_name(str(feature["name"]))
    if "completeness" in feature:
        yield f"missing({name}) <= {100 * (1 - float(feature['completeness'])):.6g}%"
    if (feature.get("num_constraints") or {}).get("is_non_negative"):
        yield f"values({name}) in [0, inf]"
    if domain := (feature.get("string_constraints") or {}).get("domains"):
        mostly = f" mostly {100 * share:.6g}%" if share < 1 else ""
        yield f"values({name}) in {{{', '.join(write_value(str(value)) for value in domain)}}}{mostly}"
