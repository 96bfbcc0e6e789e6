"""One cause, one incident: what becomes loud together is told together, and is over when all of it is."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from math import inf
from typing import Any, Self

from driftline.alerts.incidents import Incident, Member
from driftline.types import Level, Verdict
from driftline.verdicts.result import Finding, Result

_JOINING = 3
"""Windows of an incident, the first one among them, in which others join it."""
_QUIET = 2
"""Windows in a row without trouble after which it is over."""
_SHOWN = 3  # other members that the headline names

Onset = Callable[[Verdict], tuple[str, str, str]]
"""The start of the window in which it most likely began, and of the first and last in which it may have."""


class Grouping:
    """The open incidents of one model, and to which of them each column, segment and so on belongs.

    Of one tier of health, all that becomes loud in the same window is one incident, and what follows within a few
    windows joins it; so does, at any time, a segment of what is part of it as a whole.
    """

    def __init__(self) -> None:
        self.incidents: dict[str, Incident] = {}
        self._within: dict[str, str] = {}
        self._quiet: dict[str, int] = {}

    def follow(self, result: Result, end: str, troubled: Collection[str], onset: Onset) -> list[Incident]:
        """Open, go on with and close incidents, by a window that ends then; gives all of them.

        `troubled` are subjects that are not over, whether they are loud or not.
        """
        loud = {finding.subject: finding for finding in result.findings if finding.level is Level.ALERT}
        if result.current.rows:  # a window without rows says neither that it is over nor that it goes on
            self._quiet = {name: 0 if name in troubled else quiet + 1 for name, quiet in self._quiet.items()}
        over = {name for name, quiet in self._quiet.items() if quiet >= _QUIET}
        found = {id_: _moved(one, loud, over, end) for id_, one in self.incidents.items()}
        for finding in _wholes_first(loud):
            if finding.subject not in self._within:
                home = self._home(finding, found.values())
                one = _joined(home, finding, end) if home else _opened(result.model, finding, end, onset(finding.lead))
                found[one.id], self._within[finding.subject] = one, one.id
            self._quiet[finding.subject] = 0
        for name in over:
            del self._within[name], self._quiet[name]
        self.incidents = {id_: one for id_, one in found.items() if one.is_open}
        return list(found.values())

    def state(self) -> dict[str, Any]:
        """Plain values, for the codec."""
        incidents = {id_: each.state() for id_, each in self.incidents.items()}
        return {"incidents": incidents, "within": dict(self._within), "quiet": dict(self._quiet)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """The inverse of `state`."""
        one = cls()
        one.incidents = {id_: Incident.from_state(each) for id_, each in state["incidents"].items()}
        one._within, one._quiet = dict(state["within"]), dict(state["quiet"])
        return one

    def _home(self, finding: Finding, incidents: Iterable[Incident]) -> Incident | None:
        """The open incident that it joins: that of the whole of which it is a segment, else a young one."""
        own = [each for each in incidents if each.is_open and each.health is finding.lead.health]
        whole = self._within.get(finding.topic) if finding.lead.segment else None
        young = [each for each in own if each.windows <= _JOINING]
        return next((each for each in own if each.id == whole), next(iter(young), None))


def _wholes_first(loud: Mapping[str, Finding]) -> list[Finding]:
    """In order of how much there is to tell; but a segment after the whole that it is of."""
    return sorted(loud.values(), key=lambda finding: finding.lead.segment is not None and finding.topic in loud)


def _opened(model: str, finding: Finding, end: str, onset: tuple[str, str, str]) -> Incident:
    lead, (since, earliest, latest) = finding.lead, onset
    name = hashlib.sha256(f"{model}\x1f{finding.subject}\x1f{end}".encode()).hexdigest()[:16]
    return Incident(
        id=name, model=model, health=lead.health, level=finding.level, metric=lead.metric, column=lead.column,
        segment=lead.segment, headline=f"{finding.subject}: {lead.title}", reason=lead.reason, since=since,
        earliest=earliest, latest=latest, opened=end, updated=end, members=(_member(finding, end),),
    )  # fmt: skip


def _member(finding: Finding, end: str) -> Member:
    lead = finding.lead
    return Member(
        subject=finding.subject, metric=lead.metric, column=lead.column, segment=lead.segment,
        beyond=finding.beyond, joined=end,
    )  # fmt: skip


def _joined(incident: Incident, finding: Finding, end: str) -> Incident:
    """With one member more, or with one that is back."""
    kept = tuple(each for each in incident.members if each.subject != finding.subject)
    if len(kept) < len(incident.members):
        members = [replace(each, left=None) if each not in kept else each for each in incident.members]
        return replace(incident, updated=end, members=tuple(members))
    first, *others = (*kept, _member(finding, end))
    others.sort(key=_far, reverse=True)
    names = [each.subject for each in others]
    shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    said = incident.headline.partition("; also ")[0]
    return replace(incident, updated=end, members=(first, *others), headline=f"{said}; also {shown}")


def _moved(incident: Incident, loud: Mapping[str, Finding], over: Collection[str], end: str) -> Incident:
    """One window on."""
    first, *others = (_followed(each, loud.get(each.subject), over, end) for each in incident.members)
    others.sort(key=_far, reverse=True)
    members = (first, *others)
    lead = loud.get(first.subject)
    return replace(
        incident, updated=end, windows=incident.windows + 1, reason=lead.lead.reason if lead else incident.reason,
        closed=end if all(each.left for each in members) else None, members=members,
    )  # fmt: skip


def _followed(member: Member, finding: Finding | None, over: Collection[str], end: str) -> Member:
    if member.left is None and member.subject in over:
        return replace(member, left=end)
    far = [
        each for each in (member.beyond, finding.beyond if finding and not member.left else None) if each is not None
    ]
    return replace(member, beyond=max(far, default=None))


def _far(member: Member) -> float:
    return inf if member.beyond is None else member.beyond
