"""Numbers, times and lists as people read them: the one place where a value becomes text."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime

_UNITS = {
    "": "",
    "column": "",
    "share": "%",
    "rows": " rows",
    "values": " values",
    "columns": " columns",
    "sd": " sd",
    "nats": "",
}


def number(value: float | None) -> str:
    """A number with three or four significant digits and thousands separators.

    >>> [number(v) for v in (0.000123456, 3.8046654, 55211, 1234567.8, -0.5, 2.5e12, None)]
    ['0.000123', '3.805', '55,211', '1,234,568', '-0.5', '2.5e+12', '–']
    """
    if value is None or not math.isfinite(value):
        return "–"
    size = abs(value)
    if size >= 1e9 or 0 < size < 1e-5:
        return f"{value:.4g}"
    if size >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{4 if size >= 1 else 3}g}"


def quantity(value: float | None, unit: str) -> str:
    """A number with its unit; shares are shown in percent, and the unit of a column itself has no name.

    >>> quantity(0.1234, "share"), quantity(3.80, "min"), quantity(12, "rows"), quantity(2, "column")
    ('12.3%', '3.8 min', '12 rows', '2')
    """
    if value is None:
        return "–"
    if unit == "share":
        percent = 100 * value
        return f"{percent:.1f}%" if abs(percent) >= 0.1 or percent == 0 else f"{percent:.2g}%"
    said = _UNITS.get(unit, f" {unit}")
    return number(value) + (said.removesuffix("s") if value == 1 and unit in {"rows", "values", "columns"} else said)


def interval(low: float | None, high: float | None, unit: str) -> str:
    """An interval in square brackets, or nothing where there is none; a unit other than percent is left to the value.

    >>> interval(0.1, 0.2, "share"), interval(1, 2, "sd"), interval(None, None, "")
    ('[10.0%, 20.0%]', '[1, 2]', '')
    """
    if low is None and high is None:
        return ""
    unit = unit if unit == "share" else ""
    return f"[{quantity(low, unit)}, {quantity(high, unit)}]"


def count(n: int, noun: str) -> str:
    """A count with its noun, in the plural where it is one.

    >>> count(1, "column"), count(31000, "row")
    ('1 column', '31,000 rows')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def listing(items: Sequence[str] | Mapping[str, int], most: int = 5) -> str:
    """Names in a row, the first few of many; with their counts, where these are given.

    >>> listing(["a", "b"]), listing(list("abcdefg"), most=3), listing({"a": 3})
    ("'a', 'b'", "'a', 'b', 'c' and 4 more", "'a' (3)")
    """
    counts = [f" ({items[name]:,})" for name in items] if isinstance(items, Mapping) else [""] * len(items)
    shown = ", ".join(f"{item!r}{count}" for item, count in list(zip(items, counts, strict=True))[:most])
    return shown if len(items) <= most else f"{shown} and {len(items) - most:,} more"


def name_some(names: Sequence[str], most: int) -> str:
    """Names in a row as they are, the first few of many.

    >>> name_some(["a", "b"], 3), name_some(list("abcde"), 3)
    ('a, b', 'a, b, c and 2 more')
    """
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"


def shorten(text: str, most: int) -> str:
    """The text, cut to a length at the end of a word, with an ellipsis where it is cut.

    >>> shorten("median 11, mean 13.51", 15), shorten("short", 15)
    ('median 11,…', 'short')
    """
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    return (cut.rpartition(" ")[0] or cut).rstrip() + "…"


def capitalize(text: str) -> str:
    """The text with a capital at its start; the rest is left as it is.

    >>> capitalize("missing values of ID 3%"), capitalize("")
    ('Missing values of ID 3%', '')
    """
    return text[:1].upper() + text[1:]


def parse_time(text: str | None) -> datetime | None:
    """The time of a text in ISO 8601, or None where it is no time.

    >>> parse_time("2023-02-14T09:30:00"), parse_time("week 7")
    (datetime.datetime(2023, 2, 14, 9, 30), None)
    """
    try:
        return datetime.fromisoformat(text or "")
    except ValueError:
        return None


def day(time: datetime) -> str:
    """The day of a time.

    >>> day(datetime(2023, 2, 14, 9, 30))
    '14 Feb 2023'
    """
    return f"{time.day} {time:%b} {time.year}"


def moment(text: str | None) -> str:
    """A time in ISO 8601 as people write it; midnight goes without its clock. Text that is no time is left as it is.

    >>> moment("2023-02-14T00:00:00+00:00"), moment("2023-02-14T09:30:00Z"), moment("week 7"), moment(None)
    ('14 Feb 2023', '14 Feb 2023 09:30', 'week 7', '')
    """
    time = parse_time(text)
    if time is None:
        return text or ""
    return day(time) if (time.hour, time.minute, time.second) == (0, 0, 0) else f"{day(time)} {time:%H:%M}"


def interval_of_time(text: str | None) -> str:
    """An ISO 8601 interval as people write it.

    >>> interval_of_time("2023-02-01T00:00:00Z/2023-02-02T00:00:00Z"), interval_of_time(None)
    ('1 Feb 2023 to 2 Feb 2023', '')
    """
    return " to ".join(moment(part) for part in (text or "").split("/"))


def stretch(start: datetime, end: datetime) -> str:
    """From when to when, with the day of the week and the clock, and the day once where it is the same.

    >>> stretch(datetime(2022, 2, 10, 9), datetime(2022, 2, 10, 19))
    'Thu 10 Feb 09:00 to 19:00'
    >>> stretch(datetime(2022, 2, 10, 22), datetime(2022, 2, 11, 7))
    'Thu 10 Feb 22:00 to Fri 11 Feb 07:00'
    """
    first, last = (f"{time:%a} {time.day} {time:%b}" for time in (start, end))
    return f"{first} {start:%H:%M} to {'' if first == last else f'{last} '}{end:%H:%M}"
