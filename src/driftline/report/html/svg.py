"""Vega-Lite to slim inline SVG whose colours follow the page's theme."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from driftline.report.html.markup import text

# Stand-ins that page.css replaces by its variables; on their own they make a light picture.
REFERENCE, CURRENT = "#bcc6d2", "#3457d5"
INK, SOFT, LINE, TINT, LIMIT = "#17202b", "#566273", "#e2e6eb", "#f1f3f6", "#b42318"
WIDTH = 344
_CONFIG: dict[str, Any] = {
    "aria": False,
    "background": "transparent",
    "font": "sans-serif",
    "view": {"stroke": None},
    "text": {"color": SOFT, "fontSize": 11},
    "axis": {
        "domain": False, "ticks": False, "gridColor": LINE, "labelColor": SOFT, "labelFontSize": 11, "labelPadding": 6,
        "title": None, "titleColor": SOFT,
    },
}  # fmt: skip
_DROPPED = re.compile(
    r' (?:class|role|aria-[a-z]+|pointer-events|font-family|stroke-miterlimit|opacity="1")(?:="[^"]*")?'
)
_LONG = re.compile(r"-?\d+\.\d{3,}")
_TAG = re.compile(r"<[^<>]+>")
_EMPTY_GROUP = re.compile(r"<g[^<>]*></g>|<path d=\"M0,0h0v0h0Z\"></path>|<path d=\"M0,0h0v0h0Z\"/>")


Spec = dict[str, Any]
"""A part of a Vega-Lite specification, as its own documentation names it."""


@cache
def available() -> bool:
    """Whether the drawing library is there (the extra `report`)."""
    return find_spec("vl_convert") is not None


def layer(rows: Sequence[Mapping[str, Any]], mark: str, encoding: Spec, **style: Any) -> Spec:
    """One layer of a drawing: a mark for each row, placed by its fields.

    >>> layer([{"x": 1}], "rule", {"x": place("x", {"domain": [0, 2]})}, color=INK)["mark"]
    {'type': 'rule', 'color': '#17202b'}
    """
    return {"data": {"values": list(rows)}, "mark": {"type": mark, **style}, "encoding": encoding}


def place(field: str, scale: Spec, axis: Spec | None = None) -> Spec:
    """A channel that places a mark by a number."""
    return {"field": field, "type": "quantitative", "scale": {"nice": False, **scale}, "axis": axis}


def words(field: str) -> Spec:
    """A channel that writes a text."""
    return {"field": field, "type": "nominal"}


def draw(layers: Sequence[Spec], width: float, height: float, label: str, padding: Mapping[str, int]) -> str:
    """The SVG of layers on one plot of a fixed size, with `label` for those who cannot see it."""
    spec = {
        "layer": list(layers), "width": width, "height": height, "config": _CONFIG, "padding": dict(padding),
        "autosize": {"type": "none"},
    }  # fmt: skip
    raw = import_module("vl_convert").vegalite_to_svg(spec)
    size = re.search(r'viewBox="([^"]*)"', raw)
    body = raw[raw.index(">") + 1 : raw.rindex("</svg>")]
    box = size.group(1) if size else f"0 0 {WIDTH} 150"
    return f'<svg class="picture" viewBox="{box}" role="img" aria-label="{text(label)}">{_slim(body)}</svg>'


def _short(number: re.Match[str]) -> str:
    return f"{float(number.group()):.2f}".rstrip("0").rstrip(".")


def _slim(body: str) -> str:
    body = _TAG.sub(lambda tag: _LONG.sub(_short, _DROPPED.sub("", tag.group())), body)
    before = ""
    while body != before:
        before, body = body, _EMPTY_GROUP.sub("", body)
    return body
