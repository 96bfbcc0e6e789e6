"""Groups findings that start alerting together into one incident; it closes when all of them have recovered."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from math import inf
from typing import Any, Self

from driftline.alerts.incidents import Event, Incident, Member
from driftline.alerts.sizes import SizeSum, is_far_beyond, measure_sizes, name_size
from driftline.types import PERFORMANCE, Level, Verdict
from driftline.verdicts.result import Finding, Result

_JOINING = 3
"""Windows of an incident, the first one among them, in which other subjects join it; all of a day, if more."""
_QUIET = 2
"""Judged windows in a row without trouble after which a member has recovered; a day of them, if more."""
_SIZED = PERFORMANCE | {"drift"}
"""Families of metrics whose effects can be compared from window to window."""
_SHOWN = 3  # other members that the headline names
_GAP = "gap"
_OF_ROWS = frozenset({"volume", _GAP, "freshness"})
"""Metrics of whether rows come: what troubles one of them belongs to the open incident of another."""

Onset = Callable[[Verdict], tuple[str, str, str]]
"""The start of the window in which it most likely began, and of the first and last in which it may have."""


class Grouping:
    """The open incidents of one model, and which incident each subject (a column, a segment …) belongs to.

    Subjects of one tier of health that start alerting in the same window are one incident. What follows within a few
    windows, or within a day, joins it; a segment joins the incident of its column at any time, a column that of its
    segment, and volume, gap and freshness each other's. A member recovers when it was judged to be back for a day, and
    twice in a row at least: windows with too few rows to judge it, or with none, neither close an incident nor keep it
    open. A much larger effect on a member is a second event of the same incident.
    """

    def __init__(self, zone: str = "") -> None:
        self.zone = zone
        self.incidents: dict[str, Incident] = {}
        self._homes: dict[str, str] = {}
        self._quiet: dict[str, int] = {}

    def follow(self, result: Result, window: tuple[str, str], lasting: Collection[str], onset: Onset) -> list[Incident]:
        """Open, update and close incidents by a window with this start and end; gives all of them.

        `lasting` are subjects whose trouble is not over although nothing alerts.
        """
        start, end = window
        length = datetime.fromisoformat(end) - datetime.fromisoformat(start)
        a_day = round(timedelta(days=1) / length)
        findings = result.findings_by_subject
        alerting = {finding.subject: finding for finding in findings if finding.level is Level.ALERT}
        troubled = {finding.subject for finding in findings} | set(lasting)
        known = {each.series for each in result.verdicts if each.judged and each.level is not Level.UNKNOWN}
        members = {member.subject: member for one in self.incidents.values() for member in one.members}
        for subject in self._quiet:
            if subject in troubled:
                self._quiet[subject] = 0
            elif result.current.rows and members[subject].series in known:
                self._quiet[subject] += 1
        recovered = {subject for subject, quiet in self._quiet.items() if quiet >= max(_QUIET, a_day)}
        judged = [each for each in result.verdicts if each.series in known]
        effects = {
            subject: measure_sizes(each for each in judged if _is_of(member, each))
            for subject, member in members.items()
        }
        incidents = {
            id_: _advance(one, alerting, effects, recovered, window, a_day) for id_, one in self.incidents.items()
        }
        for finding in _order_wholes_first(alerting):
            if finding.subject not in self._homes:
                home = self._find_home(finding, incidents.values(), max(_JOINING, a_day))
                member = _make_member(finding, end, a_day)
                if home:
                    incident = _join(home, member, end)
                else:
                    incident = replace(_open(result.model, finding, member, onset(finding.lead)), zone=self.zone)
                incidents[incident.id], self._homes[finding.subject] = incident, incident.id
            self._quiet[finding.subject] = 0
        for subject in recovered:
            del self._homes[subject], self._quiet[subject]
        self.incidents = {id_: incident for id_, incident in incidents.items() if incident.is_open}
        return list(incidents.values())

    def end(self, id_: str, acceptance: str) -> Incident:
        """Close an open incident because a person ends it, as the text says."""
        incident = self.incidents.pop(id_)
        for member in incident.members:
            if self._homes.get(member.subject) == id_:
                del self._homes[member.subject], self._quiet[member.subject]
        return replace(incident, closed=incident.updated, acceptance=acceptance)

    def state(self) -> dict[str, Any]:
        """Plain values, for the codec."""
        incidents = {id_: incident.state() for id_, incident in self.incidents.items()}
        return {"incidents": incidents, "within": dict(self._homes), "quiet": dict(self._quiet)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any], zone: str = "") -> Self:
        """The inverse of `state`, of a model whose times have that zone."""
        grouping = cls(zone)
        grouping.incidents = {id_: Incident.from_state(values) for id_, values in state["incidents"].items()}
        grouping._homes, grouping._quiet = dict(state["within"]), dict(state["quiet"])
        return grouping

    def _find_home(self, finding: Finding, incidents: Iterable[Incident], joining: int) -> Incident | None:
        """The open incident that a finding joins: one that is about the same thing, else a young one."""
        candidates = [one for one in incidents if one.is_open and one.health is finding.lead.health]
        akin = (one for one in candidates if any(_is_akin(member, finding) for member in one.members))
        young = (one for one in candidates if one.windows <= joining)
        return next(akin, next(young, None))


def _is_of(member: Member, verdict: Verdict) -> bool:
    """Whether a verdict is about the subject of a member."""
    return (verdict.column, verdict.segment) == (member.column, member.segment)


def _is_akin(member: Member, finding: Finding) -> bool:
    """Whether both are about one thing: a column and a segment of it, or whether rows come."""
    if member.left is not None:
        return False
    lead = finding.lead
    if member.metric in _OF_ROWS and lead.metric in _OF_ROWS:
        return True
    topic = member.subject.removesuffix(f" where {member.segment}") if member.segment else member.subject
    return topic == finding.topic and (member.segment is None) != (lead.segment is None)


def _order_wholes_first(alerting: Mapping[str, Finding]) -> list[Finding]:
    """In order of how much there is to tell; but rows that are not there first, and a segment after its whole.

    Hours without rows change the shares of what depends on the hour, not the other way round.
    """
    return sorted(
        alerting.values(),
        key=lambda finding: (
            finding.lead.metric != _GAP,
            finding.lead.segment is not None and finding.topic in alerting,
        ),
    )


def _open(model: str, finding: Finding, member: Member, onset: tuple[str, str, str]) -> Incident:
    lead, end, (since, earliest, latest) = finding.lead, member.joined, onset
    name = hashlib.sha256(f"{model}\x1f{finding.subject}\x1f{end}".encode()).hexdigest()[:16]
    return Incident(
        id=name, model=model, health=lead.health, level=finding.level, metric=lead.metric, column=lead.column,
        segment=lead.segment, headline=member.change, reason=lead.reason, since=since,
        earliest=earliest, latest=latest, opened=end, updated=end, members=(member,),
    )  # fmt: skip


def _make_member(finding: Finding, end: str, a_day: int) -> Member:
    lead, sizes = finding.lead, measure_sizes(finding.verdicts)
    return Member(
        subject=finding.subject, metric=lead.metric, column=lead.column, segment=lead.segment,
        change=_describe(finding), reason=lead.reason, beyond=finding.beyond,
        latest={} if a_day > 1 else sizes, peaks=sizes, joined=end,
    )  # fmt: skip


def _join(incident: Incident, member: Member, end: str) -> Incident:
    """With one member more, or with one that is back."""
    kept = [known for known in incident.members if known.subject != member.subject]
    back = [
        replace(known, change=member.change, reason=member.reason, left=None)
        for known in incident.members
        if known.subject == member.subject
    ]
    return _lead(incident, [*kept, *(back or [member])], end)


def _advance(
    incident: Incident,
    alerting: Mapping[str, Finding],
    effects: Mapping[str, Mapping[str, float]],
    recovered: Collection[str],
    window: tuple[str, str],
    a_day: int,
) -> Incident:
    """The incident one window later; of shorter ones `a_day` are a day."""
    start, end = window
    members, events, young = [], list(incident.events), incident.windows < max(_JOINING, a_day)
    for known in incident.members:
        member, finding = _add_sizes(known, effects[known.subject], start), alerting.get(known.subject)
        follows = finding if not (young or member.left) else None
        if follows and (second := _find_second(incident, member, follows, a_day)):
            events.append(_make_event(second, follows, end, member.recent[name_size(second)].start))
        members.append(_update_member(member, finding, recovered, end, a_day))
    closed = end if all(member.left for member in members) else None
    moved = replace(incident, windows=incident.windows + 1, events=tuple(events), closed=closed)
    return _lead(moved, members, end)


def _add_sizes(member: Member, sizes: Mapping[str, float], start: str) -> Member:
    """The member with the sizes of a window that begins at `start` among its recent ones."""
    added = {name: member.recent.get(name, SizeSum(start)).add(size) for name, size in sizes.items()}
    peaks = {name: max(size, member.peaks.get(name, 0.0)) for name, size in sizes.items()}
    return replace(member, recent={**member.recent, **added}, peaks={**member.peaks, **peaks})


def _find_second(incident: Incident, member: Member, finding: Finding, a_day: int) -> Verdict | None:
    """What says that something new happened to a member: its effect is surely far above all that was seen before.

    Where the sizes before this one said so, too, it is told: one event may begin within a window.
    """
    events = [event.opened for event in incident.events if event.subject == member.subject]
    for verdict in finding.verdicts:
        name = name_size(verdict)
        before, recent = member.effects.get(name) if verdict.family in _SIZED else None, member.recent.get(name)
        if not before or recent is None or recent.n < a_day or (events and _is_next(events[-1], recent.start)):
            continue
        if recent.is_far_beyond(before) if recent.n > 1 else is_far_beyond(verdict, before):
            return verdict
    return None


def _is_next(end: str, start: str) -> bool:
    """Whether a window starts within a day after another one's end: what lies between could not be judged."""
    return datetime.fromisoformat(start) - datetime.fromisoformat(end) < timedelta(days=1)


