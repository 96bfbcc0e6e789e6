"""Values as JSON can hold them, the same in reports and stores."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from numbers import Integral, Real
from types import NoneType
from typing import Any

_PLAIN = frozenset({int, bool, NoneType})
_CONTAINERS = frozenset({dict, list, tuple})


def as_jsonable(value: Any) -> Any:
    """A value of JSON: arrays become lists, sets sorted ones, records mappings, what is unknown its text.

    Numbers that are not finite become None; text that UTF-8 cannot hold gets question marks.

    >>> as_jsonable({"edges": (1, float("inf")), "names": {"b", "a"}})
    {'edges': [1, None], 'names': ['a', 'b']}
    """
    kind = type(value)
    if kind in _PLAIN or (kind is str and value.isascii()):  # what most values are
        return value
    if kind is float:
        return value if math.isfinite(value) else None
    if kind not in _CONTAINERS:
        value = _unwrap(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, dict | Mapping):
        return {str(as_jsonable(name)): as_jsonable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_jsonable(item) for item in value]
    if isinstance(value, Real):
        return int(value) if isinstance(value, Integral) else as_jsonable(float(value))
    return str(value).encode("utf-8", "replace").decode()


def _unwrap(value: Any) -> Any:
    """A NumPy number or array as Python has it, a record as a dict, a set as a sorted list; all else as it is."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if is_dataclass(value) and not isinstance(value, type):
        value = {each.name: getattr(value, each.name) for each in fields(value)}
    return sorted(value, key=str) if isinstance(value, set | frozenset) else value
