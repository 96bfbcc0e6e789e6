"""Suites of Great Expectations as checks: the JSON of a suite, in the form of version 1 and of the ones before."""

from collections.abc import Callable, Mapping
from typing import Any

from driftline.config.checks import parse, write_name, write_value
from driftline.config.imports.imported import Imported
from driftline.errors import ConfigError

_TYPES = {
    "float": "Float64", "float64": "Float64", "double": "Float64", "int": "Int64", "int64": "Int64", "bool": "Boolean",
    "boolean": "Boolean", "str": "String", "string": "String", "object": "String",
}  # fmt: skip
_SAID = {"column", "batch_id", "result_format", "catch_exceptions"}


def take_over(document: Mapping[str, Any]) -> Imported:
    """The checks that say what a suite says; of what they cannot say, the expectation and why.

    Args:
        document: the suite, with its `expectations`.

    Raises:
        ConfigError: when there is no list of expectations.

    >>> suite = {"expectations": [{"type": "expect_column_values_to_be_unique", "kwargs": {"column": "id"}}]}
    >>> take_over(suite).checks
    ('unique(id)',)
    """
    expectations = document.get("expectations")
    if not isinstance(expectations, list):
        raise ConfigError("expectations: expected a list, as a suite of Great Expectations has")
    checks, left, exist = list[str](), list[str](), list[str]()
    for place, expectation in enumerate(expectations):
        if not isinstance(expectation, dict):
            raise ConfigError(f"expectations[{place}]: expected an object with a type and kwargs")
        kind = str(expectation.get("type") or expectation.get("expectation_type") or "")
        given = expectation.get("kwargs")
        said = {name: value for name, value in (given if isinstance(given, dict) else {}).items() if value is not None}
        if kind == "expect_column_to_exist" and said.keys() <= {"column", "column_index"} and "column" in said:
            exist.append(str(said["column"]))
            continue
        try:
            checks.append(parse(_write(kind, said)).text)
        except (ConfigError, KeyError, TypeError, ValueError) as error:
            reason = f"without {error}" if isinstance(error, KeyError) else str(error)
            left.append(
                f"{kind or 'an expectation without a type'} ({said.get('column', f'number {place}')}): {reason}"
            )
    first = [f"columns include {{{', '.join(map(write_value, exist))}}}"] if exist else []
    return Imported((*first, *dict.fromkeys(checks)), tuple(left))


def _write(kind: str, said: Mapping[str, Any]) -> str:
    """The line of an expectation."""
    if kind not in _LINES:
        raise ConfigError("no check says this")
    line, known = _LINES[kind]
    if strange := sorted(said.keys() - _SAID - known):
        raise ConfigError(f"{', '.join(strange)} cannot be said in a check")
    return line(said)


def _column(said: Mapping[str, Any]) -> str:
    return write_name(str(said["column"]))


def _mostly(said: Mapping[str, Any]) -> str:
    share = float(said.get("mostly", 1.0))
    return f" mostly {100 * share:.6g}%" if share < 1 else ""


def _range(said: Mapping[str, Any], *, least: str = "-inf") -> str:
    low, high = said.get("min_value", least), said.get("max_value", "inf")
    if (low, high) == (least, "inf"):
        raise ConfigError("it has neither min_value nor max_value")
    return f"[{_end(low)}, {_end(high)}]"


def _end(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ConfigError(f"{value!r} is no end of a range")
    return str(value)


def _missing(said: Mapping[str, Any]) -> str:
    return f"missing({_column(said)}) <= {100 * (1 - float(said.get('mostly', 1.0))):.6g}%"


def _set(said: Mapping[str, Any]) -> str:
    values = said["value_set"]
    if not isinstance(values, list) or not values:
        raise ConfigError("value_set is no list of values")
    return f"values({_column(said)}) in {{{', '.join(write_value(str(value)) for value in values)}}}{_mostly(said)}"


def _type(said: Mapping[str, Any]) -> str:
    name = str(said["type_"])
    if name.lower() not in _TYPES:
        raise ConfigError(f"the type {name!r} has no counterpart")
    return f"type({_column(said)}) is {_TYPES[name.lower()]}"


def _columns(said: Mapping[str, Any]) -> str:
    names = said["column_set"]
    if not isinstance(names, list) or not names:
        raise ConfigError("column_set is no list of names")
    word = "are" if said.get("exact_match", True) else "include"
    return f"columns {word} {{{', '.join(write_value(str(name)) for name in names)}}}"


def _of_metric(metric: str) -> tuple[Callable[[Mapping[str, Any]], str], set[str]]:
    return lambda said: f"{metric}({_column(said)}) in {_range(said)}", {"min_value", "max_value"}


_LINES: Mapping[str, tuple[Callable[[Mapping[str, Any]], str], set[str]]] = {
    "expect_column_values_to_not_be_null": (_missing, {"mostly"}),
    "expect_column_values_to_be_in_set": (_set, {"value_set", "mostly"}),
    "expect_column_values_to_be_between": (
        lambda said: f"values({_column(said)}) in {_range(said)}{_mostly(said)}", {"min_value", "max_value", "mostly"},
    ),
    "expect_column_values_to_be_unique": (lambda said: f"unique({_column(said)})", set()),
    "expect_column_values_to_be_of_type": (_type, {"type_"}),
    "expect_column_mean_to_be_between": _of_metric("mean"),
    "expect_column_median_to_be_between": _of_metric("median"),
    "expect_column_stdev_to_be_between": _of_metric("std"),
    "expect_column_min_to_be_between": _of_metric("minimum"),
    "expect_column_max_to_be_between": _of_metric("maximum"),
    "expect_table_row_count_to_be_between": (
        lambda said: f"rows in {_range(said, least='0')}", {"min_value", "max_value"},
    ),
    "expect_table_columns_to_match_set": (_columns, {"column_set", "exact_match"}),
}  # fmt: skip
"""Each expectation with what writes its line, and the arguments that the line says, beside those of every one."""
