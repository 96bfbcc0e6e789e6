"""What stands out, as cards: the worst first."""

from driftline import humanize
from driftline.report.html.lines import line_chart
from driftline.report.html.markup import badge, code, fold, table, text
from driftline.report.html.pictures import Pictures
from driftline.report.html.ruler import legend, ruler
from driftline.report.html.verdicts import fine_print
from driftline.report.phrases import change
from driftline.types import Verdict
from driftline.verdicts.result import Finding
from driftline.verdicts.sections.records import FindingGroup, FindingList

LEAD = "Worst first. In the drawings a grey tick marks the reference, a dashed one the limit."
_CARDS, _ROWS, _ALSO, _NAMED = 40, 300, 4, 3


def finding_cards(section: FindingList, pictures: Pictures) -> str:
    """A card for each group of findings; where there are very many, the later ones are rows of a table."""
    cards = "".join(_card(group, pictures) for group in section.groups[:_CARDS])
    rest = [finding for group in section.groups[_CARDS:] for finding in (group.finding, *group.others)]
    if rest:
        rows = [(badge(item.level), _subject(item), text(item.explain()[0])) for item in rest[:_ROWS]]
        title = humanize.count(len(rest), "more finding")
        caption = title if len(rest) <= _ROWS else f"{title}; the first {_ROWS}"
        cards += fold(title, table(caption, ("Level", "Where", "What"), rows, kind="short"), kind="panel")
    return cards


def _card(group: FindingGroup, pictures: Pictures) -> str:
    finding = group.finding
    since = f'<p class="since">since <b>{text(finding.begun)}</b></p>' if finding.begun else ""
    halves = "".join(f"<div>{half}</div>" for half in _halves(group, pictures) if half)
    head = f"<header>{badge(finding.level)}<h3>{_subject(finding)}</h3>{since}</header>"
    what, evidence = map(text, finding.explain())
    reason = f'<p class="reason"><b>{what}</b>{f"<br>{evidence}" if evidence else ""}</p>'
    body = f'{head}{reason}<div class="halves">{halves}</div>{_segments(group.others)}'
    return f'<article class="card finding {finding.level.value}">{body}</article>'


def _halves(group: FindingGroup, pictures: Pictures) -> tuple[str, str]:
    """What stands at the left and at the right of a card: the measure first, beside a picture where there is one."""
    finding = group.finding
    measure, also = _measure(finding.lead), _columns(finding) + _also(finding.support)
    over_time = "".join(_over_time(finding, pictures))
    if group.chart:
        return measure + also, f"<h4>{text(group.chart.title)}</h4>{line_chart(group.chart)}"
    lead = finding.lead
    plain = not lead.segment and not lead.of_performance and not lead.of_fairness
    drawing = pictures.distribution(lead.column) if plain else ""
    if drawing:
        return measure + over_time, f"<figure><h4>Distribution</h4>{drawing}</figure>{also}"
    return (measure + also, over_time) if over_time else (measure, also)


def _segments(others: tuple[Finding, ...]) -> str:
    """The same trouble in parts of the rows."""
    if not others:
        return ""
    items = [
        f"<li>{badge(item.level)}<p>{code(item.lead.segment) if item.lead.segment else '<b>All rows</b>'} "
        f"{text(item.explain()[0])}</p></li>"
        for item in others
    ]
    return _list("Also here", items)


def _subject(finding: Finding) -> str:
    """The name in code where it is one of the data's, else in words."""
    lead = finding.lead
    if finding.columns:
        names = ", ".join(code(name) for name in finding.columns[:_NAMED])
        more = len(finding.columns) - _NAMED
        where = f' <span class="soft">where</span> {code(lead.segment)}' if lead.segment else ""
        return names + (f' <span class="soft">and {more:,} more</span>' if more > 0 else "") + where
    if lead.column is None or lead.of_performance or lead.of_fairness:
        return text(humanize.capitalize(finding.subject))
    return code(lead.column) + (f' <span class="soft">where</span> {code(lead.segment)}' if lead.segment else "")


def _measure(verdict: Verdict) -> str:
    title = f"<h4>{text(humanize.capitalize(verdict.title))}</h4>"
    small = f"<small>{fine_print(verdict, limit=verdict.value is None)}</small>"
    if verdict.value is None:
        return title + small
    number = f'<p class="big">{text(change(verdict))}</p>'
    return f'<div class="measure"><div>{title}{number}</div><div>{ruler(verdict)}{legend(verdict)}{small}</div></div>'


def _over_time(finding: Finding, pictures: Pictures) -> list[str]:
    lead = finding.lead
    column = None if lead.of_performance else lead.column
    metrics = tuple(verdict.metric for verdict in finding.verdicts)
    return pictures.timelines(column, lead.segment, metrics, finding.since)


def _also(verdicts: tuple[Verdict, ...]) -> str:
    items = [f"<li>{badge(item.level)}<p>{text(humanize.capitalize(item.reason))}</p></li>" for item in verdicts]
    return _list("Also", items) if items else ""


def _columns(finding: Finding) -> str:
    """All columns of a finding that has more than its subject names."""
    names = ", ".join(code(name) for name in finding.columns)
    return _list("Columns", [f"<li><p>{names}</p></li>"]) if len(finding.columns) > _NAMED else ""


def _list(title: str, items: list[str]) -> str:
    rest = items[_ALSO:]
    more = fold(f"{len(rest):,} more", f"<ul>{''.join(rest)}</ul>") if rest else ""
    return f'<div class="also"><h4>{title}</h4><ul>{"".join(items[:_ALSO])}</ul>{more}</div>'
