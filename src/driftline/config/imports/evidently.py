"""The `column_mapping` of Evidently's configurations as settings: its command line's, or a `ColumnMapping` as JSON."""

from collections.abc import Mapping
from typing import Any

from driftline.config.imports.imported import Imported, name_of
from driftline.errors import ConfigError

_ROLES = {"target": "target", "prediction": "prediction", "datetime": "timestamp", "id": "id", "pos_label": "positive"}
_KINDS = {
    "numerical_features": "numeric", "categorical_features": "categorical", "datetime_features": "datetime",
    "text_features": "text",
}  # fmt: skip
KEYS = frozenset({*_ROLES, *_KINDS})


def take_over(document: Mapping[str, Any]) -> Imported:
    """The settings that say what a mapping of columns says; of the rest the key and why.

    Args:
        document: the configuration, with its `column_mapping`.

    Raises:
        ConfigError: when a column has no name.

    >>> take_over({"column_mapping": {"target": "paid", "categorical_features": ["zone"]}}).kinds
    ('zone=categorical',)
    """
    settings, left, kinds = dict[str, str](), list[str](), list[str]()
    for name, value in document["column_mapping"].items():
        try:
            if value is None:
                continue
            if name in _KINDS:
                names = value if isinstance(value, list) else [value]
                kinds += [f"{name_of(each)}={_KINDS[name]}" for each in names]
            elif name == "pos_label" and isinstance(value, int) and not isinstance(value, bool):
                settings["positive"] = str(value)
            elif name in _ROLES and not isinstance(value, list):
                settings[_ROLES[name]] = name_of(value)
            else:
                reason = "one column is expected" if name in _ROLES else "Driftline has no such setting"
                left.append(f"column_mapping.{name}: {reason}")
        except ConfigError as error:
            raise ConfigError(f"column_mapping.{name}: {error}") from None
    left += [
        f"{name}: say it on the command line, or in driftline.yaml" for name in document if name != "column_mapping"
    ]
    return Imported((), tuple(left), settings, tuple(kinds))
