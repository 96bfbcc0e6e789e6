"""Charts of a result as plain SVG: curves over numbers, such as ROC, calibration and errors, reference and current."""

from collections.abc import Sequence

from driftline import humanize
from driftline.report import phrases
from driftline.report.html.markup import fold, table, text
from driftline.verdicts.sections.records import Chart, Series

_WIDE, _HIGH = 400.0, 240.0
_ROWS = 60
_PAIR = 2


def curve(chart: Chart) -> str:
    """A chart whose x is a number: a line for each side, the ends of both axes, and its numbers; nothing for others."""
    points = [(x, y) for series in chart.series for x, y in series.points if not isinstance(x, str)]
    points += [(x, y) for series in chart.series for x, *ends in series.band if not isinstance(x, str) for y in ends]
    if len(points) < _PAIR or any(isinstance(x, str) for series in chart.series for x, _ in series.points):
        return ""
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    low, high = min(0.0, *(y for _, y in points)), max(y for _, y in points)
    right, high = (right if right > left else left + 1.0), (high if high > low else low + 1.0)

    def place(x: float, y: float) -> str:
        return f"{_WIDE * (x - left) / (right - left):.1f} {_HIGH * (1 - (y - low) / (high - low)):.1f}"

    paths = "".join(
        f'<path class="band" d="M{"L".join(places)}z"/>'
        for series in chart.series
        if (
            places := [place(float(x), high) for x, _, high in series.band]
            + [place(float(x), low) for x, low, _ in reversed(series.band)]
        )
    )
    paths += "".join(
        f'<path class="{text(series.side)}" d="{_path([place(float(x), y) for x, y in series.points], chart)}"/>'
        for series in chart.series
        if series.points
    )
    named = [series for series in chart.series if series.side != "guide"]
    label = f"{chart.title}: {chart.y} over {chart.x}; {phrases.join_names([series.name for series in named])}"
    key = "".join(f'<li><i class="{text(series.side)}"></i>{text(series.name)}</li>' for series in named)
    ends = "".join(f"<span>{_say(value)}</span>" for value in (high, low))
    return (
        f'<figure class="card curve"><figcaption>{text(chart.title)}</figcaption>'
        f'<p class="soft up">{text(chart.y)}</p>'
        f'<div class="frame"><div class="ends" aria-hidden="true">{ends}</div>'
        f'<svg viewBox="0 0 {_WIDE:g} {_HIGH:g}" preserveAspectRatio="none" role="img" aria-label="{text(label)}">'
        f'{paths}</svg><p class="across"><span>{_say(left)}</span><span class="soft">{text(chart.x)}</span>'
        f"<span>{_say(right)}</span></p></div>"
        f'<ul class="key">{key}</ul><p class="soft">{text(chart.caption)}</p>'
        f"{fold('The numbers', _numbers(chart, named))}</figure>"
    )


def _path(places: Sequence[str], chart: Chart) -> str:
    """A line through places, or with `steps` a level that holds until the next one."""
    if not chart.steps:
        return f"M{'L'.join(places)}"
    path = f"M{places[0]}"
    for spot in places[1:]:
        x, y = spot.split()
        path += f"H{x}V{y}"
    return path


def _numbers(chart: Chart, series: Sequence[Series]) -> str:
    rows = [
        (text(one.name), _say(float(x)), _say(y))
        for one in series
        for x, y in one.points[:: max(1, -(-len(one.points) // _ROWS))]
    ]
    inner = table(text(chart.title), ("Line", text(chart.x), text(chart.y)), rows, kind="numbers")
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{text(chart.title)}">{inner}</div>'


def _say(value: float) -> str:
    return text(humanize.quantity(value, ""))
