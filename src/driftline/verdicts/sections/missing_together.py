"""Columns that are missing in the same rows are one finding: one cause, such as a join or a form that broke."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import log, pi, sqrt
from typing import TYPE_CHECKING

import numpy as np

from driftline.stats.divergence import relative_entropy
from driftline.verdicts.effect import name_column

if TYPE_CHECKING:
    from driftline.verdicts.result import Finding

_MISSING, _DISTANCE = "missing", "jensen_shannon"
_CHANCE = 0.01
"""Chance up to which columns with gaps in rows of their own may be taken for columns with gaps in the same rows."""
_NAMED = 3

_Key = tuple[str, float, float, int, str | None, str | None]


def join_missing(findings: Iterable["Finding"], rows: int) -> list["Finding"]:
    """The findings, those of columns that are missing in the same rows as one; in order, each where its first one was.

    `rows` are those of the reference. Columns with equal shares of missing values on both sides are taken for missing
    in the same rows, unless columns with independent gaps would be as equal by chance in more than one of 100 cases.
    Columns that changed in more than what is missing stay by themselves.
    """
    groups: dict[int | _Key, list[Finding]] = {}
    for at, finding in enumerate(findings):
        groups.setdefault(_find_key(finding) or at, []).append(finding)
    return [one for group in groups.values() for one in ([_join(group)] if _is_no_chance(group, rows) else group)]


def _find_key(finding: "Finding") -> _Key | None:
    """What findings have in common that are joined; None for one that is about more than missing values."""
    lead, *others = finding.verdicts
    if lead.metric != _MISSING or lead.column is None or lead.value is None or lead.reference is None:
        return None
    most = _distance_of(lead.value, lead.reference)
    if any(other.metric != _DISTANCE or other.low is None or other.low > most for other in others):
        return None
    return lead.level.value, lead.value, lead.reference, lead.n, lead.segment, lead.since


def _distance_of(now: float, was: float) -> float:
    """The Jensen-Shannon distance of columns of which nothing changed but the share that is missing."""
    sides = np.array([[now, 1 - now], [was, 1 - was]])
    return sqrt(sum(relative_entropy(side, sides.mean(axis=0)) for side in sides) / (2 * log(2)))


def _is_no_chance(group: Sequence["Finding"], rows: int) -> bool:
    """Whether columns whose gaps have nothing to do with each other would hardly have equally many of them."""
    lead = group[0].lead
    equal = _chance_of_ties(lead.value or 0.0, lead.n) * _chance_of_ties(lead.reference or 0.0, rows)
    return len(group) > 1 and equal ** (len(group) - 1) <= _CHANCE


def _chance_of_ties(share: float, n: int) -> float:
    """The chance that two independent counts with this share of n are equal, taken as normal; 1 where it is 0 or 1."""
    variance = n * share * (1 - share)
    return min(1.0, 1 / (2 * sqrt(pi * variance))) if variance > 0 else 1.0


def _join(group: Sequence["Finding"]) -> "Finding":
    """One finding for all, led by the first; its change is told once."""
    first, leads = group[0], [finding.lead for finding in group]
    others = [verdict for finding in group for verdict in finding.verdicts[1:]]
    joint = replace(
        first, verdicts=(*leads, *others), columns=tuple(name_column(lead.column or "") for lead in leads)
    )  # fmt: skip
    _, _, change = first.change.partition(": ")
    return replace(joint, change=f"{joint.subject}: {change}, probably in the same rows")
