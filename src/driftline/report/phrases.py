"""Verdicts, times and levels as short phrases: what all the forms of the report say alike."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from driftline import humanize
from driftline.types import Dataset, Level, Verdict
from driftline.verdicts.result import Finding

ICONS = {Level.ALERT: "✖", Level.WARNING: "▲", Level.UNKNOWN: "?", Level.OK: "✓"}
SHORT = {Level.ALERT: "Alert", Level.WARNING: "Warning", Level.UNKNOWN: "Unknown", Level.OK: "OK"}
WORST_FIRST = tuple(sorted(Level, key=lambda level: -level.rank))
SERVICE_UNSEEN = "Not observed in a batch check: a file says nothing about latency, errors or traffic."


def quantity(value: float | None, unit: str) -> str:
    """A number with its unit; the unit of a column itself has no name.

    >>> quantity(0.25, "share"), quantity(12.5, "column")
    ('25.0%', '12.5')
    """
    return humanize.quantity(value, "" if unit == "column" else unit)


def interval(verdict: Verdict) -> str:
    """The verdict's interval in square brackets, or nothing; the unit is left to the value beside it."""
    return humanize.interval(verdict.low, verdict.high, "share" if verdict.unit == "share" else "")


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


def moments(label: str) -> str:
    """The label of a bar with the times in it as people write them.

    >>> moments("2023-02-14T00:00:00Z to 2023-02-14T09:30:00Z"), moments("3 to 4")
    ('14 Feb 2023 to 14 Feb 2023 09:30', '3 to 4')
    """
    return " to ".join(moment(part) for part in label.split(" to "))


def ticks(texts: list[str]) -> list[str]:
    """Times along an axis in few characters, all in the one form that tells neighbours apart; other text as it is.

    >>> ticks(["2023-03-02T00:00:00Z", "2023-03-04T12:00:00Z"]), ticks(["2023-03-02T00:00:00Z", "2023-03-02T12:00:00Z"])
    (['2 Mar', '4 Mar'], ['00:00', '12:00'])
    >>> ticks(["2023-03-02T18:00:00Z", "2023-03-03T06:00:00Z"]), ticks(["2022-03-01T00:00:00Z", "2023-03-01T00:00:00Z"])
    (['2 Mar 18:00', '3 Mar 06:00'], ['Mar 2022', 'Mar 2023'])
    """
    times = [_time(text) for text in texts]
    known = [time for time in times if time is not None]
    days = (known[-1] - known[0]).total_seconds() / 86_400 if known else 0.0
    step = days / max(len(known) - 1, 1)

    def told(time: datetime) -> str:
        if step >= 28 and days > 330:
            return f"{time:%b} {time.year}"
        if step >= 1 or all((each.hour, each.minute) == (0, 0) for each in known):
            return f"{time.day} {time:%b}"
        return f"{time:%H:%M}" if known[0].date() == known[-1].date() else f"{time.day} {time:%b} {time:%H:%M}"

    return [text if time is None else told(time) for text, time in zip(texts, times, strict=True)]


def type_name(dtype: str) -> str:
    """A column's type in few characters.

    >>> type_name("Datetime(time_unit='us', time_zone=None)"), type_name("Datetime(time_unit='ns', time_zone='UTC')")
    ('Datetime', 'Datetime UTC')
    >>> type_name("List(Float64)")
    'List(Float64)'
    """
    name, _, rest = dtype.partition("(time_unit=")
    zone = rest.partition("time_zone='")[2].partition("'")[0]
    return f"{name} {zone}".strip() if rest else clipped(dtype, 40)


def is_time(text: str) -> bool:
    """Whether a text is a time in ISO 8601.

    >>> is_time("2023-02-14T09:30:00"), is_time("3.5")
    (True, False)
    """
    return _time(text) is not None


def window(text: str | None) -> str:
    """An ISO 8601 interval as people write it.

    >>> window("2023-02-01T00:00:00Z/2023-02-02T00:00:00Z")
    '1 Feb 2023 to 2 Feb 2023'
    """
    return " to ".join(moment(part) for part in (text or "").split("/"))


def times(side: Dataset) -> str:
    """From when to when the rows of a side are, or nothing; over several days, the days alone.

    >>> times(Dataset("a.csv", 9, "2023-01-01T00:01:31Z", "2023-01-31T23:58:02Z"))
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


def sentence(text: str) -> str:
    """The text with a capital at its start; the rest is left as it is.

    >>> sentence("missing values 3%"), sentence("")
    ('Missing values 3%', '')
    """
    return text[:1].upper() + text[1:]


def explained(verdict: Verdict) -> str:
    """The reason for where the title already stands: without the title at its start."""
    rest = verdict.reason.removeprefix(verdict.title).lstrip(": ")
    return sentence(rest if rest != verdict.reason.lstrip(": ") else verdict.reason)


def together(verdicts: Iterable[Verdict]) -> list[tuple[Level, list[str], str]]:
    """Level, columns and reason, columns of one reason taken together; schema first, then in the given order.

    What holds for all rows is not told again for each segment.
    """
    ordered = sorted(verdicts, key=lambda each: each.family != "schema")
    whole = {(each.column, each.metric) for each in ordered if not each.segment}
    groups: dict[tuple[str, Level], list[str]] = {}
    for verdict in ordered:
        if verdict.segment and (verdict.column, verdict.metric) in whole:
            continue
        where = (verdict.column or "all rows") + (f" where {verdict.segment}" if verdict.segment else "")
        groups.setdefault((verdict.reason, verdict.level), []).append(where)
    return [(level, list(dict.fromkeys(names)), sentence(reason)) for (reason, level), names in groups.items()]


def gathered(findings: Iterable[Finding]) -> list[tuple[Finding, list[Finding]]]:
    """Findings about one topic taken together: the one that speaks, and the others.

    The one about all rows speaks, unless a segment is worse. The order of the groups is that of their worst.
    """
    groups: dict[tuple[str, str | None], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.topic, finding.lead.column), []).append(finding)
    return [_spoken(group) for group in groups.values()]


def explain(finding: Finding) -> tuple[str, str]:
    """What a finding says in a sentence, and the evidence behind it; no evidence where it is the sentence itself."""
    reason = sentence(finding.lead.reason)
    says_more = finding.change and finding.lead.reason not in finding.change
    return (finding.change, reason) if says_more else (reason, "")


def _spoken(group: list[Finding]) -> tuple[Finding, list[Finding]]:
    speaks = next((each for each in group if not each.lead.segment and each.level is group[0].level), group[0])
    return speaks, [each for each in group if each is not speaks]


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
    return humanize.count(n, noun) if level.rank >= Level.WARNING.rank else f"{n:,} {noun}"


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
