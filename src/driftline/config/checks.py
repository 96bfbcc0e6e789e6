"""Expectations: explicit limits that a person sets, each in one line such as `missing(fare) <= 5%`."""

import math
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from driftline import registry
from driftline.config.scanner import OPERATORS, QUOTED, Line
from driftline.errors import suggest_name
from driftline.types import Level
from driftline.windows import microseconds

SUBJECTS = ("columns", "max_age", "type", "unique", "values")
SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_TYPE = re.compile(r"[A-Za-z]\w*(?:\(.*?\))?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?")
_UNIT = re.compile(r"seconds?|minutes?|min|hours?|days?|weeks?|[smhdw]\b")
_LEVELS = {level.value: level for level in (Level.WARNING, Level.ALERT)}


@dataclass(frozen=True, slots=True)
class Limit:
    """One end of what is allowed: a number, or, where `reference` is set, so much more than the reference's value.

    `relative` counts that in shares of the reference's value. `strict` leaves the end itself out.
    """

    number: float
    strict: bool = False
    reference: bool = False
    relative: bool = False

    def at(self, past: float) -> float:
        """The number itself, given the reference's value.

        >>> Limit(0.1, reference=True, relative=True).at(4.0)
        4.4
        """
        if not self.reference:
            return self.number
        return past + (self.number * abs(past) if self.relative else self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A limit on one metric, or a fact about one column's values, on all rows or on one segment (`where`).

    `limit` is the text without the level. `subject` is a metric's name or one of `SUBJECTS`. `allowed` are the members
    of a set, as they were written; `whole` says that they are all there may be. `mostly` is the least share that has
    to agree. `unit` is that of a span of time. `place` is where the person wrote it.
    """

    text: str
    limit: str
    subject: str
    column: str | None = None
    low: Limit | None = None
    high: Limit | None = None
    allowed: tuple[str, ...] | None = None
    whole: bool = False
    mostly: float = 1.0
    unit: str = ""
    where: tuple[str, str | None] | None = None
    level: Level = Level.ALERT
    place: str = field(default="", compare=False)
    setting: str = field(default="checks", compare=False)

    @property
    def at(self) -> str:
        """How a message names it: place and text."""
        return f"{self.place + ': ' if self.place else ''}{self.setting}: {self.text!r}"


def parse(said: str) -> Check:
    """The expectation that a line of text states.

    Raises:
        ConfigError: with the position, what was expected there, and the nearest known name.

    >>> parse("missing(passenger_count) <= 5%").high.number
    0.05
    >>> parse("values(kind) in {a, b} where zone = 1: warning").allowed
    ('a', 'b')
    """
    text = Line(said.strip())
    subject = text.name("a metric, or values, unique, type, max_age or columns")
    start, column = text.at, text.column()
    if subject == "columns" and column is not None:
        raise text.wrong("'columns' is of the whole table: write columns include {a, b}", start)
    if subject in SUBJECTS and subject != "columns" and column is None:
        raise text.wrong(f"{subject!r} is of one column: write {subject}(COLUMN)", start)
    parts = _PARTS.get(subject, _metric)(text, subject, column)
    if text.word("where"):
        parts["where"] = _segment(text)
    said = text.whole[: text.at].rstrip()
    if text.take(":"):
        start = text.at
        level = text.name("'warning' or 'alert'")
        if level not in _LEVELS:
            raise text.wrong(f"no level is called {level!r}; write 'warning' or 'alert'", start)
        parts["level"] = _LEVELS[level]
    if text.rest:
        raise text.wrong(f"nothing more was expected, got {text.rest!r}")
    return Check(text=text.whole, limit=said, subject=subject, column=column, **parts)


def parse_series(said: str) -> Check:
    """The series of a text: a metric, its column and segment as in a check, without a limit.

    Raises:
        ConfigError: with the position, what was expected there, and the nearest known name.

    >>> series = parse_series("missing(fare) where zone = 5")
    >>> series.subject, series.column, series.where
    ('missing', 'fare', ('zone', '5'))
    """
    text = Line(said.strip())
    subject = text.name("a metric")
    column = text.column()
    _find_metric(text, subject, column)
    where = _segment(text) if text.word("where") else None
    if text.rest:
        raise text.wrong(f"nothing more was expected, got {text.rest!r}")
    return Check(text=text.whole, limit="", subject=subject, column=column, where=where, setting="detectors")


def parse_rows(said: str) -> Check:
    """The series of rows of a text: error, loss, residual or a column's name, and the segment as in a check.

    Raises:
        ConfigError: with the position, and what was expected there.

    >>> series = parse_rows("error where zone = 5")
    >>> series.subject, series.where
    ('error', ('zone', '5'))
    """
    subject, where, rest = said.strip().partition(" where ")
    text = Line(rest.strip())
    segment = _segment(text) if where else None
    if text.rest:
        raise text.wrong(f"nothing more was expected, got {text.rest!r}")
    return Check(text=said, limit="", subject=subject.strip(), where=segment, setting="detectors")


def _segment(text: Line) -> tuple[str, str | None]:
    name = text.until("=:", "the segment's column, then '='")
    return name, text.until(":", "the segment's value") if text.take("=") else None


def _columns(text: Line, _: str, __: str | None) -> dict[str, Any]:
    whole = text.word("are")
    if not whole and not text.word("include"):
        raise text.wrong("expected 'include' or 'are', then the names of columns in braces")
    return {"allowed": text.members(), "whole": whole}


def _type(text: Line, _: str, __: str | None) -> dict[str, Any]:
    if text.word("in"):
        return {"allowed": text.members()}
    if not text.word("is"):
        raise text.wrong("expected 'is' and a type such as Float64, or 'in' and types in braces")
    name = text.take(_TYPE)
    if not name:
        raise text.wrong("expected a type such as Float64")
    return {"allowed": (name,)}


def _unique(_: Line, __: str, ___: str | None) -> dict[str, Any]:
    return {"high": Limit(0.0)}


def _age(text: Line, _: str, __: str | None) -> dict[str, Any]:
    sign, start = text.operator(), text.at
    number = text.number("a span of time such as 2h")
    unit = text.take(_UNIT)
    if sign not in {"<=", "<"} or not unit or number <= 0:
        raise text.wrong("expected '<=' and a span of time such as 30min, 2h or 1d", start)
    return {"high": Limit(number, strict=sign == "<"), "unit": "min" if unit[0] == "m" else unit[0]}


def _values(text: Line, _: str, __: str | None) -> dict[str, Any]:
    if not text.word("in"):
        raise text.wrong("expected 'in', then a range [0, 200] or a set {a, b}")
    parts: dict[str, Any] = {"allowed": text.members()} if text.rest.startswith("{") else _range(text, dates=True)
    if text.word("mostly"):
        start, share = text.at, text.number("a share such as 99%")
        share = share / 100 if text.take("%") else share
        if not 0 < share <= 1:
            raise text.wrong("expected a share such as 99%", start)
        parts["mostly"] = share
    return parts


def _range(text: Line, *, dates: bool) -> dict[str, Any]:
    start = text.at
    text.symbol("[")
    ends, times = [], False
    for closing in ",]":
        quoted = text.take(QUOTED)[1:-1] if dates else ""
        date = quoted or (text.take(_DATE) if dates else "")
        times = times or bool(date)
        ends.append(_moment(text, date, start) if date else text.number())
        text.symbol(closing)
    if not ends[0] <= ends[1]:
        raise text.wrong("the range is empty: write the smaller end first", start)
    low, high = (None if math.isinf(end) else Limit(end) for end in ends)
    return {"low": low, "high": high, "unit": "time" if times else ""}


def _moment(text: Line, date: str, start: int) -> float:
    try:
        return microseconds(datetime.fromisoformat(date))
    except ValueError:
        raise text.wrong(f"{date!r} is no date such as 2024-01-31 or 2024-01-31 12:00", start) from None


def _find_metric(text: Line, subject: str, column: str | None, *others: str) -> Any:
    """The metric of a name, which has to be of a column if one is named, else of the table."""
    known = registry.names("metrics")
    if subject not in known:
        hint = suggest_name(subject, [*known, *others], "`driftline metrics` lists them")
        raise text.wrong(f"no metric is called {subject!r}; {hint}", 0)
    metric = registry.find("metrics", subject)
    if metric.on == "table" and column is not None:
        raise text.wrong(f"{subject!r} is of the whole table: write it without a column", len(subject))
    if metric.on != "table" and column is None:
        raise text.wrong(f"{subject!r} is of one column: write {subject}(COLUMN)", len(subject))
    return metric


def _metric(text: Line, subject: str, column: str | None) -> dict[str, Any]:
    """Operator and limit of a metric, held against its facts."""
    metric = _find_metric(text, subject, column, *SUBJECTS)
    if text.word("in"):
        ends = _range(text, dates=False)
        return {"low": ends["low"], "high": ends["high"]}
    sign = text.operator()
    limit = _limit(text, metric, strict=sign in {"<", ">"})
    low, high = OPERATORS[sign]
    return {"low": limit if low else None, "high": limit if high else None}


def _limit(text: Line, metric: Any, *, strict: bool) -> Limit:
    start, share = text.at, metric.unit == "share" or (metric.low, metric.high) == (0, 1)
    if text.word("reference"):
        if metric.compares:
            raise text.wrong(f"{metric.name!r} compares with the reference already: write a plain limit", start)
        sign = text.take("+") or text.take("-")
        if not sign:
            return Limit(0.0, strict, reference=True)
        amount, percent = text.number(), bool(text.take("%"))
        points = not percent and (text.word("points") or text.word("point"))
        if points and not share:
            raise text.wrong(
                f"points are of shares, and {metric.name!r} is none: write a number or a percentage", start
            )
        amount *= 0.01 if percent or points else 1.0
        return Limit(-amount if sign == "-" else amount, strict, reference=True, relative=percent)
    number = text.number("a number, or 'reference'")
    if text.take("%"):
        if not share:
            raise text.wrong(f"{metric.name!r} is no share: write a plain number, or reference + {number:g}%", start)
        number /= 100
    low, high = (-math.inf if metric.low is None else metric.low), (math.inf if metric.high is None else metric.high)
    if not low <= number <= high:
        hint = f"; did you mean {number:g}%?" if share and 1 < number <= 100 else ""
        raise text.wrong(f"{metric.name!r} is from {low:g} to {high:g}: {number:g} limits nothing{hint}", start)
    return Limit(number, strict)


_PARTS = {"columns": _columns, "max_age": _age, "type": _type, "unique": _unique, "values": _values}


def write_name(name: str) -> str:
    """A column's name as it stands in parentheses: in quotes where it holds one, a quote, or blanks at its ends.

    >>> write_name("fare"), write_name("fare (USD)")
    ('fare', '"fare (USD)"')
    """
    return name if name == name.strip() and not set(name) & set("()\"'") and name else _in_quotes(name)


def write_value(value: str) -> str:
    """A value as it stands in a set: in quotes where it holds a comma, a brace, a quote, or blanks at its ends.

    >>> write_value("cash"), write_value("a, b")
    ('cash', '"a, b"')
    """
    return value if value == value.strip() and value and not set(value) & set(",}\"'") else _in_quotes(value)


def _in_quotes(text: str) -> str:
    return f"'{text}'" if '"' in text else f'"{text}"'
