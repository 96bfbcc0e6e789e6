"""Verdicts as tables: the short one of a column, and the full one of everything."""

from collections.abc import Iterable

from driftline import humanize
from driftline.report import phrases
from driftline.report.html.markup import badge, code, fold, table, text
from driftline.types import Verdict
from driftline.verdicts.sections.records import VerdictList

_MOST = 500
_ORDER = ("expectation", "schema", "quality", "drift", "fairness", "performance", "estimate", "description")
_FIRST = ("mean", "median", "std", "minimum", "quantile_25", "quantile_75", "maximum", "distinct")
"""Descriptions that people look for, before the distances that are only described."""


def fine_print(verdict: Verdict, *, limit: bool = True) -> str:
    """The small print of a verdict: limit (unless it is shown elsewhere), p-value, rows."""
    parts = [phrases.chance(verdict.p_value), f"{verdict.n:,} rows"]
    if limit and verdict.threshold is not None:
        parts.insert(0, f"limit {humanize.quantity(verdict.threshold, verdict.unit)}")
    return text(" · ".join(part for part in parts if part))


def verdict_table(verdicts: Iterable[Verdict], caption: str) -> str:
    """What was measured, how, and in numbers: what is judged first, the worst first; then mean and median."""
    rows = [
        (
            badge(item.level, judged=item.judged),
            _describe(item),
            f"<b>{text(phrases.change(item))}</b><small>{text(phrases.interval(item))}</small>",
        )
        for item in sorted(verdicts, key=_rank)
    ]
    return table(caption, ("Verdict", "What and how", "Value"), rows, kind="short") if rows else ""


def _describe(verdict: Verdict) -> str:
    title = f"<b>{text(humanize.capitalize(verdict.title))}</b>{_where(verdict)}"
    return f"{title}<p>{text(phrases.reason_only(verdict))}</p><small>{fine_print(verdict)}</small>"


def all_verdicts(section: VerdictList) -> str:
    """The verdicts with all their numbers, folded."""
    rows = [
        (
            badge(item.level, judged=item.judged),
            f"{code(item.column) if item.column is not None else 'all rows'}{_where(item)}",
            f"<b>{text(humanize.capitalize(item.title))}</b><p>{text(phrases.reason_only(item))}</p>",
            *_numbers(item),
        )
        for item in section.verdicts[:_MOST]
    ]
    heads = ("Verdict", "Where", "Metric and reason", "Reference", "Current", "Limit", "Rows", "p")
    total = len(section.verdicts)
    title = f"All {total:,} verdicts"
    more = f" The first {_MOST:,}, worst first; the JSON report has them all." if total > _MOST else ""
    inner = table(f"{section.title}.{more}", heads, rows, kind="full")
    body = f'<div class="scroll" tabindex="0" role="region" aria-label="{title}">{inner}</div>'
    return fold(title, body, kind="panel")


def _rank(verdict: Verdict) -> tuple[bool, int, int, int]:
    first = _FIRST.index(verdict.metric) if not verdict.judged and verdict.metric in _FIRST else len(_FIRST)
    family = _ORDER.index(verdict.family) if verdict.family in _ORDER else len(_ORDER)
    return not verdict.judged, -verdict.level.rank, first, family


def _numbers(verdict: Verdict) -> tuple[str, ...]:
    was, now, limit = (
        text(humanize.quantity(number, verdict.unit))
        for number in (verdict.reference, verdict.value, verdict.threshold)
    )
    chance = phrases.chance(verdict.p_value).removeprefix("p ").removeprefix("= ")
    return was, f"{now}<small>{text(phrases.interval(verdict))}</small>", limit, f"{verdict.n:,}", text(chance)


def _where(verdict: Verdict) -> str:
    parts = [f"where {code(verdict.segment)}"] if verdict.segment else []
    parts += [f"in {text(humanize.interval_of_time(verdict.window))}"] if verdict.window else []
    return f' <span class="soft">{" ".join(parts)}</span>' if parts else ""
