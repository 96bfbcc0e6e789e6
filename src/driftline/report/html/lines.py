"""Lines over a number or over time, with names on both axes."""

from datetime import UTC

from driftline import humanize
from driftline.report import phrases
from driftline.report.html.markup import fold, table, text
from driftline.report.html.svg import CURRENT, REFERENCE, SOFT, WIDTH, Spec, available, draw, layer, place, words
from driftline.verdicts.sections.records import Chart, Series

_PADDING = {"left": 56, "right": 18, "top": 8, "bottom": 40}
_WIDTH, _HEIGHT, _TICKS, _MOST = WIDTH - 74, 150, 5, 60
_SIDES = {"reference": "ref", "current": "cur", "guide": "guide"}


def line_chart(chart: Chart) -> str:
    """The drawing with its legend; the numbers alone where it cannot be drawn."""
    names = "".join(
        f'<li><i class="swatch {_SIDES[series.side]}"></i>{text(series.name)}</li>' for series in chart.series
    )
    caption = f"<small>{text(chart.caption)}</small>" if chart.caption else ""
    numbers = fold("The numbers", _numbers(chart))
    drawing = _draw(chart) if available() else ""
    return f'<figure class="chart">{drawing}<ul class="legend">{names}</ul>{caption}{numbers}</figure>'


def _draw(chart: Chart) -> str:
    places = [_position(x) for series in chart.series for x, _ in series.points]
    values = [y for series in chart.series for _, y in series.points]
    values += [end for series in chart.series for _, *ends in series.band for end in ends]
    across = {"domain": [min(places, default=0.0), max(places, default=1.0)]}
    up = {"domain": [min([0.0, *values]), max(values, default=1.0) or 1.0], "nice": True}
    timed = any(isinstance(x, str) for series in chart.series for x, _ in series.points)
    bottom = None if timed else {"title": chart.x, "tickCount": _TICKS, "grid": False}
    left = {"title": chart.y, "tickCount": 4, "format": ".0%" if _is_share(chart) else ",~r"}
    at = {"x": place("x", across, bottom), "y": place("y", up, left)}
    layers = [each for series in chart.series if series.band for each in _band(series, at)]
    layers += [each for series in chart.series if series.points for each in _layers(series, chart, at)]
    layers += _times(chart, across) if timed else []
    return draw(layers, _WIDTH, _HEIGHT, f"{chart.title}: {chart.y} by {chart.x}", _PADDING)


def _band(series: Series, at: Spec) -> list[Spec]:
    """The area between the lowest and the highest that may be true, below all lines."""
    rows = [{"x": _position(x), "y": low, "to": high} for x, low, high in series.band]
    return [layer(rows, "area", {**at, "y2": {"field": "to"}}, color=CURRENT, opacity=0.15)]


def _layers(series: Series, chart: Chart, at: Spec) -> list[Spec]:
    rows = [{"x": _position(x), "y": y} for x, y in series.points]
    shape = {"interpolate": "step-after"} if chart.steps else {}
    if series.side == "guide":
        return [layer(rows, "line", at, color=SOFT, strokeWidth=1, strokeDash=[4, 3])]
    if series.side == "reference":
        area = [layer(rows, "area", at, color=REFERENCE, opacity=1, **shape)] if chart.steps else []
        return area or [layer(rows, "line", at, color=REFERENCE, strokeWidth=3)]
    line = layer(rows, "line", at, color=CURRENT, strokeWidth=1.8, **shape)
    few = len(rows) <= 12 and not chart.steps
    return [line, layer(rows, "circle", at, color=CURRENT, size=26, opacity=1)] if few else [line]


def _times(chart: Chart, across: Spec) -> list[Spec]:
    """A few times under the axis, and its name."""
    points = [str(x) for x, _ in max(chart.series, key=lambda series: len(series.points)).points]
    places = points[: max(1, len(points) - 1) : max(1, -(-len(points) // _TICKS))]  # the last has no room at its right
    marks = [{"x": _position(at), "text": tick} for at, tick in zip(places, phrases.ticks(places), strict=True)]
    below = {"x": place("x", across), "y": {"value": _HEIGHT + 6}, "text": words("text")}
    name = {"x": {"value": _WIDTH / 2}, "y": {"value": _HEIGHT + 22}, "text": words("text")}
    return [
        layer(marks, "text", below, baseline="top", align="left"),
        layer([{"text": chart.x}], "text", name, baseline="top", fontWeight="bold"),
    ]


def _position(x: float | str) -> float:
    """A number along the axis; of a time, its seconds since 1970."""
    time = humanize.parse_time(x) if isinstance(x, str) else None
    if time is not None:
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    return 0.0 if isinstance(x, str) else x


def _is_share(chart: Chart) -> bool:
    """Whether its numbers are shares; a mean of errors is none, however small they are."""
    shares = all(0 <= y <= 1 for series in chart.series for _, y in series.points)
    return shares and not chart.y.startswith("mean of ")


def _numbers(chart: Chart) -> str:
    """The points of all lines but the guides, and of their bands, a table."""
    rows = [
        (text(series.name), _write(x), _write(y))
        for series in chart.series if series.side != "guide" for x, y in series.points[:_MOST]
    ]  # fmt: skip
    rows += [
        (text(f"{series.name}, band"), _write(x), f"{_write(low)} to {_write(high)}")
        for series in chart.series for x, low, high in series.band[:_MOST]
    ]  # fmt: skip
    return table(text(chart.title), ("Line", text(chart.x), text(chart.y)), rows, kind="numbers")


def _write(value: float | str) -> str:
    return text(humanize.moment(value) if isinstance(value, str) else humanize.number(value))
