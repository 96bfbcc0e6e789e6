"""The report for a pull request or a CI summary: GitHub-flavoured Markdown, short enough for one comment."""

import re
from collections.abc import Iterable

from driftline import humanize
from driftline.report import phrases
from driftline.report.base import ReportFormat
from driftline.types import Dataset, Health, Level, Verdict
from driftline.verdicts.result import Finding, Result

_MARKS = {Level.ALERT: "🔴", Level.WARNING: "🟠", Level.UNKNOWN: "⚪", Level.OK: "🟢"}
_MOST = 25


def _render(result: Result) -> str:
    parts = [
        f"### {_MARKS[result.level]} {_text(result.headline)}",
        f"**{_text(result.model)}**: {_sides(result)}.",
        _findings(result.findings),
        _harmless(result.notable),
        _performance(result),
        _tiers(result),
        "".join(f"> {_text(note)}\n" for note in result.notes),
        _footer(result),
    ]
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _sides(result: Result) -> str:
    return f"{_side('current', result.current)}, against {_side('reference', result.reference)}"


def _side(word: str, side: Dataset) -> str:
    when = phrases.times(side)
    return f"{word} {_code(side.label)} ({humanize.count(side.rows, 'row')}{', ' + _text(when) if when else ''})"


def _findings(findings: tuple[Finding, ...]) -> str:
    if not findings:
        return ""
    groups = phrases.gathered(findings)
    timed = any(finding.since for finding in findings)
    rows = [_row(finding, others, timed=timed) for finding, others in groups[:_MOST]]
    more = len(groups) - _MOST
    text = _table(["Level", "Where", "What", *(["Since"] if timed else [])], rows)
    text += f"\n\n… and {humanize.count(more, 'more subject')}." if more > 0 else ""
    also = [verdict for finding, _ in groups[:_MOST] for verdict in finding.verdicts[1:5]]
    return text + (f"\n\n{_folded('Supporting evidence', _lines(also))}" if also else "")


def _row(finding: Finding, others: list[Finding], *, timed: bool) -> list[str]:
    what, evidence = map(_text, phrases.explain(finding))
    what += f"<br>{evidence}" if evidence else ""
    if others:
        what += f" Also: {_names([each.lead.segment or 'all rows' for each in others])}."
    since = [_text(phrases.moment(finding.since))] if timed else []
    level = f"{_MARKS[finding.level]} {phrases.SHORT[finding.level]}"
    return [level, f"**{_text(finding.subject)}**", what, *since]


def _harmless(verdicts: tuple[Verdict, ...]) -> str:
    groups = phrases.together(verdicts)
    if not groups:
        return ""
    lines = [f"- {_names(names)}: {_text(reason)}" for _, names, reason in groups[:_MOST]]
    lines += [f"- … and {len(groups) - _MOST:,} more"] if len(groups) > _MOST else []
    return "#### Changed, but harmless\n\n" + "\n".join(lines)


def _names(names: list[str]) -> str:
    more = f" and {len(names) - 6} more" if len(names) > 6 else ""
    return ", ".join(_code(name) for name in names[:6]) + more


def _lines(verdicts: Iterable[Verdict]) -> str:
    return "\n".join(f"- {_code(phrases.place(verdict))}: {_text(verdict.reason)}" for verdict in verdicts)


def _performance(result: Result) -> str:
    known = [verdict for verdict in result.verdicts if verdict.family == "performance" and verdict.value is not None]
    if not known:
        return ""
    rows = [
        [
            _text(phrases.sentence(verdict.title)),
            _code(verdict.segment) if verdict.segment else "all rows",
            _text(phrases.quantity(verdict.reference, verdict.unit)),
            _text(f"{phrases.quantity(verdict.value, verdict.unit)} {phrases.interval(verdict)}".rstrip()),
            f"{_MARKS[verdict.level]} {phrases.SHORT[verdict.level]}" if verdict.judged else "described",
        ]
        for verdict in known[:_MOST]
    ]
    table = _table(["Metric", "Where", "Reference", "Current", "Verdict"], rows)
    more = len(known) - _MOST
    return f"#### Performance\n\n{table}" + (f"\n\n… and {more:,} more rows." if more > 0 else "")


def _tiers(result: Result) -> str:
    rows = []
    for health in Health:
        counts = phrases.tally(result.by_health(health))
        told = ", ".join(f"{_MARKS[level]} {phrases.counted(level, n)}" for level, n in counts.items())
        rows.append(
            [health.value.capitalize(), told or ("not observed" if health is Health.SERVICE else "nothing judged")]
        )
    return _table(["Health", "Verdicts"], rows)


def _footer(result: Result) -> str:
    parts = [f"Driftline {result.version}".strip(), phrases.moment(result.created), f"{result.elapsed:.1f} s"]
    parts += [f"plan {result.fingerprint[:12]}"] if result.fingerprint else []
    return f"<sub>{_text(' · '.join(part for part in parts if part))}</sub>"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def _text(text: str) -> str:
    """Text that Markdown shows as it is: nothing in it is markup, a table cell's end, or calls a person by name."""
    shown = phrases.clipped(text.replace("\n", " "), 500)
    shown = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "@\u200b")
    return re.sub(r"([\\`*_\[\]|#~$])", r"\\\1", shown)


def _code(text: str) -> str:
    """Text in a code span, safe inside a table."""
    shown = phrases.clipped(text, 120).replace("`", "'").replace("|", "¦")
    return f"`{shown or ' '}`"


markdown = ReportFormat((".md", ".markdown"), _render)
