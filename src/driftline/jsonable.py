"""Values as JSON can hold them, the same in reports and stores."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from numbers import Integral, Real
from types import NoneType
from typing import Any

_PLAIN = frozenset({int, bool, NoneType})


def as_jsonable(value: Any) -> Any:
    """A value of JSON: arrays become lists, sets sorted ones, records mappings, what is unknown its text.

    Numbers that are not finite become None; text that UTF-8 cannot hold gets question marks.

    >>> as_jsonable({"edges": (1, float("inf")), "names": {"b", "a"}})
    {'edges': [1, None], 'names': ['a', 'b']}
    """
    kind: Any = type(value)
    if kind in _PLAIN or (kind is str and value.isascii()):  # what most values are
        return value
    if kind is float:
        return value if math.isfinite(value) else None
    if kind is dict:
        return {str(as_jsonable(name)): as_jsonable(item) for name, item in value.items()}
    if kind is list or kind is tuple:
        return [as_jsonable(item) for item in value]
    if isinstance(value, str):
        return str(value).encode("utf-8", "replace").decode()
    if (names := _names_of_fields(kind)) is not None:
        return {name: as_jsonable(getattr(value, name)) for name in names}
    return _convert(value)


@cache
def _names_of_fields(kind: type) -> tuple[str, ...] | None:
    """The names of a record's fields, worked out once for each class; None for what is no record."""
    return tuple(each.name for each in fields(kind)) if is_dataclass(kind) else None


def _convert(value: Any) -> Any:
    """A NumPy number or array as Python has it, a set as a sorted list, and what is like a number, mapping or list."""
    if hasattr(value, "tolist"):
        return as_jsonable(value.tolist())
    if isinstance(value, set | frozenset):
        return [as_jsonable(item) for item in sorted(value, key=str)]
    if isinstance(value, Mapping):
        return {str(as_jsonable(name)): as_jsonable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_jsonable(item) for item in value]
    if isinstance(value, Real):
        return int(value) if isinstance(value, Integral) else as_jsonable(float(value))
    return str(value).encode("utf-8", "replace").decode()
