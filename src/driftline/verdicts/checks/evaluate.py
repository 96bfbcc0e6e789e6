"""Compares the rows with the limits that a person set: each check becomes one verdict."""

import math
from collections.abc import Mapping

from driftline import humanize, registry
from driftline.config.checks import SECONDS, SUBJECTS, Check, Limit
from driftline.config.settings import JudgeConfig
from driftline.metrics.base import Metric
from driftline.profiles.plan import Plan
from driftline.profiles.profile import NoSketchError, Profile
from driftline.profiles.segments.groups import find_groups
from driftline.profiles.sketches.base import TableSketch
from driftline.types import Estimate, Health, Level, ProfileKey, Role, Verdict
from driftline.verdicts.checks import facts
from driftline.verdicts.checks.validate import profile_key

_UNITS = {"values": "share", "unique": "share", "type": "share", "columns": "columns"}


def evaluate_checks(
    plan: Plan, current: Mapping[ProfileKey, Profile], reference: Mapping[ProfileKey, Profile], now: float
) -> list[Verdict]:
    """One verdict for each check of the plan, in their order.

    `now` (microseconds since 1970 UTC) is what ages are counted to. A limit is broken when the value is over it, and
    there are as many rows as it takes to judge; facts about the values themselves ask for no number of rows. The
    reason says whether the interval rules chance out. These verdicts are no part of the false-discovery control: a
    person's own limit holds by itself.
    """
    return [_verdict(each, plan, current, reference, now) for each in plan.config.checks]


def _verdict(
    check: Check,
    plan: Plan,
    current: Mapping[ProfileKey, Profile],
    reference: Mapping[ProfileKey, Profile],
    now: float,
) -> Verdict:
    where = profile_key(check, plan)
    metric = None if check.subject in SUBJECTS else registry.find("metrics", check.subject)
    if metric is not None and metric.on == "groups":
        estimate, exact = _compare_groups(metric, check, plan, current, reference), False
    else:
        sides = current.get(where) or Profile(plan), reference.get(where) or Profile(plan)
        estimate, exact = _taken(check, *sides, now)
    unit = metric.unit if metric else _UNITS.get(check.subject, check.unit)
    level, limit, why = _level(check, estimate, plan.config.judge, unit, exact=exact)
    column = plan.by_name[check.column] if check.column and (metric is None or metric.on == "column") else None
    tier = metric.health if metric else Health.DATA
    shown = f"{metric.title} {humanize.quantity(estimate.value, unit)}" if metric and estimate.value is not None else ""
    if shown and estimate.low != estimate.high:
        shown += f" {humanize.interval(estimate.low, estimate.high, unit)}"
    told = [shown, why, estimate.says]
    return Verdict(
        health=column.role.find_tier(tier) if column else tier,
        family="expectation", metric=check.subject, title=f"expectation {check.limit}",
        column=check.column, segment=where.segment or None, window=None, level=level, value=estimate.value,
        low=estimate.low, high=estimate.high, n=estimate.n, unit=unit, threshold=limit,
        reason=f"expectation {check.limit}: {'; '.join(part for part in told if part)}",
        reference=estimate.reference.value if estimate.reference else None,
        detail={"expectation": check.text, **{k: v for k, v in estimate.detail.items() if k != "gone"}},
    )  # fmt: skip


def _taken(check: Check, current: Profile, reference: Profile, now: float) -> tuple[Estimate, bool]:
    """What was found, and whether it is a fact about the rows rather than an estimate from them."""
    name, subject, allowed = check.column, check.subject, check.allowed or ()
    if subject == "columns":
        return facts.wrong_columns(current, allowed, whole=check.whole), True
    column = current.columns[name] if name is not None else None
    if column is not None and not column.n:
        late = column.plan.role is Role.TARGET
        why = "no rows" if not current.rows else "its labels have not come yet" if late else "the column did not come"
        return Estimate(value=None, why=why, detail={"gone": bool(current.rows) and not late}), True
    if column is None or subject not in SUBJECTS:
        return _measured(subject, name, current, reference)
    if subject == "values" and check.allowed is not None:
        return facts.outside_set(column, allowed), True
    if subject == "values":
        ends = (None if end is None else end.number for end in (check.low, check.high))
        return facts.outside_range(column, *ends), True
    if subject == "max_age":
        return facts.age(current, column, now, SECONDS[check.unit]), True
    return facts.repeated(column) if subject == "unique" else facts.other_types(column, allowed), True


def _compare_groups(
    metric: Metric,
    check: Check,
    plan: Plan,
    current: Mapping[ProfileKey, Profile],
    reference: Mapping[ProfileKey, Profile],
) -> Estimate:
    sides = [find_groups(plan, check.column or "", profiles) for profiles in (current, reference)]
    return metric(*sides) or Estimate(value=None, why="it does not apply to these rows")


