"""Takes what an incident is about for the new normal: it ends, and opens again only for what goes beyond it.

What is accepted of a column is accepted of its segments: what they say of the same shift is no news.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

from driftline.alerts.incidents import Incident, Member
from driftline.alerts.sizes import is_far_beyond, name_size
from driftline.stores.records import StoredMember
from driftline.types import Level, Verdict
from driftline.verdicts.result import Finding

AnyMember = TypeVar("AnyMember", Member, StoredMember)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What a person took for the new normal of one subject.

    `text` says who, when and why. `sizes` are the largest distances from the reference by metric, in its unit, that the
    incident had seen of the subject.
    """

    subject: str
    text: str
    sizes: Mapping[str, float]

    def covers(self, verdict: Verdict) -> bool:
        """Whether a verdict about the subject says no more than what was accepted."""
        size = self.sizes.get(name_size(verdict))
        return size is not None and not is_far_beyond(verdict, size)

    def state(self) -> dict[str, Any]:
        """Plain values, for the codec."""
        return asdict(self)


def describe_ending(how: str, by: str, on: str, note: str = "") -> str:
    """Who ended an incident, how, when and why.

    >>> describe_ending("accepted", "Ann", "2024-05-01T12:00:00", "new tariff")
    'accepted by Ann on 2024-05-01 (new tariff)'
    """
    return f"{how} by {by} on {on[:10]}" + (f" ({note})" if note else "")


def list_acceptances(incident: Incident, text: str, others: Iterable[Incident] = ()) -> list[Acceptance]:
    """The acceptance of each member that has not recovered, and of segments of its columns in other open incidents."""
    members = choose_members(incident.members, [member for other in others for member in other.members])
    return [Acceptance(subject=member.subject, text=text, sizes=member.peaks) for member in members]


def list_covered(others: Iterable[Incident], accepted: Collection[str]) -> list[Incident]:
    """The open incidents of which every member that has not recovered was accepted, by its subject."""
    return [
        other
        for other in others
        if other.is_open and all(member.subject in accepted for member in other.members if member.left is None)
    ]


def choose_members(own: Iterable[AnyMember], others: Iterable[AnyMember]) -> list[AnyMember]:
    """What is accepted with an incident: its own members, and of others those about segments of its columns.

    The model's performance counts as a column here. Members that have recovered are left out.
    """
    accepted = [member for member in own if member.left is None]
    columns = {member.subject for member in accepted if member.segment is None}
    return accepted + [
        member
        for member in others
        if member.left is None and member.segment and member.subject.removesuffix(f" where {member.segment}") in columns
    ]


def apply_acceptances(verdicts: Iterable[Verdict], accepted: Mapping[str, Acceptance]) -> list[Verdict]:
    """The verdicts (n,), of which those that say no more than what was accepted are ok, with who accepted it."""
    return [_apply(verdict, accepted) for verdict in verdicts] if accepted else list(verdicts)


def _apply(verdict: Verdict, accepted: Mapping[str, Acceptance]) -> Verdict:
    if verdict.level.rank < Level.WARNING.rank:
        return verdict
    finding = Finding((verdict,))
    for subject in dict.fromkeys((finding.subject, finding.topic)):  # of a segment, what was accepted of its whole, too
        acceptance = accepted.get(subject)
        if acceptance is not None and acceptance.covers(verdict):
            return _accept(verdict, acceptance)
    return verdict


def _accept(verdict: Verdict, acceptance: Acceptance) -> Verdict:
    return replace(verdict, level=Level.OK, notable=True, reason=f"{verdict.reason}; {acceptance.text}")
