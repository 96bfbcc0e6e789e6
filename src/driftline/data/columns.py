"""Rows of plain Python values into columns: whatever a value is, no row is lost for it."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

LONGEST = 10_000
_INT64 = range(-(2**63), 2**63)


def column(name: str, values: Sequence[Any], odd: Callable[[str, str], None]) -> pl.Series:
    """A column of one type: truth values, whole numbers, numbers, times, lists of numbers, or else text.

    Whole numbers beside fractions become fractions, decimals and NumPy's scalars plain numbers, times UTC. Values of
    several types become text, as do nested ones, in JSON; texts end after 10,000 characters. `odd` is told the column
    and what was done to it.

    >>> column("x", [1, 2.5, None], print).to_list(), column("y", [1, "a"], print).to_list()
    y several types in one column; written as text
    ([1.0, 2.5, None], ['1', 'a'])
    """
    kinds = set(map(type, values))
    if not kinds <= _PLAIN:
        values = [value if type(value) in _PLAIN else _plain(value) for value in values]
        kinds = set(map(type, values))
    kinds.discard(type(None))
    if kinds == {str}:
        return pl.Series(name, _cut(name, values, odd), dtype=pl.String)
    if len(kinds) == 1 and (dtype := _TYPES.get(next(iter(kinds)))) and not (kinds == {int} and _large(values)):
        return pl.Series(name, values, dtype=dtype)
    if kinds and kinds <= {int, float}:
        return pl.Series(name, [None if value is None else _float(value) for value in values], dtype=pl.Float64)
    if kinds == {list} and all(type(each) in {int, float} for value in values if value is not None for each in value):
        lists = [None if value is None else [_float(each) for each in value] for value in values]
        return pl.Series(name, lists, dtype=pl.List(pl.Float64))
    if not kinds:
        return pl.Series(name, values, dtype=pl.Null())
    if kinds - {list, dict}:
        odd(name, "several types in one column; written as text")
    return pl.Series(name, _cut(name, [_text(value) for value in values], odd), dtype=pl.String)


_TYPES = {bool: pl.Boolean(), int: pl.Int64(), datetime: pl.Datetime("us"), date: pl.Date()}
_PLAIN = {type(None), str, bool, int, float, list, dict}


def _plain(value: Any) -> Any:
    """A value as one of the plain types, times without zone, or else text."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).replace(tzinfo=None)
    if isinstance(value, date):
        return value
    if isinstance(value, timedelta):
        return value.total_seconds()
    if callable(convert := getattr(value, "tolist", None)):  # NumPy's scalars and arrays
        found = convert()
        return found if type(found) in _PLAIN else _plain(found) if type(found) is not type(value) else _text(value)
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    for kind in (bool, int, float, str):  # their subclasses, such as enumerations
        if isinstance(value, kind):
            return kind(value)
    return _text(value)


def _large(values: Sequence[Any]) -> bool:
    return not all(value is None or value in _INT64 for value in values)


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=_text)
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001 - whatever a service hands over, the row goes on
        return f"({type(value).__name__}: {type(error).__name__})"


def _cut(name: str, values: Sequence[str | None], odd: Callable[[str, str], None]) -> list[str | None]:
    if any(value is not None and len(value) > LONGEST for value in values):
        odd(name, f"texts of more than {LONGEST:,} characters; cut")
        values = [value if value is None else value[:LONGEST] for value in values]
    return [None if value is None else value.encode("utf-8", "replace").decode() for value in values]
