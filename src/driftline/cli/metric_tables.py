"""The facts of a metric in words: a row of `driftline metrics`, and the page of one."""

import inspect

from driftline.metrics.base import Metric
from driftline.types import Kind, Role, Task


def listed(metric: Metric) -> dict[str, str]:
    """The facts as one row: name, family, unit, range, direction, what is tolerated, what it needs."""
    return {
        "metric": metric.name, "family": metric.family, "unit": metric.unit or "–", "range": _range(metric),
        "worse": metric.worse, "tolerates": _tolerated(metric), "judged": "yes" if metric.judged else "no",
        "title": metric.title, "needs": needs(metric),
    }  # fmt: skip


def described(metric: Metric) -> str:
    """All that is known of a metric: its docstring and its facts, as lines of text."""
    rows = listed(metric) | {
        "health": metric.health.value,
        "taken on": "two sides at once" if metric.compares else "each side",
        "by segment": "yes" if metric.by_segment else "no",
        "since when": "yes" if metric.windowed else "no",
        "certain": "yes, a fact: one row is enough" if metric.certain else "no, an estimate",
        "raises": f"{metric.most.value} at most",
    }
    width = max(map(len, rows))
    return f"{inspect.cleandoc(metric.doc)}\n\n" + "\n".join(f"{name:<{width}}  {said}" for name, said in rows.items())


def needs(metric: Metric) -> str:
    """What a metric applies to: kinds and roles of columns, tasks, the state that it is taken from.

    >>> from driftline import registry
    >>> needs(registry.find("metrics", "mae"))
    'table, regression'
    """
    parts = ["table" if metric.on == "table" else "column"]
    if metric.on == "column" and metric.kinds != frozenset(Kind):
        parts = [" or ".join(kind for kind in Kind if kind in metric.kinds)]
    if metric.on == "column" and metric.roles != frozenset(Role) - {Role.IGNORED}:
        parts.append("role " + " or ".join(role for role in Role if role in metric.roles))
    if metric.tasks != frozenset(Task):
        parts.append(" or ".join(task for task in Task if task in metric.tasks))
    if metric.needs is not None and metric.tasks == frozenset(Task):
        text = (metric.needs.suits.__doc__ or metric.needs.__name__).strip().split(".")[0]
        parts.append(text[:1].lower() + text[1:])
    if metric.extra is not None:
        parts.append(f"the extra {metric.extra[1]}")
    return ", ".join(parts)


def _range(metric: Metric) -> str:
    low, high = ("" if end is None else f"{end:g}" for end in (metric.low, metric.high))
    return f"{low or '-∞'} … {high or '∞'}"


def _tolerated(metric: Metric) -> str:
    """The smallest effect that matters, judged by default or not."""
    if metric.threshold is None:
        return "–"
    parts = [f"{metric.threshold:g}"] if metric.threshold or not metric.relative else []
    parts += [f"{metric.relative:.0%} of reference"] if metric.relative else []
    return " + ".join(parts)
