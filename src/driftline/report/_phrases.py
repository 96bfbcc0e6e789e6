"""Verdicts, times and levels as short phrases: what all the forms of the report say alike."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from driftline import words
from driftline.types import Level, Side, Verdict

ICONS = {Level.ALERT: "✖", Level.WARNING: "▲", Level.UNKNOWN: "?", Level.OK: "✓"}
WORDS = {Level.ALERT: "Alert", Level.WARNING: "Warning", Level.UNKNOWN: "Not enough data", Level.OK: "OK"}
SHORT = {Level.ALERT: "Alert", Level.WARNING: "Warning", Level.UNKNOWN: "Unknown", Level.OK: "OK"}
WORST_FIRST = tuple(sorted(Level, key=lambda level: -level.rank))
SERVICE_UNSEEN = "Not observed in a batch check: a file says nothing about latency, errors or traffic."


def quantity(value: float | None, unit: str) -> str:
    """A number with its unit; the unit of a column itself has no name.

    >>> quantity(0.25, "share"), quantity(12.5, "column")
    ('25.0%', '12.5')
    """
    return words.quantity(value, "" if unit == "column" else unit)


def interval(verdict: Verdict) -> str:
    """The verdict's interval in square brackets, or nothing; the unit is left to the value beside it."""
    return words.interval(verdict.low, verdict.high, "share" if verdict.unit == "share" else "")


def change(verdict: Verdict) -> str:
    """The value, after the reference's where there is one: `4.1% → 23.0%`."""
    now = quantity(verdict.value, verdict.unit)
    return now if verdict.reference is None else f"{quantity(verdict.reference, verdict.unit)} → {now}"


def chance(p_value: float | None) -> str:
    """A p-value as people write it.

    >>> chance(1e-9), chance(0.034), chance(None)
    ('p < 0.001', 'p = 0.034', '')
    """
    if p_value is None:
        return ""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.2g}"


def moment(text: str | None) -> str:
    """A time as people write it; midnight goes without its clock. Text that is no time is shown as it is.

    >>> moment("2023-02-14T00:00:00+00:00"), moment("2023-02-14T09:30:00Z"), moment("week 7"), moment(None)
    ('14 Feb 2023', '14 Feb 2023 09:30', 'week 7', '')
    """
    time = _time(text)
    if time is None:
        return text or ""
    return _day(time) if (time.hour, time.minute, time.second) == (0, 0, 0) else f"{_day(time)} {time:%H:%M}"


def short_day(text: str) -> str:
    """A time in few characters, for an axis.

    >>> short_day("2023-02-14T00:00:00+00:00"), short_day("2023-02-14T09:30:00+00:00"), short_day("week 7")
    ('14 Feb', '09:30', 'week 7')
    """
    time = _time(text)
    if time is None:
        return text
    return f"{time.day} {time:%b}" if (time.hour, time.minute) == (0, 0) else f"{time:%H:%M}"


def window(text: str | None) -> str:
    """An ISO 8601 interval as people write it.

    >>> window("2023-02-01T00:00:00Z/2023-02-02T00:00:00Z")
    '1 Feb 2023 to 2 Feb 2023'
    """
    return " to ".join(moment(part) for part in (text or "").split("/"))


def times(side: Side) -> str:
    """From when to when the rows of a side are, or nothing; over several days, the days alone.

    >>> times(Side("a.csv", 9, "2023-01-01T00:01:31Z", "2023-01-31T23:58:02Z"))
    '1 Jan 2023 to 31 Jan 2023'
    """
    start, end = _time(side.start), _time(side.end)
    if start and end and end.date() != start.date():
        return f"{_day(start)} to {_day(end)}"
    return " to ".join(dict.fromkeys(moment(each) for each in (side.start, side.end) if each))


def _time(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text or "")
    except ValueError:
        return None


def _day(time: datetime) -> str:
    return f"{time.day} {time:%b} {time.year}"


def place(verdict: Verdict) -> str:
    """Where a verdict applies, in plain text: column, segment and window."""
    parts = [verdict.column or "all rows"]
    if verdict.segment:
        parts.append(f"where {verdict.segment}")
    if verdict.window:
        parts.append(f"in {window(verdict.window)}")
    return " ".join(parts)


def tally(verdicts: Iterable[Verdict]) -> dict[Level, int]:
    """How many judged verdicts there are of each level, the worst level first; levels without any are left out."""
    counts = Counter(verdict.level for verdict in verdicts if verdict.judged)
    return {level: counts[level] for level in WORST_FIRST if counts[level]}


def counted(level: Level, n: int) -> str:
    """How many verdicts of a level, in words.

    >>> counted(Level.ALERT, 2), counted(Level.WARNING, 1), counted(Level.OK, 1200)
    ('2 alerts', '1 warning', '1,200 ok')
    """
    noun = SHORT[level].lower()
    return words.count(n, noun) if level.rank >= Level.WARNING.rank else f"{n:,} {noun}"


def visible(text: str) -> str:
    r"""The text with control and bidirectional-override characters made visible, so that it stays in its place.

    >>> visible("two\nlines"), visible("a\u202eb")
    ('two␊lines', 'a�b')
    """
    return "".join(_visible(char) for char in text)


def _visible(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    hidden = 0x7F <= code < 0xA0 or 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069 or 0xD800 <= code < 0xE000
    return "\ufffd" if hidden or code in {0xFFFE, 0xFFFF} else char


def clipped(text: str, most: int) -> str:
    """The text made visible and cut to a length, with an ellipsis where it is cut.

    >>> clipped("passenger_count", 10)
    'passenger…'
    """
    shown = visible(text)
    return shown if len(shown) <= most else shown[: most - 1].rstrip() + "…"
