"""Says how much a column changed, in the unit of the column: `distance_km is lower: median 3.29 → 2.47 (-25 %)`."""

from collections.abc import Iterable, Sequence

from driftline import humanize
from driftline.types import WEAK_SEGMENT, Bar, ChartData, Verdict

_SHARES = 3
_LEAST_SHARE = 0.005
_LONGEST = 100
_IMPACTS = {"mae_impact": "the mean absolute error", "accuracy_impact": "the accuracy"}
_PLAIN = {"mean": "mean", "median": "median", "std": "standard deviation"}


def describe_change(lead: Verdict, verdicts: Sequence[Verdict], charts: Sequence[ChartData]) -> str:
    """How much changed, in a sentence without its level and time.

    Args:
        lead: the verdict that speaks for a finding.
        verdicts: all verdicts of the check; mean, median and standard deviation are read from them.
        charts: distributions of the columns over all rows; the shares of categories are read from them.

    Where neither numbers nor shares are known, the reason of the verdict is the sentence.
    """
    where = f" where {lead.segment}" if lead.segment else ""
    if lead.metric == WEAK_SEGMENT:
        return f"the model{where}: {_describe_weak(lead)}"
    if lead.column is None and (sentence := _describe_table(lead)):
        return f"{sentence}{where}"
    if (lead.family == "drift" or lead.detail.get("unit")) and lead.column is not None:
        own = [item for item in verdicts if (item.column, item.segment) == (lead.column, lead.segment)]
        numbers = {item.metric: item for item in own if item.metric in _PLAIN and _is_pair(item)}
        bars = () if lead.segment else _find_bars(lead.column, charts)
        words = _describe_missing(bars) or _describe_numbers(numbers) or _describe_shares(bars)
        if words:
            unit = next((item.detail["unit"] for item in own if item.detail.get("unit")), "")
            looks = f"; looks like a change of unit: {unit}" if unit else ""
            return f"{name_column(lead.column)}{where} {words}{looks}{_describe_impact(own, verdicts)}"
    if _is_pair(lead) and lead.unit != "column" and (lead.of_performance or lead.family in {"quality", "fairness"}):
        names = lead.detail.get("names")
        such = f": {humanize.listing(names, 3)}" if names else ""
        pair = _describe_pair(lead)
        subject = _name_subject(lead, "the model" if lead.of_performance else "")
        return f"{subject}{where}: {lead.title} {pair}{such}".lstrip(": ")
    subject = _name_subject(lead, "")
    return f"{subject}{where}: {lead.reason}".lstrip(": ")


def _describe_weak(lead: Verdict) -> str:
    """How much more a followed segment errs than other rows, over all windows since it was found."""
    windows, value = int(lead.detail["windows"]), float(lead.detail.get("over_windows", lead.value or 0.0))
    past = "" if lead.reference is None else f", in the reference {humanize.quantity(lead.reference, lead.unit)}"
    over = f" over {humanize.count(windows, 'window')}" if windows else ""
    return f"error {humanize.quantity(value, lead.unit)} above that of other rows{over}{past}"


def describe_briefly(lead: Verdict, change: str) -> str:
    """The change for where its subject already stands: without the subject at its start."""
    subject = _name_subject(lead, "the model")
    where = f" where {lead.segment}" if lead.segment else ""
    rest = change.removeprefix(f"{subject}{where}: ")
    return rest if rest == change and lead.column is not None else humanize.capitalize(rest)


def name_column(column: str) -> str:
    """A column's name for a sentence: cut where it is long, in words where there is nothing to see.

    >>> name_column("fare"), name_column(""), name_column(" ")
    ('fare', 'the column without a name', "the column ' '")
    """
    if not column.strip():
        return f"the column {column!r}" if column else "the column without a name"
    return column if len(column) <= _LONGEST else f"{column[: _LONGEST - 1]}…"


def _name_subject(lead: Verdict, other: str) -> str:
    if lead.of_fairness:
        return f"fairness by {name_column(lead.column or '')}"
    return other if lead.column is None else name_column(lead.column)


def measure_effect(verdict: Verdict) -> float | None:
    """How far the value is from the reference, in times of what is tolerated; None for a fact."""
    if verdict.value is None or verdict.threshold is None:
        return None
    past = verdict.reference or 0.0
    tolerated = abs(verdict.threshold - past)
    return abs(verdict.value - past) / tolerated if tolerated else None


def _describe_table(lead: Verdict) -> str:
    """What happened to the table as a whole, where the facts of the metric say it; else nothing."""
    detail = lead.detail
    if {"rows", "expected"} <= detail.keys():
        rows, expected = float(detail["rows"]), float(detail["expected"])
        change = f" ({100 * (rows / expected - 1):+.0f} %)" if expected else ""
        return f"{humanize.count(round(rows), 'row')}, about {expected:,.0f} expected{change}"
    if pairs := detail.get("pairs"):
        name, was, now = pairs[0]
        return f"correlation of {name} {humanize.number(was)} → {humanize.number(now)}"
    return lead.reason.removeprefix(f"{lead.title}: ") if "hours" in detail else ""


