"""Values as JSON can hold them, the same in reports and stores."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from numbers import Integral, Real
from types import NoneType
from typing import Any

_PLAIN = frozenset({int, bool, NoneType})
_PLAIN_CONTAINERS = frozenset({dict, list, tuple})


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
    if kind not in _PLAIN_CONTAINERS:
        if hasattr(value, "tolist"):  # a NumPy number or array
            value = value.tolist()
        if is_dataclass(value) and not isinstance(value, type):
            value = {each.name: getattr(value, each.name) for each in fields(value)}
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, dict | Mapping):
        return {str(as_jsonable(name)): as_jsonable(item) for name, item in value.items()}
    if isinstance(value, set | frozenset):
        value = sorted(value, key=str)
    if isinstance(value, list | tuple):
        return [as_jsonable(item) for item in value]
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value) if math.isfinite(value) else None
    return str(value).encode("utf-8", "replace").decode()
