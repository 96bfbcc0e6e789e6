"""A distribution as a drawing: upright bars for numbers, lying ones for names."""

from typing import Any

from driftline import humanize
from driftline.report import phrases
from driftline.report.html.sparkline import split_bars
from driftline.report.html.svg import CURRENT, INK, REFERENCE, TINT, WIDTH, Spec, draw, layer, place, words
from driftline.types import Bar, ChartData

_PLOT, _SLOT, _GAP = 120, 46, 14
_ROW, _NAMES, _SHARES = 22, 112, 102
_MOST = 14
_LONG = 9  # characters of a label that fits where labels are closest


def distribution(picture: ChartData) -> str:
    """Reference (wide, pale) and current (narrow, strong) shares; missing and new values stand apart on a tint."""
    label = f"Shares of rows by value of {picture.column.name}: reference and current"
    plain, special = split_bars(picture.bars)
    upright = all(bar.low is not None or bar.high is not None for bar in plain)
    return _draw_upright(plain, special, label) if upright and plain else _draw_lying(plain, special, label)


def _draw_upright(plain: list[Bar], special: list[Bar], label: str) -> str:
    padding = {"left": 42, "right": 18, "top": 8, "bottom": 22}
    width = WIDTH - padding["left"] - padding["right"]
    apart = (_SLOT * len(special) + _GAP) if special else 0
    slot = (width - apart) / len(plain)
    bars = [_upright_bar(bar, at * slot, slot) for at, bar in enumerate(plain)]
    start = width - apart + _GAP
    bars += [_upright_bar(bar, start + at * _SLOT + 5, _SLOT - 10) for at, bar in enumerate(special)]
    top = max((max(bar["was"], bar["now"]) for bar in bars), default=0.0) or 1.0
    across, up = {"domain": [0, width]}, {"domain": [0, top]}
    axis = {"format": ".0%" if top >= 0.05 else ".1%", "tickCount": 3}

    def side(kind: str, colour: str) -> Spec:
        x = {"x": place(f"{kind}_left", across), "x2": {"field": f"{kind}_right"}}
        return layer(bars, "rect", {**x, "y": place(kind, up, axis), "y2": {"datum": 0}}, fill=colour)

    marks = _edges(plain, slot)
    marks += [{"x": start + (at + 0.5) * _SLOT, "text": phrases.clip(bar.label, 10)} for at, bar in enumerate(special)]
    names = {"x": place("x", across), "y": {"value": _PLOT + 6}, "text": words("text")}
    labels = layer(marks, "text", names, baseline="top", limit=_SLOT + 14)
    layers = [side("was", REFERENCE), side("now", CURRENT), labels]
    if special:
        strip = {"x": place("x", across), "x2": {"field": "end"}}
        layers.insert(0, layer([{"x": start, "end": width}], "rect", strip, fill=TINT, cornerRadius=4))
    return draw(layers, width, _PLOT, label, padding)


def _upright_bar(bar: Bar, left: float, width: float) -> dict[str, float]:
    gap = 0.5 if width > 4 else 0.0
    return {
        "was": bar.reference, "was_left": left + gap, "was_right": left + width - gap,
        "now": bar.current, "now_left": left + width * 0.27, "now_right": left + width * 0.73,
    }  # fmt: skip


def _edges(plain: list[Bar], slot: float) -> list[dict[str, Any]]:
    """Labels under the bars: values in the middle of bars of one value, else some of the edges between bars."""
    if all(bar.low == bar.high for bar in plain):
        spots = [((at + 0.5) * slot, bar.label) for at, bar in enumerate(plain)]
    else:
        spots = [(at * slot, _edge(bar, "low")) for at, bar in enumerate(plain) if bar.low is not None]
        if plain[-1].high is not None:
            spots.append((len(plain) * slot, _edge(plain[-1], "high")))
    shown = spots[:: _step(len(spots), slot * len(plain), 52)]
    texts = phrases.ticks([text for _, text in shown])
    if max(map(len, texts), default=0) > _LONG:
        shown = spots[:: _step(len(spots), slot * len(plain), 80)]
        texts = phrases.ticks([text for _, text in shown])
    return [{"x": x, "text": phrases.clip(text, 12)} for (x, _), text in zip(shown, texts, strict=True)]


def _step(spots: int, width: float, each: int) -> int:
    """Every how many spots a label of that width fits."""
    return max(1, -(-spots // max(1, int(width // each))))


def _edge(bar: Bar, end: str) -> str:
    """One end of a bar: a time as its label tells it, else a number."""
    low, _, high = bar.label.removeprefix("over ").removeprefix("up to ").partition(" to ")
    text = low if end == "low" else high or low
    return text if humanize.parse_time(text) else humanize.quantity(getattr(bar, end), "")


def _draw_lying(plain: list[Bar], special: list[Bar], label: str) -> str:
    padding = {"left": _NAMES, "right": _SHARES, "top": 4, "bottom": 4}
    width = WIDTH - _NAMES - _SHARES
    shown = plain if len(plain) <= _MOST else plain[: _MOST - 1]
    if rest := plain[len(shown) :]:
        others = Bar(f"{len(rest):,} more", sum(bar.reference for bar in rest), sum(bar.current for bar in rest))
        shown = [*shown, others]
    gap = _GAP if shown and special else 0
    rows = [_lying_bar(bar, at * _ROW) for at, bar in enumerate(shown)]
    start = len(shown) * _ROW + gap
    rows += [_lying_bar(bar, start + at * _ROW) for at, bar in enumerate(special)]
    height = max(start + len(special) * _ROW, _ROW)
    top = max((max(row["was"], row["now"]) for row in rows), default=0.0) or 1.0
    across, down = {"domain": [0, top]}, {"domain": [height, 0]}

    def side(kind: str, colour: str) -> Spec:
        y = {"y": place(f"{kind}_top", down), "y2": {"field": f"{kind}_end"}}
        return layer(rows, "rect", {"x": place(kind, across), "x2": {"datum": 0}, **y}, fill=colour)

    def column(field: str, x: float, **style: Any) -> Spec:
        return layer(rows, "text", {"x": {"value": x}, "y": place("middle", down), "text": words(field)}, **style)

    names = column("name", -8, align="right", limit=_NAMES - 12, color=INK)
    shares = column("shares", width + 8, align="left")
    layers = [side("was", REFERENCE), side("now", CURRENT), names, shares]
    if special:
        strip = {
            "x": {"value": -_NAMES},
            "x2": {"value": width + _SHARES},
            "y": place("y", down),
            "y2": {"field": "end"},
        }
        layers.insert(0, layer([{"y": start, "end": height}], "rect", strip, fill=TINT, cornerRadius=4))
    return draw(layers, width, height, label, padding)


def _lying_bar(bar: Bar, top: float) -> dict[str, Any]:
    shares = f"{humanize.quantity(bar.reference, 'share')} → {humanize.quantity(bar.current, 'share')}"
    return {
        "name": phrases.clip(bar.label, 40) or "(empty)", "shares": shares, "middle": top + _ROW / 2,
        "was": bar.reference, "was_top": top + 3, "was_end": top + _ROW - 3,
        "now": bar.current, "now_top": top + 8, "now_end": top + _ROW - 8,
    }  # fmt: skip