def has_labels(verdicts: Iterable[Verdict]) -> bool:
    """Whether the model's performance was measured, so that nobody needs to estimate it."""
    return any(verdict.family == "performance" and verdict.value is not None for verdict in verdicts)


def measure_impact(verdicts: Iterable[Verdict]) -> float:
    """The least that the drift of a column costs the model, 0 where that may be nothing or is not known.

    In the unit of the error, or as a share of rows; of the verdicts of one column over all rows.
    """
    impact = next((verdict for verdict in verdicts if verdict.metric in _IMPACTS), None)
    if impact is None or impact.low is None or impact.high is None:
        return 0.0
    return max(0.0, impact.low if impact.metric == "mae_impact" else -impact.high)


def _describe_impact(own: Iterable[Verdict], verdicts: Iterable[Verdict]) -> str:
    """What the drift alone would do to the model's errors, as the end of a sentence.

    Empty where nobody knows, and where labels say how right the model is: values that are recorded wrongly cost more.
    """
    impact = next((verdict for verdict in own if verdict.metric in _IMPACTS), None)
    if impact is None or impact.value is None or impact.low is None or impact.high is None or has_labels(verdicts):
        return ""
    name, unit = _IMPACTS[impact.metric], impact.unit
    if impact.low <= 0 <= impact.high:
        most = humanize.quantity(max(-impact.low, impact.high), unit)
        return f"; if the values are right, this alone changes {name} by {most} at most"
    low, high = sorted(map(abs, (impact.low, impact.high)))
    word = "raise" if impact.value > 0 else "lower"
    size = f"{humanize.quantity(abs(impact.value), unit)} {humanize.interval(low, high, unit)}"
    return f"; if the values are right, this alone would {word} {name} by {size}"


def _is_pair(verdict: Verdict) -> bool:
    return verdict.value is not None and verdict.reference is not None


def _describe_pair(verdict: Verdict) -> str:
    """Value of the reference and of the current rows, with the relative change of a number that is no share.

    The change is left out where the reference is not above zero.
    """
    was, now = verdict.reference or 0.0, verdict.value or 0.0
    text = f"{humanize.quantity(was, verdict.unit)} → {humanize.quantity(now, verdict.unit)}"
    if verdict.unit == "share" or was <= 0 or now < 0 or was == now:
        return text
    return (
        f"{text} ({humanize.number(now / was)} times)" if now > 10 * was else f"{text} ({100 * (now / was - 1):+.0f} %)"
    )


def _describe_numbers(numbers: dict[str, Verdict]) -> str:
    """Direction, median and mean of a numeric column; or its spread, where the middle stays."""
    if not {"mean", "median"} <= set(numbers):
        return ""
    moves = [_move(numbers[name]) for name in ("median", "mean")]
    middle = ", ".join(f"{_PLAIN[name]} {_describe_pair(numbers[name])}" for name in ("median", "mean"))
    spread = abs(numbers["std"].reference or 0.0) if "std" in numbers else 0.0
    if max(map(abs, moves)) > 0.05 * spread:
        if min(moves) >= 0:
            return f"is higher: {middle}"
        if max(moves) <= 0:
            return f"is lower: {middle}"
    if "std" in numbers and abs(_move(numbers["std"])) > 0.1 * spread:
        word = "varies more" if _move(numbers["std"]) > 0 else "varies less"
        return f"{word}: {_PLAIN['std']} {_describe_pair(numbers['std'])}, {middle}"
    return f"is distributed differently: {middle}"


def _move(verdict: Verdict) -> float:
    return (verdict.value or 0.0) - (verdict.reference or 0.0)


def _find_bars(column: str, charts: Sequence[ChartData]) -> tuple[Bar, ...]:
    return next((chart.bars for chart in charts if chart.column.name == column), ())


def _describe_missing(bars: Sequence[Bar]) -> str:
    """The shares of what is no value, where that is most of what moved."""
    moves = [abs(bar.current - bar.reference) for bar in bars]
    special = [bar for bar in bars if bar.special]
    others = sum(moves) - sum(abs(bar.current - bar.reference) for bar in special)
    away = sum(bar.reference - bar.current for bar in special)
    return _describe_shares(special) if others - abs(away) < abs(away) else ""


def _describe_shares(bars: Sequence[Bar]) -> str:
    """The shares that moved most."""
    moved = sorted(bars, key=lambda bar: -abs(bar.current - bar.reference))[:_SHARES]
    moved = [bar for bar in moved if abs(bar.current - bar.reference) >= _LEAST_SHARE]
    if not moved:
        return ""
    shares = (
        f"{bar.label!r} {humanize.quantity(bar.reference, 'share')} → {humanize.quantity(bar.current, 'share')}"
        for bar in moved
    )
    return f"has other shares: {', '.join(shares)}"
