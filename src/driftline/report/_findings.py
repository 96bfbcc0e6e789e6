"""What stands out, as cards: the worst first."""

from driftline import words
from driftline.report import _phrases as phrases
from driftline.report._markup import badge, code, folded, section, table, text
from driftline.report._pictures import Pictures
from driftline.report._ruler import key, ruler
from driftline.report._verdicts import fine
from driftline.result import Finding, Result
from driftline.types import Verdict

_CARDS, _ALSO = 40, 4


def findings(result: Result, pictures: Pictures) -> str:
    """The section of the findings; where there are very many, the later ones are rows of a table."""
    found = result.findings
    cards = "".join(_card(finding, pictures) for finding in found[:_CARDS])
    if rest := found[_CARDS:]:
        rows = [(badge(each.level), _subject(each), text(each.lead.reason)) for each in rest]
        title = f"{words.count(len(rest), 'more finding')}"
        cards += folded(title, table(title, ("Level", "Where", "What"), rows, kind="short"), kind="panel")
    return section(
        "findings", "Findings", cards, "Worst first. A grey tick marks the reference, a dashed one the threshold."
    )


def harmless(result: Result) -> str:
    """What changed and does no harm."""
    items = "".join(
        f"<li>{badge(each.level)}<div><b>{code(each.column) if each.column is not None else text(each.title)}</b>"
        f"<p>{text(each.reason)}</p></div></li>"
        for each in result.notable
    )
    lead = "Worth knowing; nothing here asks for action."
    return section("harmless", "Changed, but harmless", f'<ul class="harmless">{items}</ul>' if items else "", lead)


def _card(finding: Finding, pictures: Pictures) -> str:
    lead, level = finding.lead, finding.level.value
    since = f'<p class="since">since <b>{text(phrases.moment(finding.since))}</b></p>' if finding.since else ""
    halves = "".join(f"<div>{half}</div>" for half in _halves(finding, pictures) if half)
    head = f"<header>{badge(finding.level)}<h3>{_subject(finding)}</h3>{since}</header>"
    reason = f'<p class="reason">{text(lead.reason)}</p>'
    return f'<article class="card finding {level}">{head}{reason}<div class="halves">{halves}</div></article>'


def _halves(finding: Finding, pictures: Pictures) -> tuple[str, str]:
    """What stands at the left and at the right of a card: the measure first, beside a picture where there is one."""
    measure, also = _measure(finding.lead), _also(finding.verdicts[1:])
    over_time = "".join(_over_time(finding, pictures))
    plain = not finding.lead.segment and finding.lead.family != "performance"
    drawing = pictures.distribution(finding.lead.column) if plain else ""
    if drawing:
        return measure + over_time, f"<figure><h4>Distribution</h4>{drawing}</figure>{also}"
    return (measure + also, over_time) if over_time else (measure, also)


def _subject(finding: Finding) -> str:
    lead = finding.lead
    if lead.column is None or lead.family == "performance":
        return text(finding.subject[:1].upper() + finding.subject[1:])
    return code(lead.column) + (f' <span class="soft">where</span> {code(lead.segment)}' if lead.segment else "")


def _measure(verdict: Verdict) -> str:
    title, small = f"<h4>{text(verdict.title)}</h4>", f"<small>{fine(verdict, limit=verdict.value is None)}</small>"
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
    if not verdicts:
        return ""
    items = [f"<li>{badge(each.level)}<p>{text(each.reason)}</p></li>" for each in verdicts]
    first = f"<ul>{''.join(items[:_ALSO])}</ul>"
    rest = items[_ALSO:]
    more = folded(words.count(len(rest), "more sign"), f"<ul>{''.join(rest)}</ul>") if rest else ""
    return f'<div class="also"><h4>Also</h4>{first}{more}</div>'
