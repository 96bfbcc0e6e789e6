"""One metric over windows that were judged one by one, as a chart."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from driftline import humanize
from driftline.types import SeriesKey, Verdict
from driftline.verdicts.sections.records import Chart, Series

if TYPE_CHECKING:
    from driftline.verdicts.result import Result


def chart_windows(results: Sequence["Result"], series: SeriesKey) -> Chart | None:
    """The value of a series in each window, with the reference and the limit of the last; None where none has a value.

    Args:
        results: those of the windows, in order of time.
        series: the metric, its column and its segment.
    """
    known = [
        (result.current.start or result.window or str(at), verdict)
        for at, result in enumerate(results)
        for verdict in result.verdicts
        if verdict.series == series and verdict.value is not None
    ]
    if not known:
        return None
    first, last = known[0][0], known[-1][0]
    lead = known[-1][1]
    levels = [("reference", "reference", lead.reference), ("limit", "guide", lead.threshold)]
    flat = tuple(
        Series(name, side, ((first, level), (last, level))) for name, side, level in levels if level is not None
    )
    values = Series("by window", "current", tuple((at, verdict.value or 0.0) for at, verdict in known))
    return Chart(
        name=f"windows-{'-'.join(filter(None, (series.metric, series.column, series.segment)))}", title=_title(lead),
        health=lead.health, x="start of the window (UTC)", y=_axis(lead), series=(*flat, values),
    )  # fmt: skip


def _title(verdict: Verdict) -> str:
    place = f" of {verdict.column}" if verdict.column is not None else ""
    where = f" where {verdict.segment}" if verdict.segment else ""
    return f"{humanize.capitalize(verdict.title)}{place}{where}, by window"


def _axis(verdict: Verdict) -> str:
    return f"{verdict.title}, {verdict.unit}" if verdict.unit not in {"", "column", "share"} else verdict.title
