"""Small drawings over windows, as plain SVG: strips of levels, lines with their intervals, bars of incidents.

They are stretched to the width of their place, so that a page needs no script; names and numbers stand beside them as
text. The drawings of the report are made by a library that takes 50 to 100 ms of a core each and 100 MB of memory, too
much for a page of thirty that a server draws anew each time.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from driftline import humanize
from driftline.report import phrases
from driftline.report.html.markup import fold, table, text
from driftline.report.html.timeline import find_ends
from driftline.types import Level, Point, Timeline

_HEIGHTS = {Level.OK: 8, Level.UNKNOWN: 4, Level.WARNING: 15, Level.ALERT: 22}
_TALL, _WIDE, _HIGH = 22, 1000.0, 100.0
_TICKS, _ROWS = 5, 60


@dataclass(frozen=True, slots=True)
class Beat:
    """One window in a strip: how it was judged, what a pointer on it tells, and where a click leads, if anywhere."""

    level: Level | None
    label: str = ""
    address: str = ""


def strip(beats: Sequence[Beat], label: str, *, flat: bool = False) -> str:
    """A bar a window, in order of time: the worse, the higher and the louder; all are as high where it is `flat`."""
    bars: dict[Level, str] = {}
    for at, beat in enumerate(beats):
        if beat.level is not None:
            height = _TALL if flat else _HEIGHTS[beat.level]
            bars[beat.level] = f"{bars.get(beat.level, '')}M{at * 10 + 1} {_TALL}v-{height}h8v{height}z"
    paths = "".join(f'<path class="{level.value}" d="{path}"/>' for level, path in bars.items())
    targets = "".join(_target(at, beat) for at, beat in enumerate(beats) if beat.label)
    return (
        f'<svg class="strip{" flat" if flat else ""}" viewBox="0 0 {max(len(beats), 1) * 10} {_TALL}" '
        f'preserveAspectRatio="none" role="img" aria-label="{text(label)}">{paths}{targets}</svg>'
    )


def _target(at: int, beat: Beat) -> str:
    """What a pointer finds: the whole height of a bar."""
    body = f'<title>{text(beat.label)}</title><path class="target" d="M{at * 10} 0h10v{_TALL}h-10z"/>'
    return f'<a href="{text(beat.address)}" tabindex="-1">{body}</a>' if beat.address else f"<g>{body}</g>"


def span(start: float, end: float, level: Level, label: str) -> str:
    """A bar from one place to another, both as parts of the width (0 to 1)."""
    left, width = _WIDE * start, max(_WIDE * (end - start), 4.0)
    return (
        f'<svg class="span {level.value}" viewBox="0 0 {_WIDE:g} 10" preserveAspectRatio="none" role="img" '
        f'aria-label="{text(label)}"><rect class="rail" x="0" y="4.5" width="{_WIDE:g}" height="1"/>'
        f'<rect class="bar" x="{min(left, _WIDE - width):.1f}" y="1" width="{width:.1f}" height="8" rx="2"/></svg>'
    )


def marks(places: Iterable[tuple[float, str]], label: str) -> str:
    """Upright ticks at parts of the width (0 to 1), each with what a pointer on it tells."""
    ticks = "".join(
        f'<g><title>{text(said)}</title><path class="tick" d="M{_WIDE * place:.1f} 0V10"/></g>'
        for place, said in places
    )
    return (
        f'<svg class="span marks" viewBox="0 0 {_WIDE:g} 10" preserveAspectRatio="none" role="img" '
        f'aria-label="{text(label)}"><rect class="rail" x="0" y="4.5" width="{_WIDE:g}" height="1"/>{ticks}</svg>'
    )


def axis(windows: Sequence[str]) -> str:
    """A few times below a drawing, in their places."""
    if not windows:
        return ""
    step = max(1, -(-len(windows) // _TICKS))
    places = range(0, len(windows), step)
    names = phrases.ticks([windows[at].split("/")[0] for at in places])
    cells = "".join(
        f'<td colspan="{min(step, len(windows) - at)}">{text(name)}</td>'
        for at, name in zip(places, names, strict=True)
    )
    return (
        f'<table class="axis" role="presentation"><colgroup><col span="{len(windows)}"></colgroup>'
        f"<tbody><tr>{cells}</tr></tbody></table>"
    )


def shares(parts: Sequence[tuple[float | None, str]], label: str) -> str:
    """A bar a window, as high as its share (0 to 1); each has what a pointer on it tells. None has no bar."""
    path = "".join(
        f"M{at * 10 + 1} {_TALL}v-{max(_TALL * share, 0.6):.1f}h8V{_TALL}z"
        for at, (share, _) in enumerate(parts)
        if share is not None
    )
    targets = "".join(_target(at, Beat(None, said)) for at, (_, said) in enumerate(parts) if said)
    return (
        f'<svg class="strip shares" viewBox="0 0 {max(len(parts), 1) * 10} {_TALL}" preserveAspectRatio="none" '
        f'role="img" aria-label="{text(label)}"><path class="share" d="{path}"/>{targets}</svg>'
    )


def lines(line: Timeline, levels: Sequence[Level], title: str = "", beside: Timeline | None = None) -> str:
    """A metric over its windows: dots with 95 % intervals, the reference and the limit as level lines, and its numbers.

    `levels` (n,) are those of the points (n,). `beside` is an estimate of the same metric, over some of the same
    windows: a broken line with its interval as a band.
    """
    known = [(at, point, level) for at, (point, level) in enumerate(zip(line.points, levels, strict=True))
             if point.value is not None]  # fmt: skip
    heading = title or f"{humanize.capitalize(line.title)}{f' of {line.column}' if line.column else ''}"
    if not known:
        return (
            f'<figure class="plot"><figcaption>{text(heading)}</figcaption><p class="soft">No value yet.</p></figure>'
        )
    low, high = _ends(line)
    under = ""
    if beside is not None:
        edges = _ends(beside)
        low, high = min(low, edges[0]), max(high, edges[1])
        under = _draw_band(line, beside, low, high)
    last = known[-1][1]
    label = f"{heading}, by window; the last is {_say(last.value, line.unit)}"
    drawing = _draw(line, known, low, high, label, under)
    interval = text(humanize.interval(last.low, last.high, line.unit))
    now = f"<b>{text(_say(last.value, line.unit))}</b> <small>{interval}</small>"
    ends = f"<span>{text(_say(high, line.unit))}</span><span>{text(_say(low, line.unit))}</span>"
    return (
        f'<figure class="plot"><figcaption><span>{text(heading)}</span><span>{now}</span></figcaption>'
        f'<div class="frame"><div class="ends" aria-hidden="true">{ends}</div>{drawing}'
        f"{axis([point.window for point in line.points])}</div>{_key(line, estimated=beside is not None)}"
        f"{fold('The numbers', _numbers(line))}"
        f"{fold('What was estimated', _numbers(beside)) if beside else ''}</figure>"
    )


def _draw_band(line: Timeline, beside: Timeline, low: float, high: float) -> str:
    """The estimate below the line itself: a band a run of windows in a row, and a broken line."""
    slot, places = _WIDE / len(line.points), {point.window: at for at, point in enumerate(line.points)}
    runs: list[list[tuple[float, Point]]] = []
    before = None
    for point in beside.points:
        at = places.get(point.window)
        if at is None or point.value is None:
            continue
        if before is None or at != before + 1:
            runs.append([])
        runs[-1].append(((at + 0.5) * slot, point))
        before = at

    def y(value: float) -> str:
        return f"{_HIGH * (1 - (min(max(value, low), high) - low) / (high - low)):.1f}"

    band, path = "", ""
    for run in runs:
        there = [(x, p.low, p.high) for x, p in run if p.low is not None and p.high is not None]
        if len(there) > 1:
            top = "L".join(f"{x:.1f} {y(upper)}" for x, _, upper in there)
            bottom = "L".join(f"{x:.1f} {y(lower)}" for x, lower, _ in reversed(there))
            band += f"M{top}L{bottom}z"
        path += "M" + "L".join(f"{x:.1f} {y(p.value or 0.0)}" for x, p in run)
    return f'<path class="band" d="{band}"/><path class="estimate" d="{path}"/>'


def _draw(
    line: Timeline, known: Sequence[tuple[int, Point, Level]], low: float, high: float, label: str, under: str = ""
) -> str:
    slot = _WIDE / len(line.points)

    def x(at: int) -> str:
        return f"{(at + 0.5) * slot:.1f}"

    def y(value: float) -> str:
        return f"{_HIGH * (1 - (min(max(value, low), high) - low) / (high - low)):.1f}"

    parts = [
        f'<path class="{name}" d="M0 {y(level)}H{_WIDE:g}"/>'
        for name, level in (("was", line.reference), ("limit", line.threshold))
        if level is not None
    ]
    whiskers = "".join(
        f"M{x(at)} {y(p.low)}V{y(p.high)}" for at, p, _ in known if p.low is not None and p.high is not None
    )
    path, before = "", None
    for at, point, _ in known:
        path += f"{'L' if before == at - 1 else 'M'}{x(at)} {y(point.value or 0.0)}"
        before = at
    parts.insert(0, under)
    parts += [f'<path class="whisker" d="{whiskers}"/>', f'<path class="line" d="{path}"/>']
    for kind in Level:
        dots = "".join(f"M{x(at)} {y(p.value or 0.0)}h0" for at, p, level in known if level is kind)
        if dots:
            parts.append(f'<path class="dot {kind.value}" d="{dots}"/>')
    return (
        f'<svg class="lines" viewBox="0 0 {_WIDE:g} {_HIGH:g}" preserveAspectRatio="none" role="img" '
        f'aria-label="{text(label)}">{"".join(parts)}</svg>'
    )


def _ends(line: Timeline) -> tuple[float, float]:
    """The ends of the upright axis, with room around them; whole numbers have whole ones."""
    known, low, high = find_ends(line)
    if all(float(number).is_integer() for number in known):
        return float(low), float(max(high, low + 1))
    room = 0.06 * (high - low) or abs(high) * 0.1 or 1.0
    most = 1.0 if line.unit == "share" and high <= 1 else math.inf  # no axis goes on beyond all rows
    return (low if low == 0 else low - room), min(high + room, most)


def _key(line: Timeline, *, estimated: bool = False) -> str:
    pairs = (("was", "reference", line.reference), ("limit", "limit", line.threshold))
    items = "".join(
        f'<li><i class="{kind}"></i>{word} <b>{text(_say(level, line.unit))}</b></li>'
        for kind, word, level in pairs
        if level is not None
    )
    if estimated:
        items += '<li><i class="estimate"></i>estimated before labels, with its 95 % interval</li>'
    return f'<ul class="key">{items}</ul>' if items else ""


def _numbers(line: Timeline) -> str:
    rows = [
        (
            text(humanize.interval_of_time(point.window)),
            text(_say(point.value, line.unit)),
            text(humanize.interval(point.low, point.high, line.unit)),
            f"{point.n:,}",
        )
        for point in line.points[-_ROWS:]
    ]
    more = f" The last {_ROWS} of {len(line.points):,}." if len(line.points) > _ROWS else ""
    inner = table(
        f"{text(line.title)} by window.{more}", ("Window (UTC)", "Value", "95 % interval", "Rows"), rows, kind="numbers"
    )
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{text(line.title)}">{inner}</div>'


def _say(value: float | None, unit: str) -> str:
    return humanize.quantity(value, unit)
