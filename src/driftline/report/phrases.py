"""Verdicts, levels and times as short phrases: what all the forms of the report say alike."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from driftline import humanize
from driftline.types import Dataset, Level, Verdict
from driftline.verdicts.sections.records import Chart

ICONS = {Level.ALERT: "✖", Level.WARNING: "▲", Level.UNKNOWN: "?", Level.OK: "✓"}
SHORT = {Level.ALERT: "Alert", Level.WARNING: "Warning", Level.UNKNOWN: "Unknown", Level.OK: "OK"}
_BLOCKS = "▁▂▃▄▅▆▇█"


def interval(verdict: Verdict) -> str:
    """The verdict's interval in square brackets, or nothing; the unit is left to the value beside it."""
    return humanize.interval(verdict.low, verdict.high, verdict.unit)


def change(verdict: Verdict) -> str:
    """The value, after the reference's where there is one: `4.1% → 23.0%`."""
    now = humanize.quantity(verdict.value, verdict.unit)
    return now if verdict.reference is None else f"{humanize.quantity(verdict.reference, verdict.unit)} → {now}"


def chance(p_value: float | None) -> str:
    """A p-value as people write it.

    >>> chance(1e-9), chance(0.034), chance(None)
    ('p < 0.001', 'p = 0.034', '')
    """
    if p_value is None:
        return ""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.2g}"


def bar_label(label: str) -> str:
    """The label of a bar with the times in it as people write them.

    >>> bar_label("2023-02-14T00:00:00Z to 2023-02-14T09:30:00Z"), bar_label("3 to 4")
    ('14 Feb 2023 to 14 Feb 2023 09:30', '3 to 4')
    """
    return " to ".join(humanize.moment(part) for part in label.split(" to "))


def ticks(texts: Sequence[str]) -> list[str]:
    """Times along an axis in few characters, all in the one form that tells neighbours apart; other text as it is.

    >>> ticks(["2023-03-02T00:00:00Z", "2023-03-04T12:00:00Z"]), ticks(["2023-03-02T00:00:00Z", "2023-03-02T12:00:00Z"])
    (['2 Mar', '4 Mar'], ['00:00', '12:00'])
    >>> ticks(["2023-03-02T18:00:00Z", "2023-03-03T06:00:00Z"]), ticks(["2022-03-01T00:00:00Z", "2023-03-01T00:00:00Z"])
    (['2 Mar 18:00', '3 Mar 06:00'], ['Mar 2022', 'Mar 2023'])
    """
    times = [humanize.parse_time(text) for text in texts]
    known = [time for time in times if time is not None]
    days = (known[-1] - known[0]).total_seconds() / 86_400 if known else 0.0
    step = days / max(len(known) - 1, 1)

    def write(time: datetime) -> str:
        if step >= 28 and days > 330:
            return f"{time:%b} {time.year}"
        if step >= 1 or all((other.hour, other.minute) == (0, 0) for other in known):
            return f"{time.day} {time:%b}"
        return f"{time:%H:%M}" if known[0].date() == known[-1].date() else f"{time.day} {time:%b} {time:%H:%M}"

    return [text if time is None else write(time) for text, time in zip(texts, times, strict=True)]


def type_name(dtype: str) -> str:
    """A column's type in few characters.

    >>> type_name("Datetime(time_unit='us', time_zone=None)"), type_name("Datetime(time_unit='ns', time_zone='UTC')")
    ('Datetime', 'Datetime UTC')
    >>> type_name("List(Float64)")
    'List(Float64)'
    """
    name, _, rest = dtype.partition("(time_unit=")
    zone = rest.partition("time_zone='")[2].partition("'")[0]
    return f"{name} {zone}".strip() if rest else clip(dtype, 40)


def time_range(side: Dataset) -> str:
    """From when to when the rows of a side are, or nothing; over several days, the days alone.

    >>> time_range(Dataset("a.csv", 9, "2023-01-01T00:01:31Z", "2023-01-31T23:58:02Z"))
    '1 Jan 2023 to 31 Jan 2023'
    """
    start, end = humanize.parse_time(side.start), humanize.parse_time(side.end)
    if start and end and end.date() != start.date():
        return f"{humanize.day(start)} to {humanize.day(end)}"
    return " to ".join(dict.fromkeys(humanize.moment(text) for text in (side.start, side.end) if text))


