"""A distribution as a thumbnail, and as a table: what needs no drawing library."""

from driftline import humanize
from driftline.report import phrases
from driftline.report.html.markup import table, text
from driftline.types import Bar, ChartData

_MOST = 24


def sparkline(picture: ChartData, names: tuple[str, str] = ("reference", "current")) -> str:
    """The shares of both sides as one small drawing; bars that are no value stand apart at the right."""
    plain, special = split_bars(picture.bars)
    if not plain and not special:
        return ""
    gap = 1 if plain and special else 0
    slots = len(plain) + gap + len(special)
    top = max((max(bar.reference, bar.current) for bar in (*plain, *special)), default=0) or 1.0
    placed = [*enumerate(plain), *enumerate(special, start=len(plain) + gap)]
    was = "".join(_block(at, 0.06, 0.94, bar.reference / top, slots) for at, bar in placed)
    now = "".join(_block(at, 0.28, 0.72, bar.current / top, slots) for at, bar in placed)
    label = f"Distribution of {picture.column.name}, {names[0]} and {names[1]}"
    return (
        f'<svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label="{text(label)}">'
        f'<path class="ref" d="{was}"/><path class="cur" d="{now}"/></svg>'
    )


def split_bars(bars: tuple[Bar, ...]) -> tuple[list[Bar], list[Bar]]:
    """The bars of values, and those of missing, new and suchlike that have any rows."""
    special = [bar for bar in bars if bar.special and (bar.reference > 0 or bar.current > 0)]
    return [bar for bar in bars if not bar.special], special


def numbers_table(picture: ChartData, names: tuple[str, str] = ("Reference", "Current")) -> str:
    """The shares as a table."""
    plain, special = split_bars(picture.bars)
    rows = [
        (text(phrases.clip(phrases.bar_label(bar.label), 60)), _share(bar.reference), _share(bar.current))
        for bar in (*plain[:_MOST], *special)
    ]
    more = f" The first {_MOST} of {len(plain):,} are shown." if len(plain) > _MOST else ""
    caption = f"Share of rows by value.{more}"
    return table(caption, ("Value", *map(text, names)), rows, kind="numbers")


def _block(at: int, left: float, right: float, height: float, slots: int) -> str:
    if height <= 0:
        return ""
    x, end = 100 * (at + left) / slots, 100 * (at + right) / slots
    return f"M{x:.4g} 24V{24 * (1 - height):.3g}H{end:.4g}V24z"


def _share(value: float) -> str:
    return text(humanize.quantity(value, "share"))
