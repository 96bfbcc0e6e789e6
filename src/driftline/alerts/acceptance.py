"""Takes what an incident is about for the new normal: it ends, and opens again only for what goes beyond it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from driftline.alerts.incidents import Incident
from driftline.alerts.sizes import is_far_beyond, name_size
from driftline.types import Level, Verdict
from driftline.verdicts.result import Finding


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


def list_acceptances(incident: Incident, text: str) -> list[Acceptance]:
    """The acceptance of each member that has not recovered."""
    return [
        Acceptance(subject=member.subject, text=text, sizes=member.peaks)
        for member in incident.members
        if member.left is None
    ]


def apply_acceptances(verdicts: Iterable[Verdict], accepted: Mapping[str, Acceptance]) -> list[Verdict]:
    """The verdicts (n,), of which those that say no more than what was accepted are ok, with who accepted it."""
    return [_apply(verdict, accepted) for verdict in verdicts] if accepted else list(verdicts)


def _apply(verdict: Verdict, accepted: Mapping[str, Acceptance]) -> Verdict:
    if verdict.level.rank < Level.WARNING.rank:
        return verdict
    acceptance = accepted.get(Finding((verdict,)).subject)
    if acceptance is None or not acceptance.covers(verdict):
        return verdict
    return replace(verdict, level=Level.OK, notable=True, reason=f"{verdict.reason}; {acceptance.text}")
