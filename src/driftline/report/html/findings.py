"""What stands out, as cards: the worst first."""

from driftline import humanize
from driftline.report import phrases
from driftline.report.html.markup import badge, code, folded, section, table, text
from driftline.report.html.pictures import Pictures
from driftline.report.html.ruler import key, ruler
from driftline.report.html.verdicts import fine
from driftline.types import Verdict
from driftline.verdicts.result import Finding, Result

_CARDS, _ROWS, _ALSO = 40, 300, 4


def findings(result: Result, pictures: Pictures) -> str:
    """The section of the findings; where there are very many, the later ones are rows of a table."""
    groups = phrases.gathered(result.findings)
    cards = "".join(_card(finding, others, pictures) for finding, others in groups[:_CARDS])
    if rest := [finding for first, others in groups[_CARDS:] for finding in (first, *others)]:
        rows = [(badge(each.level), _subject(each), text(phrases.sentence(each.lead.reason))) for each in rest[:_ROWS]]
        title = humanize.count(len(rest), "more finding")
        told = title if len(rest) <= _ROWS else f"{title}; the first {_ROWS}"
        cards += folded(title, table(told, ("Level", "Where", "What"), rows, kind="short"), kind="panel")
    return section(
        "findings", "Findings", cards, "Worst first. A grey tick marks the reference, a dashed one the threshold."
    )


def harmless(result: Result) -> str:
    """What changed and does no harm."""
    items = "".join(
        f"<li>{badge(level)}<div><b>{', '.join(code(name) for name in names)}</b><p>{text(reason)}</p></div></li>"
        for level, names, reason in phrases.together(result.notable)
    )
    lead = "Worth knowing; nothing here asks for action."
    return section("harmless", "Changed, but harmless", f'<ul class="harmless">{items}</ul>' if items else "", lead)


def _card(finding: Finding, others: list[Finding], pictures: Pictures) -> str:
    level = finding.level.value
    since = f'<p class="since">since <b>{text(phrases.moment(finding.since))}</b></p>' if finding.since else ""
    halves = "".join(f"<div>{half}</div>" for half in _halves(finding, pictures) if half)
    head = f"<header>{badge(finding.level)}<h3>{_subject(finding)}</h3>{since}</header>"
    what, evidence = map(text, phrases.explain(finding))
    reason = f'<p class="reason">{f"<b>{what}</b><br>{evidence}" if evidence else what}</p>'
    body = f'{head}{reason}<div class="halves">{halves}</div>{_segments(others)}'
    return f'<article class="card finding {level}">{body}</article>'


def _halves(finding: Finding, pictures: Pictures) -> tuple[str, str]:
    """What stands at the left and at the right of a card: the measure first, beside a picture where there is one."""
    measure, also = _measure(finding.lead), _also(finding.verdicts[1:])
    over_time = "".join(_over_time(finding, pictures))
    plain = not finding.lead.segment and finding.lead.family != "performance"
    drawing = pictures.distribution(finding.lead.column) if plain else ""
    if drawing:
        return measure + over_time, f"<figure><h4>Distribution</h4>{drawing}</figure>{also}"
    return (measure + also, over_time) if over_time else (measure, also)


def _segments(others: list[Finding]) -> str:
    """The same trouble in parts of the rows."""
    if not others:
        return ""
    items = [
        f"<li>{badge(each.level)}<p>{code(each.lead.segment) if each.lead.segment else '<b>All rows</b>'} "
        f"{text(phrases.sentence(each.lead.reason))}</p></li>"
        for each in others
    ]
    return _list("Also here", items)


def _subject(finding: Finding) -> str:
    lead = finding.lead
    if lead.column is None or lead.family == "performance":
        return text(finding.subject[:1].upper() + finding.subject[1:])
    return code(lead.column) + (f' <span class="soft">where</span> {code(lead.segment)}' if lead.segment else "")


def _measure(verdict: Verdict) -> str:
    title, small = (
        f"<h4>{text(phrases.sentence(verdict.title))}</h4>",
        f"<small>{fine(verdict, limit=verdict.value is None)}</small>",
    )
    if verdict.value is None:
        return title + small
    number = f'<p class="big">{text(phrases.change(verdict))}</p>'
    return f'<div class="measure"><div>{title}{number}</div><div>{ruler(verdict)}{key(verdict)}{small}</div></div>'


def _over_time(finding: Finding, pictures: Pictures) -> list[str]:
    lead = finding.lead
    column = None if lead.family == "performance" else lead.column
    metrics = tuple(verdict.metric for verdict in finding.verdicts)
    return pictures.timelines(column, lead.segment, metrics, finding.since)


def _also(verdicts: tuple[Verdict, ...]) -> str:
    items = [f"<li>{badge(each.level)}<p>{text(phrases.sentence(each.reason))}</p></li>" for each in verdicts]
    return _list("Also", items) if items else ""


def _list(title: str, items: list[str]) -> str:
    rest = items[_ALSO:]
    more = folded(f"{len(rest):,} more", f"<ul>{''.join(rest)}</ul>") if rest else ""
    return f'<div class="also"><h4>{title}</h4><ul>{"".join(items[:_ALSO])}</ul>{more}</div>'
