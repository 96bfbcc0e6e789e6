"""Vega-Lite to slim inline SVG whose colours follow the page's theme."""

import re
from functools import cache
from importlib import import_module
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


def altair() -> Any:
    """The drawing library, loaded when the first picture asks for it."""
    return import_module("altair")


@cache
def available() -> bool:
    """Whether the drawing libraries are there (the extra `report`)."""
    try:
        import_module("altair")
        import_module("vl_convert")
    except ImportError:
        return False
    return True


def draw(chart: Any, label: str, padding: dict[str, int]) -> str:
    """The SVG of an Altair chart of a fixed size, with `label` for those who cannot see it."""
    spec = chart.to_dict()
    spec |= {"config": _CONFIG, "padding": padding, "autosize": {"type": "none"}}
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
