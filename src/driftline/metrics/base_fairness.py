"""What metrics of fairness have in common: facts, rates of one group, and how far groups are apart.

A metric of fairness is a function of one side's `Groups`; it is called for both sides, and the reference's value
becomes `Estimate.reference`, so that what is judged is whether the groups came further apart than they were. A limit on
the value itself is a check: `demographic_parity_ratio(sex) >= 0.8`.
"""

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any

import scipy

from driftline import humanize
from driftline.metrics.base import Metric, distance, level
from driftline.profiles.profile import Profile
from driftline.profiles.segments.groups import Groups
from driftline.profiles.sketches.categories import Categories
from driftline.profiles.sketches.confusion import Confusion
from driftline.profiles.sketches.regression import Regression
from driftline.profiles.sketches.scored import Scored
from driftline.profiles.sketches.scored_answers import ScoredAnswers
from driftline.stats import intervals
from driftline.stats.intervals import NAN, Interval
from driftline.stats.segments.group_gaps import largest_difference, pair_confidence, smallest_ratio
from driftline.types import Estimate, Health, Role, Task

Rate = tuple[Interval, int]
"""Value and interval of one group, and the number of rows that they are of."""
Measure = Callable[[Profile, float], Rate]
"""The rate of a group's profile at a confidence."""
NOTHING: Rate = ((NAN, NAN, NAN), 0)
_SHOWN = 4  # groups that a sentence names

_FACTS: dict[str, Any] = {
    "family": "fairness", "health": Health.MODEL, "on": "groups", "tasks": {Task.BINARY}, "unit": "share", "low": 0,
    "high": 1, "threshold": 0.05,
}  # fmt: skip


def gap(**facts: Any) -> Callable[..., Metric]:
    """A difference between groups of a binary classifier, 0 to 1: worse when 5 points larger than in the reference."""
    return level(**_FACTS | facts)


def estimated_gap(**facts: Any) -> Callable[..., Metric]:
    """As `gap`, of a function `f(current, reference)` that estimates without the labels of the current rows."""
    return distance(**_FACTS | facts)


def ratio(**facts: Any) -> Callable[..., Metric]:
    """A ratio of the lowest to the highest group, 0 to 1: worse when over 0.1 lower than in the reference."""
    return level(**_FACTS | {"worse": "down", "unit": "", "threshold": 0.1} | facts)


def selected(profile: Profile, confidence: float = 0.95) -> Rate:
    """Selection rate: the share of rows predicted positive, with or without a label."""
    plan = profile.plan
    answer, positive = plan.with_role(Role.PREDICTION), plan.positive
    if answer is None:
        answers = profile.get_or_none(ScoredAnswers)
        hits, n = (0, 0) if answers is None else (int(answers.counts[1].sum()), answers.n)
    else:
        categories = profile.columns[answer.name].get_or_none(Categories)
        at = -1 if positive is None else answer.index.get(positive, -1)
        if categories is None or positive is None:
            return NOTHING
        hits = 0 if at < 0 else int(categories.counts[at])
        n = int(categories.counts.sum()) + categories.unseen
    return intervals.wilson(hits, n, confidence), n


def true_positive(profile: Profile, confidence: float = 0.95) -> Rate:
    """True positive rate: of the positive rows, the share predicted so."""
    tp, _, fn, _ = _cells(profile)
    return intervals.wilson(tp, tp + fn, confidence), tp + fn


def false_positive(profile: Profile, confidence: float = 0.95) -> Rate:
    """False positive rate: of the negative rows, the share predicted positive."""
    _, fp, _, tn = _cells(profile)
    return intervals.wilson(fp, fp + tn, confidence), fp + tn


def predictive_value(profile: Profile, confidence: float = 0.95) -> Rate:
    """Precision: of the rows predicted positive, the share that is."""
    tp, fp, _, _ = _cells(profile)
    return intervals.wilson(tp, tp + fp, confidence), tp + fp


