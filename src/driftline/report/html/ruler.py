"""An interval drawn on a line: dot and whisker, the reference as a tick, the threshold as a dashed tick."""

from driftline import humanize
from driftline.report import phrases
from driftline.report.html.markup import text
from driftline.types import Verdict


def ruler_ends(verdicts: list[Verdict]) -> tuple[float, float]:
    """The ends of a line on which all these verdicts have room; it starts at zero where that is near."""
    numbers = [
        number
        for item in verdicts
        for number in (item.value, item.low, item.high, item.reference, item.threshold)
        if number is not None
    ]
    low, high = min(numbers, default=0.0), max(numbers, default=1.0)
    if 0 <= low < 0.6 * high:
        low = 0.0
    room = 0.06 * (high - low) or abs(high) * 0.1 or 1.0
    return (low if low == 0 else low - room), high + room


def ruler(verdict: Verdict, ends: tuple[float, float] | None = None) -> str:
    """The drawing, between the given ends or its own; nothing where there is no value."""
    if verdict.value is None:
        return ""
    low, high = ends or ruler_ends([verdict])

    def at(number: float) -> str:
        return f"{1 + 98 * (number - low) / (high - low):.4g}%"

    parts = ['<line class="rail" x1="0" x2="100%" y1="11" y2="11"/>']
    if verdict.threshold is not None:
        x = at(verdict.threshold)
        parts.append(f'<line class="limit" x1="{x}" x2="{x}" y1="0" y2="22"/>')
    if verdict.reference is not None:
        x = at(verdict.reference)
        parts.append(f'<line class="was" x1="{x}" x2="{x}" y1="3" y2="19"/>')
    if verdict.low is not None and verdict.high is not None:
        parts.append(f'<line class="whisker" x1="{at(verdict.low)}" x2="{at(verdict.high)}" y1="11" y2="11"/>')
    parts.append(f'<circle class="now" cx="{at(verdict.value)}" cy="11" r="5"/>')
    label = f"{verdict.title}: {phrases.change(verdict)} {phrases.interval(verdict)}".rstrip()
    return f'<svg class="ruler {_tone(verdict)}" role="img" aria-label="{text(label)}">{"".join(parts)}</svg>'


def legend(verdict: Verdict) -> str:
    """The numbers of the drawing, each beside its sign."""
    if verdict.value is None:
        return ""
    now = f"{humanize.quantity(verdict.value, verdict.unit)} {phrases.interval(verdict)}".rstrip()
    items = [("was", "reference", verdict.reference), ("limit", "limit", verdict.threshold)]
    shown = [f'<li class="{_tone(verdict)}"><i class="now"></i>current <b>{text(now)}</b></li>']
    shown += [
        f'<li><i class="{kind}"></i>{word} <b>{text(humanize.quantity(number, verdict.unit))}</b></li>'
        for kind, word, number in items
        if number is not None
    ]
    return f'<ul class="key">{"".join(shown)}</ul>'


def _tone(verdict: Verdict) -> str:
    """The colour's name: of the level, grey for what is only described."""
    return verdict.level.value if verdict.judged else "described"