def _measured(subject: str, name: str | None, current: Profile, reference: Profile) -> tuple[Estimate, bool]:
    metric = registry.find("metrics", subject)
    needs = metric.needs
    if metric.extra is not None and not metric.installed:
        why = f"it needs an extra: pip install 'driftline[{metric.extra[1]}]'"
        return Estimate(value=None, why=why), True
    if needs is not None and (current.get_or_none(needs) is None or reference.get_or_none(needs) is None):
        whole = needs.suits(current.plan) and issubclass(needs, TableSketch) and not needs.is_in_segments(current.plan)
        why = "it does not apply to these columns"
        if whole:
            sampled = "; for segments set sample: {by_segment: true}" if metric.by_segment else ""
            why = f"it is taken of all rows only{sampled}"
        return Estimate(value=None, why=why), True
    pair = (current, reference) if name is None else (current.column(name, needs), reference.column(name, needs))
    try:
        found = metric(*pair)
    except NoSketchError:
        return Estimate(value=None, why="the reference was folded without it; fit the monitor again"), True
    if found is None:
        return Estimate(value=None, why="it does not apply to these rows"), True
    was = found.reference
    sides = [found, *([was] if was else [])]
    bare = not metric.compares and all(each.low is None and each.high is None for each in sides)
    return found, metric.certain or bare


def _level(
    check: Check, estimate: Estimate, judge: JudgeConfig, unit: str, *, exact: bool
) -> tuple[Level, float | None, str]:
    """Level, the limit that counts, and why, in words."""
    value, was = estimate.value, estimate.reference
    if value is None:
        gone = estimate.detail.get("gone")
        return (check.level if gone else Level.UNKNOWN), None, estimate.why or "no value"
    ends = _ends(check)
    if any(end.reference for end in ends if end):
        if was is None or was.value is None:
            return Level.UNKNOWN, None, "no value in the reference"
        if not exact and was.n < judge.min_rows:
            return Level.UNKNOWN, None, f"only {humanize.count(was.n, 'usable row')} in the reference; {_needed(judge)}"
    if not exact and estimate.n < judge.min_rows:
        return Level.UNKNOWN, None, f"only {humanize.count(estimate.n, 'usable row')}; {_needed(judge)}"
    low, high = (None if end is None else _at(end, was) for end in ends)
    over, under = _beyond(value, high, ends[1], 1), _beyond(value, low, ends[0], -1)
    upper = high is not None and (low is None or over or (not under and value - low > high - value))
    limit, end, beyond = (high, ends[1], over) if upper else (low, ends[0], under)
    exactly = check.subject in SUBJECTS and check.subject != "max_age"
    if exactly and check.mostly == 1.0:
        return (check.level if beyond else Level.OK), limit, ""
    said = f"{'over' if upper else 'under'} the limit of" if beyond else f"allowed is at {'most' if upper else 'least'}"
    told = f"{said} {humanize.quantity(limit, unit)}"
    if end and end.reference and was and was.value is not None:
        told += f" (in the reference {humanize.quantity(was.value, unit)})"
    if not exact and beyond:
        told += ": " + _chance(estimate, end, 1 if upper else -1)
    return (check.level if beyond else Level.OK), limit, told


def _needed(judge: JudgeConfig) -> str:
    return f"{judge.min_rows} are needed to judge"


def _ends(check: Check) -> tuple[Limit | None, Limit | None]:
    """Least and most of the value that is held against them; of facts that is the share of what is wrong."""
    if check.subject in {"values", "unique", "type", "columns"}:
        return None, Limit(round(1 - check.mostly, 12))
    return check.low, check.high


def _at(end: Limit, was: Estimate | None) -> float:
    return end.at(was.value if was is not None and was.value is not None else math.nan)


def _beyond(value: float, limit: float | None, end: Limit | None, sign: int) -> bool:
    """Whether a value is over (+1) or under (-1) a limit, with room for what decimal fractions lose in binary."""
    if limit is None or end is None:
        return False
    room = 1e-12 * max(abs(limit), abs(value))
    over = sign * (value - limit)
    return over >= -room if end.strict else over > room


def _chance(estimate: Estimate, end: Limit | None, side: int) -> str:
    """Whether the nearer end of the interval is beyond the limit too, at the further end of the reference's."""
    near, was = (estimate.low if side > 0 else estimate.high), estimate.reference
    if near is None or end is None:
        return "its interval is not known, so chance is not ruled out"
    far = [each for each in ((was.low, was.high, was.value) if was and end.reference else ()) if each is not None]
    limits = [end.at(each) for each in far] or [end.number]
    sure = all(_beyond(near, limit, end, side) for limit in limits)
    return "the interval rules chance out" if sure else "the interval does not rule chance out"