def _make_event(verdict: Verdict, finding: Finding, end: str, since: str) -> Event:
    return Event(
        subject=finding.subject, metric=verdict.metric, change=_describe(finding), reason=verdict.reason,
        beyond=Finding((verdict,)).beyond, since=since, opened=end,
    )  # fmt: skip


def _update_member(member: Member, finding: Finding | None, recovered: Collection[str], end: str, a_day: int) -> Member:
    if member.left is None and member.subject in recovered:
        return replace(member, left=end)
    if member.left is not None:
        return member
    if finding is not None:
        member = _renew(member, finding)
    beyonds = (member.beyond, finding.beyond if finding else None)
    beyond = max((each for each in beyonds if each is not None), default=None)
    whole = {name: sizes.mean for name, sizes in member.recent.items() if sizes.n >= a_day}
    if not whole:
        return replace(member, beyond=beyond)
    recent = {name: sizes for name, sizes in member.recent.items() if name not in whole}
    return replace(member, beyond=beyond, effects=member.largest, latest={**member.latest, **whole}, recent=recent)


def _lead(incident: Incident, members: Iterable[Member], end: str) -> Incident:
    """The incident led by a member that has not recovered: how right the model is, else the first one, or the furthest.

    Once all have recovered, it is led by the one that led it last.
    """
    first, *others = members
    others.sort(key=lambda member: (member.left is not None, not member.is_of_performance, -_rank(member)))
    is_better = first.left is not None or (others and others[0].is_of_performance and not first.is_of_performance)
    if is_better and others and others[0].left is None:
        first, others = others[0], [*others[1:], first]
    names = [member.subject for member in others if member.left is None or first.left is not None]
    shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    return replace(
        incident, updated=end, members=(first, *others), metric=first.metric, column=first.column,
        segment=first.segment, headline=first.change + (f"; also {shown}" if shown else ""), reason=first.reason,
    )  # fmt: skip


def _renew(member: Member, finding: Finding) -> Member:
    """The member with what its newest finding says."""
    return replace(member, change=_describe(finding), reason=finding.lead.reason)


def _describe(finding: Finding) -> str:
    """What happened, in the words of every report."""
    return finding.change or finding.lead.reason


def _rank(member: Member) -> float:
    return inf if member.beyond is None else member.beyond
