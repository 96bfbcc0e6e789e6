"""Python values to a typed column: one set of rules for JSON bodies, message feeds and the logger."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any

import polars as pl

_NUMBERS = frozenset({int, float})
_SINGLE = {bool: pl.Boolean(), str: pl.String(), datetime: pl.Datetime("us"), date: pl.Date()}
_PLAIN = frozenset({type(None), str, bool, int, float, list, dict})
_MIN_INT64, _MAX_INT64 = -(2**63), 2**63 - 1
_MAX_EXACT = 2**53  # whole numbers up to it are exact as a Float64


def column(
    name: str,
    values: Sequence[Any],
    *,
    exact: bool = False,
    max_chars: int | None = None,
    report: Callable[[str, str], None] | None = None,
) -> pl.Series:
    """Make a column of one type: Boolean, Int64, Float64, String, Datetime (UTC), Date, a list of Float64, or Null.

    Whole numbers beside fractions become Float64, and so do whole numbers beyond 64 bits. Decimals and NumPy scalars
    become numbers, NumPy arrays and tuples lists, durations seconds, time zones UTC. A column of several types becomes
    text, and so does a nested value, as JSON. No value makes a row fail.

    Args:
        name: of the column.
        values: one for each row; None is missing.
        exact: the column holds ids: whole numbers that a Float64 would round become text.
        max_chars: longer texts are cut; None keeps them whole.
        report: is called with the column and what was changed, in words.

    >>> column("x", [1, 2.5, None]).to_list()
    [1.0, 2.5, None]
    >>> column("y", [1, "a"], report=print).to_list()
    y several types in one column; written as text
    ['1', 'a']
    >>> column("id", [2**63, 2**63 + 1], exact=True).to_list()
    ['9223372036854775808', '9223372036854775809']
    """
    types = set(map(type, values))
    if not types <= _PLAIN:
        values = [value if type(value) in _PLAIN else _to_plain(value) for value in values]
        types = set(map(type, values))
    types.discard(type(None))
    if len(types) == 1:
        (only,) = types
        if only is str:
            return pl.Series(name, values if max_chars is None else _cut(name, values, max_chars, report), pl.String)
        if only is int and all(value is None or _MIN_INT64 <= value <= _MAX_INT64 for value in values):
            return pl.Series(name, values, pl.Int64)
        if only in _SINGLE:
            return pl.Series(name, values, _SINGLE[only])
    if not types:
        return pl.Series(name, values, pl.Null)
    if types <= _NUMBERS and not (exact and _is_rounded(values)):
        return pl.Series(name, [_to_float(value) for value in values] if int in types else values, pl.Float64)
    if types == {list} and set(map(type, chain.from_iterable(filter(None, values)))) <= _NUMBERS:
        lists = [None if value is None else [_to_float(item) for item in value] for value in values]
        return pl.Series(name, lists, pl.List(pl.Float64))
    if report is not None and types - {list, dict} and not types <= _NUMBERS:
        report(name, "several types in one column; written as text")
    texts = [_to_text(value) for value in values]
    return pl.Series(name, texts if max_chars is None else _cut(name, texts, max_chars, report), pl.String)


def _to_plain(value: Any) -> Any:
    """A value as a JSON type, a date, or a datetime in UTC without its zone; else as text."""
    try:
        return _convert(value)
    except Exception:  # noqa: BLE001 - whatever a service logs, the row goes on
        return _to_text(value)


def _convert(value: Any) -> Any:  # noqa: C901, PLR0911 - one case for each type
    name = type(value).__name__
    if name in {"NaTType", "NAType"}:  # what pandas has for missing
        return None
    if name in {"datetime64", "timedelta64"}:  # NumPy's; in nanoseconds `tolist` would give a plain number
        value = value.astype(f"{name}[us]").tolist()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        utc = value.astimezone(UTC) if value.tzinfo else value
        return datetime(utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond)  # noqa: DTZ001 - UTC
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if callable(convert := getattr(value, "tolist", None)):  # NumPy's scalars and arrays
        plain = convert()
        if type(plain) in _PLAIN:
            return plain
        return _to_text(value) if type(plain) is type(value) else _convert(plain)
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    for kind in (bool, int, float, str):  # their subclasses, such as enumerations
        if isinstance(value, kind):
            return kind(value)
    return None if value is None else _to_text(value)


def _is_rounded(values: Sequence[Any]) -> bool:
    """Whether a Float64 cannot hold every whole number among the values."""
    return any(type(value) is int and not -_MAX_EXACT <= value <= _MAX_EXACT for value in values)


def _to_float(value: float | None) -> float | None:
    try:
        return None if value is None else float(value)
    except OverflowError:
        return float("inf") if value and value > 0 else float("-inf")


def _to_text(value: Any) -> str | None:
    if value is None or type(value) is str:
        return value
    if isinstance(value, list | dict | bool):
        return json.dumps(value, ensure_ascii=False, default=_to_text)
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001 - whatever a service logs, the row goes on
        return f"({type(value).__name__}: {type(error).__name__})"


def _cut(
    name: str, texts: Sequence[str | None], max_chars: int, report: Callable[[str, str], None] | None
) -> list[str | None]:
    """Texts that are short enough and valid UTF-8."""
    if report is not None and any(text is not None and len(text) > max_chars for text in texts):
        report(name, f"texts of more than {max_chars:,} characters; cut")
    return [None if text is None else text[:max_chars].encode("utf-8", "replace").decode() for text in texts]