def reason_only(verdict: Verdict) -> str:
    """The reason for where the title already stands: without the title at its start."""
    rest = verdict.reason.removeprefix(verdict.title).lstrip(": ")
    return humanize.capitalize(rest if rest != verdict.reason.lstrip(": ") else verdict.reason)


def place(verdict: Verdict) -> str:
    """Where a verdict applies, in plain text: column, segment and window."""
    parts = [verdict.column or "all rows"]
    if verdict.segment:
        parts.append(f"where {verdict.segment}")
    if verdict.window:
        parts.append(f"in {humanize.interval_of_time(verdict.window)}")
    return " ".join(parts)


def count_level(level: Level, n: int) -> str:
    """How many findings of a level, or verdicts that are ok or unknown, in words.

    >>> count_level(Level.ALERT, 2), count_level(Level.WARNING, 1), count_level(Level.OK, 1200)
    ('2 alerts', '1 warning', '1,200 checks ok')
    """
    noun = SHORT[level].lower()
    return humanize.count(n, noun) if level.rank >= Level.WARNING.rank else f"{humanize.count(n, 'check')} {noun}"


def tally_line(tally: Mapping[Level, int]) -> str:
    """All counts in a line.

    >>> tally_line({Level.ALERT: 1, Level.OK: 5})
    '1 alert, 5 checks ok'
    """
    return ", ".join(count_level(level, n) for level, n in tally.items())


def sketch_line(values: Sequence[float], top: float) -> str:
    """Numbers from 0 to `top` as a line of blocks.

    >>> sketch_line([0, 1, 4, 8], 8)
    '▁▂▅█'
    """
    last = len(_BLOCKS) - 1
    return "".join(_BLOCKS[min(last, max(0, round(last * value / top)))] if top > 0 else _BLOCKS[0] for value in values)


def sketch_chart(chart: Chart, width: int) -> list[tuple[str, str]]:
    """The lines of a chart as names with blocks, at most `width` wide; guides are left out."""
    shown = [series for series in chart.series if series.side != "guide" and series.points]
    top = max((y for series in shown for _, y in series.points), default=0.0)
    lines = []
    for series in shown:
        values = [y for _, y in (series.points[:-1] if chart.steps and len(series.points) > 1 else series.points)]
        step = -(-len(values) // max(width, 1))
        groups = [values[at : at + step] for at in range(0, len(values), step)]
        lines.append((series.name, sketch_line([sum(group) / len(group) for group in groups], top)))
    return lines


def chart_axes(chart: Chart) -> str:
    """What a chart shows, in words: the largest value, and from where to where it goes."""
    shown = [series for series in chart.series if series.side != "guide" and series.points]
    top = max((y for series in shown for _, y in series.points), default=0.0)
    first, last = (shown[0].points[0][0], shown[0].points[-1][0]) if shown else ("", "")
    ends = [humanize.moment(end) if isinstance(end, str) else humanize.number(end) for end in (first, last)]
    return f"{chart.y}, up to {humanize.number(top)}; {chart.x} from {ends[0]} to {ends[1]}"


def visible(text: str) -> str:
    r"""The text with control and bidirectional-override characters made visible, so that it stays in its place.

    >>> visible("two\nlines"), visible("a\u202eb")
    ('two␊lines', 'a�b')
    """
    if text.isascii() and text.isprintable():  # as most texts are
        return text
    return "".join(_visible(char) for char in text)


def _visible(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    hidden = 0x7F <= code < 0xA0 or 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069 or 0xD800 <= code < 0xE000
    return "\ufffd" if hidden or code in {0xFFFE, 0xFFFF} else char


def clip(text: str, most: int) -> str:
    """The text made visible and cut to a length, with an ellipsis where it is cut.

    >>> clip("passenger_count", 10)
    'passenger…'
    """
    shown = visible(text)
    return shown if len(shown) <= most else shown[: most - 1].rstrip() + "…"


def join_names(names: Sequence[str], most: int = 6) -> str:
    """Names in a row, the first few of many.

    >>> join_names(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    return humanize.name_some([clip(name, 40) for name in names], most)
