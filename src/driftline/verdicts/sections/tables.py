"""The tables of the report: what each column holds, and how well the model does."""

from typing import TYPE_CHECKING

from driftline import humanize
from driftline.types import WEAK_SEGMENT, Health, Verdict
from driftline.verdicts.sections.records import Cell, Change, Quantity, Row, Table

if TYPE_CHECKING:
    from driftline.verdicts.result import Result

_STATISTICS = {
    "distinct": "Distinct", "mean": "Mean", "std": "Std", "minimum": "Min", "quantile_25": "25 %", "median": "Median",
    "quantile_75": "75 %", "maximum": "Max",
}  # fmt: skip
_HEADS = ("Reference", "Current", "95 % interval")


def table_columns(result: "Result") -> Table | None:
    """Count, missing, distinct, mean, std, minimum, quartiles and maximum of each column, reference and current."""
    measured: dict[str, dict[str, Verdict]] = {}
    for verdict in result.verdicts:
        if verdict.column is not None and not verdict.segment:
            measured.setdefault(verdict.column, {})[verdict.metric] = verdict
    rows = [
        Row((column.name, *_summarize(result, measured[column.name])))
        for column in result.columns
        if _STATISTICS.keys() & measured.get(column.name, {}).keys()
    ]
    if not rows:
        return None
    return Table(
        name="statistics", title="What each column holds", health=Health.DATA, detail=True,
        heads=("Column", "Values", "Missing", *_STATISTICS.values()), rows=tuple(rows),
        caption="Reference → current, in the unit of the column.",
    )  # fmt: skip


def _summarize(result: "Result", verdicts: dict[str, Verdict]) -> list[Cell]:
    missing = verdicts.get("missing")
    was, now = (None, None) if missing is None else (missing.reference, missing.value)
    values = Change(_count(result.reference.rows, was), _count(result.current.rows, now))
    cells: list[Cell] = [values, Change(was, now, "share")]
    for metric in _STATISTICS:
        verdict = verdicts.get(metric)
        cells.append(Change(verdict.reference, verdict.value) if verdict else "–")
    return cells


def _count(rows: int, missing: float | None) -> float | None:
    """How many of the rows have a value."""
    return None if missing is None else float(round(rows * (1 - missing)))


def table_performance(result: "Result") -> tuple[Table, ...]:
    """How well the model does on all rows: what is judged, and what is only described."""
    whole = [verdict for verdict in _list_performance(result) if not verdict.segment]
    tables = (
        _table("performance", "Performance", [verdict for verdict in whole if verdict.judged]),
        _table(
            "more-performance", "More of performance", [verdict for verdict in whole if not verdict.judged], detail=True
        ),
    )
    return tuple(table for table in tables if table.rows)


def table_segments(result: "Result") -> tuple[Table, ...]:
    """How well the model does by segment: a table for each metric, the worst segments first."""
    by_metric: dict[str, list[Verdict]] = {}
    for verdict in _list_performance(result):
        by_metric.setdefault(verdict.title, []).append(verdict)
    tables = []
    for title, verdicts in by_metric.items():
        if any(verdict.segment for verdict in verdicts):
            verdicts.sort(key=lambda verdict: (verdict.segment is not None, -verdict.level.rank))
            shown = f"{humanize.capitalize(title)} by segment"
            name = f"{verdicts[0].metric}-by-segment"
            tables.append(_table(name, shown, verdicts, detail=True, by_segment=True))
    return tuple(tables)


def table_fairness(result: "Result") -> Table | None:
    """How far the groups of each protected attribute are apart: each measure, the worst first."""
    known = [verdict for verdict in result.verdicts if verdict.of_fairness]
    known.sort(key=lambda verdict: (not verdict.judged, -verdict.level.rank))
    rows = [Row((f"{verdict.column}: {verdict.title}", *_cells(verdict)), verdict) for verdict in known]
    if not rows:
        return None
    return Table(
        name="fairness", title="Fairness", health=Health.MODEL, heads=("Between groups", *_HEADS), rows=tuple(rows),
        caption="How far the highest and the lowest group are apart; the tables below have each group.",
    )  # fmt: skip


def _list_performance(result: "Result") -> list[Verdict]:
    """The measures of performance: what is judged first, the worst first."""
    known = [verdict for verdict in result.verdicts if verdict.of_performance and verdict.metric != WEAK_SEGMENT]
    return sorted(known, key=lambda verdict: (not verdict.judged, -verdict.level.rank))


def _table(name: str, title: str, verdicts: list[Verdict], *, detail: bool = False, by_segment: bool = False) -> Table:
    rows = []
    for verdict in verdicts:
        first = (verdict.segment or "all rows") if by_segment else humanize.capitalize(verdict.title)
        rows.append(Row((first, *_cells(verdict)), verdict))
    heads = ("Rows" if by_segment else "Metric", *_HEADS)
    return Table(name=name, title=title, health=Health.MODEL, detail=detail, heads=heads, rows=tuple(rows))


def _cells(verdict: Verdict) -> tuple[Cell, ...]:
    """Value of the reference and of the current rows, and the interval of that."""
    was, now = (Quantity(number, verdict.unit) for number in (verdict.reference, verdict.value))
    return was, now, humanize.interval(verdict.low, verdict.high, verdict.unit) if verdict.value is not None else ""
