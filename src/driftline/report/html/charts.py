"""A distribution as an Altair chart: upright bars for numbers, lying ones for names."""

from typing import Any

from driftline import humanize
from driftline.report import phrases
from driftline.report.html.sparkline import split_bars
from driftline.report.html.svg import CURRENT, INK, REFERENCE, TINT, WIDTH, altair, draw
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
    chart, padding = _upright(plain, special) if upright and plain else _lying(plain, special)
    return draw(chart, label, padding)


def _upright(plain: list[Bar], special: list[Bar]) -> tuple[Any, dict[str, int]]:
    alt = altair()
    padding = {"left": 42, "right": 18, "top": 8, "bottom": 22}
    width = WIDTH - padding["left"] - padding["right"]
    apart = (_SLOT * len(special) + _GAP) if special else 0
    slot = (width - apart) / len(plain)
    bars = [_upright_bar(bar, at * slot, slot) for at, bar in enumerate(plain)]
    start = width - apart + _GAP
    bars += [_upright_bar(bar, start + at * _SLOT + 5, _SLOT - 10) for at, bar in enumerate(special)]
    top = max((max(bar["was"], bar["now"]) for bar in bars), default=0.0) or 1.0
    across = alt.Scale(domain=[0, width], nice=False)
    up = alt.Scale(domain=[0, top], nice=False)
    axis = alt.Axis(format=".0%" if top >= 0.05 else ".1%", tickCount=3)
    base = alt.Chart(alt.Data(values=bars))

    def layer(kind: str, colour: str) -> Any:
        x = alt.X(f"{kind}_left:Q", scale=across, axis=None)
        y = alt.Y(f"{kind}:Q", scale=up, axis=axis)
        return base.mark_rect(fill=colour).encode(x, alt.X2(f"{kind}_right:Q"), y, alt.Y2(datum=0))

    marks = _edges(plain, slot)
    marks += [{"x": start + (at + 0.5) * _SLOT, "text": phrases.clip(bar.label, 10)} for at, bar in enumerate(special)]
    names = alt.Chart(alt.Data(values=marks)).mark_text(baseline="top", limit=_SLOT + 14)
    labels = names.encode(alt.X("x:Q", scale=across, axis=None), y=alt.value(_PLOT + 6), text="text:N")
    layers = [layer("was", REFERENCE), layer("now", CURRENT), labels]
    if special:
        tint = alt.Chart(alt.Data(values=[{"x": start, "end": width}])).mark_rect(fill=TINT, cornerRadius=4)
        layers.insert(0, tint.encode(alt.X("x:Q", scale=across, axis=None), alt.X2("end:Q")))
    return alt.layer(*layers).properties(width=width, height=_PLOT), padding


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


def _lying(plain: list[Bar], special: list[Bar]) -> tuple[Any, dict[str, int]]:
    alt = altair()
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
    across = alt.Scale(domain=[0, top], nice=False)
    down = alt.Scale(domain=[height, 0], nice=False)
    base = alt.Chart(alt.Data(values=rows))

    def layer(kind: str, colour: str) -> Any:
        y = alt.Y(f"{kind}_top:Q", scale=down, axis=None)
        x = alt.X(f"{kind}:Q", scale=across, axis=None)
        return base.mark_rect(fill=colour).encode(x, alt.X2(datum=0), y, alt.Y2(f"{kind}_end:Q"))

    middle = alt.Y("middle:Q", scale=down, axis=None)
    names = base.mark_text(align="right", limit=_NAMES - 12, color=INK).encode(x=alt.value(-8), y=middle, text="name:N")
    shares = base.mark_text(align="left").encode(x=alt.value(width + 8), y=middle, text="shares:N")
    layers = [layer("was", REFERENCE), layer("now", CURRENT), names, shares]
    if special:
        tint = alt.Chart(alt.Data(values=[{"y": start, "end": height}])).mark_rect(fill=TINT, cornerRadius=4)
        edges = {"x": alt.value(-_NAMES), "x2": alt.value(width + _SHARES)}
        layers.insert(0, tint.encode(**edges, y=alt.Y("y:Q", scale=down, axis=None), y2="end:Q"))
    return alt.layer(*layers).properties(width=width, height=height), padding


def _lying_bar(bar: Bar, top: float) -> dict[str, Any]:
    shares = f"{humanize.quantity(bar.reference, 'share')} → {humanize.quantity(bar.current, 'share')}"
    return {
        "name": phrases.clip(bar.label, 40) or "(empty)", "shares": shares, "middle": top + _ROW / 2,
        "was": bar.reference, "was_top": top + 3, "was_end": top + _ROW - 3,
        "now": bar.current, "now_top": top + 8, "now_end": top + _ROW - 8,
    }  # fmt: skip
