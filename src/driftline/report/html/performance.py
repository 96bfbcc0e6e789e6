"""How well the model does: every metric with its interval against the reference, overall and by segment."""

from driftline.report import phrases
from driftline.report.html.markup import badge, code, table, text
from driftline.report.html.ruler import reach, ruler
from driftline.types import Verdict
from driftline.verdicts.result import Result

_MOST = 60


def performance(result: Result) -> str:
    """A table a metric with segments, one table for the metrics that are known for all rows only."""
    groups: dict[str, list[Verdict]] = {}
    for verdict in result.verdicts:
        if verdict.family == "performance":
            groups.setdefault(verdict.title, []).append(verdict)
    split = {title: group for title, group in groups.items() if any(each.segment for each in group)}
    whole = [each for title, group in groups.items() if title not in split for each in group]
    parts = [
        _table(text(phrases.sentence(title)), "Rows", [(_place(each), each) for each in group], shared=True)
        for title, group in split.items()
    ]
    if whole:
        parts.append(
            _table("All rows", "Metric", [(text(phrases.sentence(each.title)), each) for each in whole], shared=False)
        )
    return "".join(parts)


def _place(verdict: Verdict) -> str:
    return code(verdict.segment) if verdict.segment else "<b>All rows</b>"


def _table(caption: str, head: str, rows: list[tuple[str, Verdict]], *, shared: bool) -> str:
    shown = rows[:_MOST]
    ends = reach([verdict for _, verdict in shown if verdict.value is not None]) if shared else None
    cells = [
        (
            name,
            text(phrases.quantity(verdict.reference, verdict.unit)),
            _value(verdict),
            ruler(verdict, ends),
            badge(verdict.level, judged=verdict.judged),
        )
        for name, verdict in shown
    ]
    more = f" The first {_MOST} of {len(rows):,}; the JSON report has them all." if len(rows) > _MOST else ""
    heads = (head, "Reference", "Current, with interval", "Drawn", "Verdict")
    return f'<div class="card">{table(caption + more, heads, cells, kind="performance")}</div>'


def _value(verdict: Verdict) -> str:
    if verdict.value is None:
        return f"<small>{text(verdict.reason)}</small>"
    now = text(phrases.quantity(verdict.value, verdict.unit))
    return f"<b>{now}</b> <small>{text(phrases.interval(verdict))}</small>"
