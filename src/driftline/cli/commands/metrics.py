"""`driftline metrics`: the metrics that there are, as a table, and all facts of one."""

import inspect

import click
from rich.console import Console
from rich.table import Table

from driftline import registry
from driftline.metrics.base import Metric
from driftline.types import Kind, Role, Task


@click.command()
@click.argument("name", required=False)
@click.option("--plugin", "plugins", metavar="MODULE", multiple=True, help="Module of your own with metrics.")
def metrics(name: str | None, plugins: tuple[str, ...]) -> None:
    """List all metrics, or show all facts of the metric NAME."""
    for plugin in plugins:
        registry.load(plugin)
    if name is not None:
        click.echo(metric_page(registry.find("metrics", name)))
        return
    rows = [metric_row(metric) for metric in registry.every("metrics").values()]
    table = Table(box=None, pad_edge=False)
    for head in rows[0]:
        table.add_column(head, no_wrap=True)
    for row in sorted(rows, key=lambda row: (row["family"], row["metric"])):
        table.add_row(*row.values())
    Console(highlight=False, width=max(Console().width, 240)).print(table)


def metric_row(metric: Metric) -> dict[str, str]:
    """The facts as one row: name, family, unit, range, direction, threshold, what it needs."""
    return {
        "metric": metric.name, "family": metric.family, "unit": metric.unit or "–", "range": _range(metric),
        "worse": metric.worse, "threshold": _threshold(metric), "judged": "yes" if metric.judged else "no",
        "title": metric.title, "needs": needs(metric),
    }  # fmt: skip


def metric_page(metric: Metric) -> str:
    """All that is known of a metric: its docstring and its facts, as lines of text."""
    rows = metric_row(metric) | {
        "health": metric.health.value,
        "compares": "current with reference" if metric.compares else "no, measured on each",
        "by segment": "yes" if metric.by_segment else "no",
        "since when": "yes" if metric.windowed else "no",
        "certain": "yes, a fact: one row is enough" if metric.certain else "no, an estimate",
        "level": f"{metric.most.value} at most",
    }
    width = max(map(len, rows))
    return f"{inspect.cleandoc(metric.doc)}\n\n" + "\n".join(f"{name:<{width}}  {text}" for name, text in rows.items())


def needs(metric: Metric) -> str:
    """What a metric applies to: kinds and roles of columns, tasks, the state that it is taken from.

    >>> from driftline import registry
    >>> needs(registry.find("metrics", "mae"))
    'table, regression'
    """
    parts = [metric.on]
    if metric.on == "column" and metric.kinds != frozenset(Kind):
        parts = [" or ".join(kind for kind in Kind if kind in metric.kinds)]
    if metric.on == "column" and (missing := frozenset(Role) - {Role.IGNORED} - metric.roles):
        few = len(missing) < len(metric.roles)
        named = " or ".join(role for role in Role if role in (missing if few else metric.roles))
        parts.append(f"not {named}" if few else f"role {named}")
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


def _threshold(metric: Metric) -> str:
    """The smallest effect that matters, for metrics that are judged by default and others."""
    if metric.threshold is None:
        return "–"
    parts = [f"{metric.threshold:g}"] if metric.threshold or not metric.relative else []
    parts += [f"{metric.relative:.0%} of reference"] if metric.relative else []
    return " + ".join(parts)