def right(profile: Profile, confidence: float = 0.95) -> Rate:
    """Accuracy: the share of rows predicted rightly."""
    confusion = profile.get_or_none(Confusion)
    if confusion is None:
        return NOTHING
    n = int(confusion.matrix.sum())
    return intervals.wilson(int(confusion.matrix.trace()), n, confidence), n


def miscalibration(profile: Profile, confidence: float = 0.95) -> Rate:
    """Mean score less the share that is positive: above 0 the score promises too much. Of rows with a label."""
    scored = profile.get_or_none(Scored)
    if scored is None or not scored.n:
        return NOTHING
    n = scored.n
    bias = float(scored.sums.sum() - scored.counts[1].sum()) / n
    return intervals.mean(bias, max(0.0, float(scored.mean[1]) - bias * bias) * n, n, confidence), n


def absolute_error(profile: Profile, confidence: float = 0.95) -> Rate:
    """Mean absolute error of a regression, in the unit of the target."""
    return _error(profile, 1, confidence)


def signed_error(profile: Profile, confidence: float = 0.95) -> Rate:
    """Mean of prediction minus target, in the unit of the target."""
    return _error(profile, 0, confidence)


def difference(groups: Groups, measure: Measure, unit: str = "share") -> Estimate:
    """The largest difference between two groups of enough rows; without a value where there are no two."""
    return differences(groups, {"": measure}, unit)


def differences(groups: Groups, measures: dict[str, Measure], unit: str = "share") -> Estimate:
    """The largest difference between two groups in any of several rates, by the name of each."""
    gaps: list[tuple[Interval, int, str]] = []
    for name, measure in measures.items():
        rates, left_out = _compare(groups, measure, len(measures))
        if len(rates) < 2:
            return _unknown(groups, left_out, name)
        found = largest_difference([interval for interval, _ in rates.values()])
        n = sum(n for _, n in rates.values())
        gaps.append((found, n, _describe({g: r[0][0] for g, r in rates.items()}, left_out, name, unit)))
    (value, _, _), n, says = max(gaps, key=lambda found: found[0][0])
    low, high = (max(found[0][end] for found in gaps) for end in (1, 2))
    return Estimate.from_interval((value, low, min(high, 1.0) if unit == "share" else high), n, says=says)


def proportion(groups: Groups, measure: Measure, unit: str = "share") -> Estimate:
    """The lowest of the groups of enough rows as a share of the highest; without a value where there are no two."""
    rates, left_out = _compare(groups, measure, 1)
    if len(rates) < 2:
        return _unknown(groups, left_out, "")
    n = sum(n for _, n in rates.values())
    says = _describe({group: rate[0][0] for group, rate in rates.items()}, left_out, "", unit)
    why = f"it is 0 in each group of {groups.attribute!r}"
    return Estimate.from_interval(smallest_ratio([interval for interval, _ in rates.values()]), n, why=why, says=says)


def estimated(
    current: Groups, reference: Groups, measures: dict[str, Callable[[Profile, Profile], Estimate | None]],
    unit: str = "share",
) -> Estimate | None:  # fmt: skip
    """The largest difference between two groups in rates that are estimated before labels, beside the reference's own.

    `measures`, by the name of each rate, are of a group's current and reference profile. Each group is calibrated by
    its own labels in the reference. Shown and not judged where most labels are there. None where no group has such a
    rate.
    """
    pairs = {g: (now, reference.profiles[g]) for g, now in current.profiles.items() if g in reference.profiles}
    rates = {
        name: {group: found for group, sides in pairs.items() if (found := measure(*sides)) is not None}
        for name, measure in measures.items()
    }
    if not all(rates.values()):
        return None
    was = {name: {g: rate.reference for g, rate in own.items() if rate.reference} for name, own in rates.items()}
    judged = all(rate.judged for own in rates.values() for rate in own.values())
    return dataclasses.replace(_spread(current, rates, unit), reference=_spread(current, was, unit), judged=judged)


