"""Verdicts as tables: the short one of a column, and the full one of everything."""

from collections.abc import Iterable

from driftline.report import phrases
from driftline.report.html.markup import badge, code, folded, table, text
from driftline.types import Verdict
from driftline.verdicts.result import Result

_MOST = 500
_ORDER = ("expectation", "schema", "quality", "drift", "performance", "description")


def fine(verdict: Verdict, *, limit: bool = True) -> str:
    """The small print of a verdict: threshold (unless it is shown elsewhere), p-value, rows."""
    parts = [phrases.chance(verdict.p_value), f"{verdict.n:,} rows"]
    if limit and verdict.threshold is not None:
        parts.insert(0, f"limit {phrases.quantity(verdict.threshold, verdict.unit)}")
    return text(" · ".join(part for part in parts if part))


def short(verdicts: Iterable[Verdict], caption: str) -> str:
    """What was found, how, and in numbers; the worst first, descriptions last."""
    ordered = sorted(verdicts, key=lambda each: (not each.judged, -each.level.rank, _family(each)))
    rows = [
        (
            badge(each.level, judged=each.judged),
            f"<b>{text(phrases.sentence(each.title))}</b>{_where(each)}<p>{text(phrases.explained(each))}</p><small>{fine(each)}</small>",
            f"<b>{text(phrases.change(each))}</b><small>{text(phrases.interval(each))}</small>",
        )
        for each in ordered
    ]
    return table(caption, ("Verdict", "What and how", "Value"), rows, kind="short") if rows else ""


def every(result: Result) -> str:
    """All verdicts with all their numbers, folded."""
    ordered = sorted(result.verdicts, key=lambda each: -each.level.rank)
    rows = [
        (
            badge(each.level, judged=each.judged),
            f"{code(each.column) if each.column is not None else 'all rows'}{_where(each)}",
            f"<b>{text(phrases.sentence(each.title))}</b><p>{text(phrases.explained(each))}</p>",
            *_numbers(each),
        )
        for each in ordered[:_MOST]
    ]
    heads = ("Verdict", "Where", "Metric and reason", "Reference", "Current", "Threshold", "Rows", "p")
    told = f"All {len(ordered):,} verdicts"
    more = f" The first {_MOST:,}, worst first; the JSON report has them all." if len(ordered) > _MOST else ""
    caption = f"How each verdict was reached.{more}"
    inner = table(caption, heads, rows, kind="full")
    body = f'<div class="scroll" tabindex="0" role="region" aria-label="{told}">{inner}</div>'
    return folded(told, body, kind="panel")


def _numbers(verdict: Verdict) -> tuple[str, ...]:
    was, now, limit = (
        text(phrases.quantity(number, verdict.unit)) for number in (verdict.reference, verdict.value, verdict.threshold)
    )
    current = f"{now}<small>{text(phrases.interval(verdict))}</small>"
    return (
        was,
        current,
        limit,
        f"{verdict.n:,}",
        text(phrases.chance(verdict.p_value).removeprefix("p ").removeprefix("= ")),
    )


def _where(verdict: Verdict) -> str:
    parts = [f"where {code(verdict.segment)}"] if verdict.segment else []
    parts += [f"in {text(phrases.window(verdict.window))}"] if verdict.window else []
    return f' <span class="soft">{" ".join(parts)}</span>' if parts else ""


def _family(verdict: Verdict) -> int:
    return _ORDER.index(verdict.family) if verdict.family in _ORDER else len(_ORDER)
