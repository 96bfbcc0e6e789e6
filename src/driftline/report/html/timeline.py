"""A metric over time as a drawing."""

from driftline.report import phrases
from driftline.report.html.svg import CURRENT, LIMIT, LINE, REFERENCE, SOFT, WIDTH, Spec, draw, layer, place, words
from driftline.types import Timeline

_THIN = 0.2
"""Part of the rows of a middling window, below which a window does not stretch the axis."""
_PADDING = {"left": 42, "right": 18, "top": 8, "bottom": 22}
_WIDTH, _HEIGHT, _DAYS = WIDTH - 60, 76, 5


def timeline(line: Timeline, since: str | None) -> str:
    """The windows with their intervals, the reference and the threshold as level lines, a band where it began."""
    at = {"x": place("at", {"domain": [-0.5, len(line.points) - 0.5]})}
    up, axis = _up(line)
    value = {"y": place("value", up, axis)}
    points = [
        {"at": index, "value": point.value, "low": point.low, "high": point.high}
        for index, point in enumerate(line.points)
    ]
    days = [point.window.split("/")[0] for point in line.points]
    begun = [{"at": index} for index, day in enumerate(days) if since is not None and day == since]
    places = range(0, len(days), max(1, -(-len(days) // _DAYS)))
    ticks = phrases.ticks([days[place] for place in places])
    named = [{"at": place, "text": text} for place, text in zip(places, ticks, strict=True)]
    layers = [
        layer(begun, "rule", at, color=LINE, strokeWidth=10),
        *(
            layer([{"value": number}], "rule", value, color=colour, strokeDash=dash)
            for number, colour, dash in ((line.reference, SOFT, [1, 0]), (line.threshold, LIMIT, [4, 3]))
            if number is not None
        ),
        layer(
            points, "rule", {**at, "y": place("low", up, axis), "y2": {"field": "high"}}, color=REFERENCE, strokeWidth=3
        ),
        layer(points, "line", at | value, color=CURRENT, strokeWidth=1.5),
        layer(points, "circle", at | value, color=CURRENT, size=22, opacity=1),
        layer(named, "text", {**at, "y": {"value": _HEIGHT + 6}, "text": words("text")}, baseline="top"),
    ]
    label = f"{line.title} of {line.column or 'all rows'} over time"
    return draw(layers, _WIDTH, _HEIGHT, label, _PADDING)


def find_ends(line: Timeline) -> tuple[list[float], float, float]:
    """The numbers that an upright axis has room for, and its ends; from zero where that is near.

    They are the points with their intervals, the reference and the limit. Windows with far fewer rows than most do not
    stretch it.
    """
    rows = sorted(point.n for point in line.points)
    least = _THIN * rows[len(rows) // 2] if rows else 0.0
    full = [point for point in line.points if point.n >= least]
    seen = [number for point in full for number in (point.value, point.low, point.high)]
    known = [number for number in (*seen, line.reference, line.threshold) if number is not None]
    bottom, top = min(known, default=0.0), max(known, default=1.0)
    return known, 0.0 if 0 <= bottom < 0.6 * top else bottom, top


def _up(line: Timeline) -> tuple[Spec, Spec]:
    """Scale and axis."""
    _, bottom, top = find_ends(line)
    form = ",~r" if 1e-4 <= max(abs(bottom), abs(top)) < 1e6 else "~g"
    if line.unit == "share":
        form = ".0%" if top - bottom >= 0.05 else ".1%"
    domain = [bottom, top if top > bottom else bottom + 1]
    return {"domain": domain, "nice": True, "zero": False, "clamp": True}, {"tickCount": 3, "format": form}