def _spread(groups: Groups, rates: dict[str, dict[str, Estimate]], unit: str) -> Estimate:
    """The largest difference between estimates in any rate; margins grow as the confidence that all pairs ask for."""
    found = []
    for name, own in rates.items():
        known = {g: r for g, r in own.items() if r.n >= groups.least and None not in {r.value, r.low, r.high}}
        left_out = [f"{group} ({rate.n:,})" for group, rate in own.items() if group not in known]
        if len(known) < 2:
            return _unknown(groups, left_out, name)
        wider = float(
            scipy.special.ndtri((1 + pair_confidence(len(known), len(rates))) / 2) / scipy.special.ndtri(0.975)
        )
        spans: dict[str, Interval] = {}
        for group, rate in known.items():
            value, low, high = (float(end or 0.0) for end in (rate.value, rate.low, rate.high))
            spans[group] = value, value - wider * (value - low), value + wider * (high - value)
        says = _describe({group: span[0] for group, span in spans.items()}, left_out, name, unit)
        found.append((largest_difference(list(spans.values())), sum(rate.n for rate in known.values()), says))
    (value, _, _), n, says = max(found, key=lambda gap: gap[0][0])
    low, high = (max(gap[0][end] for gap in found) for end in (1, 2))
    return Estimate.from_interval((value, low, min(high, 1.0) if unit == "share" else high), n, says=says)


def _compare(groups: Groups, measure: Measure, rates: int) -> tuple[dict[str, Rate], list[str]]:
    """The rate of each group that has enough rows, at the confidence that all pairs ask for; and who is left out."""
    plain = {label: measure(profile, 0.95) for label, profile in groups.profiles.items()}
    enough = [label for label, (interval, n) in plain.items() if n >= groups.least and math.isfinite(interval[0])]
    left_out = [f"{label} ({plain[label][1]:,})" for label in plain if label not in enough]
    confidence = pair_confidence(len(enough), rates)
    return {label: measure(groups.profiles[label], confidence) for label in enough}, left_out


def _unknown(groups: Groups, left_out: Sequence[str], rate: str) -> Estimate:
    if not groups.profiles:
        why = f"no row has a value of {groups.attribute!r}"
    else:
        kept = "no group" if len(left_out) == len(groups.profiles) else "only one group"
        of_rate = f" for the {rate}" if rate else ""
        why = f"{kept} of {groups.attribute!r} has {groups.least} rows{of_rate} (fairness.min_rows)"
        why += f"; too few: {humanize.listing(list(left_out), _SHOWN)}" if left_out else ""
    return Estimate(value=None, why=why)


def _describe(values: dict[str, float], left_out: Sequence[str], rate: str, unit: str) -> str:
    """The highest and the lowest group, and the groups that are too small, in words."""
    low, high = (choose(values, key=lambda label: values[label]) for choose in (min, max))
    said = f"{rate + ' ' if rate else ''}{humanize.quantity(values[high], unit)} of {high}, "
    said += f"{humanize.quantity(values[low], unit)} of {low}"
    return said + (f"; too few rows to say: {humanize.listing(list(left_out), _SHOWN)}" if left_out else "")


def _cells(profile: Profile) -> tuple[int, int, int, int]:
    """True positives, false positives, false negatives, true negatives."""
    confusion = profile.get_or_none(Confusion)
    if confusion is None or confusion.positive is None:
        return 0, 0, 0, 0
    tp, fp, fn = confusion.binary
    return tp, fp, fn, int(confusion.matrix.sum()) - tp - fp - fn


def _error(profile: Profile, term: int, confidence: float) -> Rate:
    errors = profile.get_or_none(Regression)
    if errors is None or not errors.n:
        return NOTHING
    m2 = float(errors.comoments[term, term])
    return intervals.mean(float(errors.mean[term]), m2, errors.n, confidence), errors.n
