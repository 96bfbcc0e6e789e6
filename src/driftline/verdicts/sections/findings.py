"""What stands out, what is small but certain, and what changed and does no harm."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from driftline import humanize, registry
from driftline.stats.multiple_testing import benjamini_hochberg
from driftline.types import Level, Verdict
from driftline.verdicts.effect import describe_change, measure_effect
from driftline.verdicts.sections.records import Chart, FindingGroup, FindingList, Note, NoteList

if TYPE_CHECKING:
    from driftline.verdicts.result import Finding, Result

_OF_VOLUME = frozenset({"gap", "volume"})
"""Metrics whose findings the picture of rows over time explains; the first of them shows it."""
_CHANCE = 0.001
"""Share of what is called certain that may be chance."""
_WORTH = 0.25
"""Part of what is tolerated from which on a small change is worth a line."""


def list_findings(result: "Result") -> FindingList | None:
    """All findings, those about one topic together."""
    findings = result.findings
    if not findings:
        return None
    groups = group_findings(findings)
    volume = next((figure for figure in result.figures if isinstance(figure, Chart) and figure.name == "volume"), None)
    if (
        at := next((at for at, group in enumerate(groups) if group.finding.lead.metric in _OF_VOLUME), None)
    ) is not None:
        groups[at] = replace(groups[at], chart=volume)
    subjects = f" about {humanize.count(len(groups), 'subject')}" if len(groups) < len(findings) else ""
    title = f"Findings ({len(findings):,}{subjects})"
    return FindingList(name="findings", title=title, count=len(findings), groups=tuple(groups))


def group_findings(findings: Iterable["Finding"]) -> list[FindingGroup]:
    """Findings about one topic together; the order is that of the worst of each group.

    The one about all rows speaks for the group, unless a segment is worse.
    """
    groups: dict[tuple[str, str | None], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.topic, finding.lead.column), []).append(finding)
    return [_choose_speaker(group) for group in groups.values()]


def _choose_speaker(group: list["Finding"]) -> FindingGroup:
    whole = (finding for finding in group if not finding.lead.segment and finding.level is group[0].level)
    speaker = next(whole, group[0])
    return FindingGroup(speaker, tuple(finding for finding in group if finding is not speaker))


def list_small_changes(result: "Result") -> NoteList | None:
    """Changes of all rows that are beyond chance, and yet below the smallest effect that matters: one line a column."""
    alerting = {verdict.column for finding in result.findings for verdict in finding.verdicts}
    tested = {
        at: chance
        for at, verdict in enumerate(result.verdicts)
        if verdict.judged and (chance := _find_chance(verdict)) is not None
    }
    adjusted = benjamini_hochberg(np.array(list(tested.values())))
    largest: dict[str | None, Verdict] = {}
    for at, chance in zip(tested, adjusted, strict=True):
        verdict = result.verdicts[at]
        if verdict.column not in alerting and chance <= _CHANCE and _is_small(verdict):
            known = largest.get(verdict.column)
            if known is None or (measure_effect(verdict) or 0) > (measure_effect(known) or 0):
                largest[verdict.column] = verdict
    leads = sorted(largest.values(), key=lambda verdict: -(measure_effect(verdict) or 0.0))
    notes = tuple(
        Note(describe_change(lead, result.verdicts, result.distributions), details=(lead.reason,)) for lead in leads
    )
    title = f"Certain, but small ({len(notes):,})"
    lead = "Beyond chance, and below the smallest effect that matters."
    return NoteList(name="small", title=title, notes=notes, lead=lead) if notes else None


def _find_chance(verdict: Verdict) -> float | None:
    """The p-value of no change in either direction: a small change for the better is told as well."""
    metric, p_value = registry.every("metrics").get(verdict.metric), verdict.p_value
    if p_value is None or metric is None or verdict.reference is None or metric.worse == "both":
        return p_value
    return 2 * min(p_value, 1 - p_value)


def _is_small(verdict: Verdict) -> bool:
    """Whether it is an effect worth a line, but tolerated; what the reference's own windows vary by is none."""
    if verdict.level is not Level.OK or verdict.segment or verdict.value is None or verdict.threshold is None:
        return False
    metric = registry.every("metrics").get(verdict.metric)
    if metric is None or metric.threshold is None:
        return False
    neutral = metric.neutral if verdict.reference is None else verdict.reference
    usual = metric.threshold + metric.relative * abs(verdict.reference or 0.0)
    is_raised = abs(verdict.threshold - neutral) > usual * 1.000001
    return not is_raised and (measure_effect(verdict) or 0.0) >= _WORTH


def list_harmless(result: "Result") -> NoteList | None:
    """What changed and does no harm: a line for each kind of change, the columns one by one as its details."""
    kinds: dict[str, list[Verdict]] = {}
    told = {(f.lead.column, f.lead.segment) for f in result.findings if "a change of unit" in f.change}
    whole = {verdict.series for verdict in result.notable if not verdict.segment}
    for verdict in sorted(result.notable, key=lambda verdict: verdict.family != "schema"):
        if verdict.detail.get("unit") and (verdict.column, verdict.segment) in told:
            continue  # the finding says it
        if not verdict.segment or verdict.series.overall not in whole:  # what holds for all rows is not told again
            kinds.setdefault(verdict.metric, []).append(verdict)
    notes = tuple(_sum_up(verdicts) for verdicts in kinds.values())
    return NoteList(name="harmless", title="Changed, but harmless", notes=notes) if notes else None


def _sum_up(verdicts: list[Verdict]) -> Note:
    """One line on all columns with a change of one kind; the reasons follow as details where they are several."""
    places = [_name_place(verdict) for verdict in verdicts]
    names = tuple(dict.fromkeys(places))
    reasons = {humanize.capitalize(verdict.reason): None for verdict in verdicts}
    if len(reasons) == 1:
        return Note(next(iter(reasons)), names)
    endings = {re.sub(r"\d[\d,.]* ", "", verdict.reason.rpartition("; ")[2]) for verdict in verdicts}
    ending = f"; {endings.pop()}" if len(endings) == 1 else ""
    title = humanize.capitalize(verdicts[0].title)
    details = (f"{place}: {verdict.reason}" for place, verdict in zip(places, verdicts, strict=True))
    return Note(f"{title} in {humanize.count(len(names), 'column')}{ending}", names, tuple(dict.fromkeys(details)))


def _name_place(verdict: Verdict) -> str:
    return (verdict.column or "all rows") + (f" where {verdict.segment}" if verdict.segment else "")
