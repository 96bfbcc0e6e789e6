"""One column: how its values lie against the reference's, its quantiles, and each verdict on it over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from driftline.dashboard.views.base import MOST_WINDOWS, Query, view
from driftline.dashboard.windows import History, WindowStatus, list_histories, list_windows
from driftline.errors import UnknownRecordError
from driftline.stores.results import chart_stored_column
from driftline.types import ChartData, Level, Verdict

_WINDOWS = 60
_DESCRIBED = ("median", "quantile_5", "quantile_25", "quantile_75", "quantile_95", "mean", "std", "distinct", "missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Where the limit of a metric comes from, and the lines of `driftline.yaml` that change it."""

    metric: str
    title: str
    threshold: float | None
    unit: str
    source: str
    yaml: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPage:
    """A column over its windows, the oldest first, and one of them (`window`) beside the reference.

    `chart` is None where the store has no profile of that window, or no pack of its plan. `judged` and `described` are
    its metrics over time.
    """

    model: str
    column: str
    windows: tuple[WindowStatus, ...]
    window: WindowStatus
    chart: ChartData | None
    compared: ChartData | None
    beside: WindowStatus | None
    verdicts: tuple[Verdict, ...]
    judged: tuple[History, ...]
    described: tuple[History, ...]
    limits: tuple[Limit, ...]
    now: datetime


@view(
    "/column", "/v1/column",
    parameters={
        "model": "Name of the model.", "column": "Name of the column.",
        "windows": f"How many windows, at most {MOST_WINDOWS}.",
        "run": "Which of these windows is shown, by the id of its run; by default the newest.",
        "beside": "A second window to show beside it, by the id of its run.",
    },
    required=("model", "column"),
)  # fmt: skip
def column(query: Query) -> ColumnPage:
    """One column of a model: a window beside the reference, and its metrics over the newest windows."""
    model, name = query.require("model"), query.require("column")
    windows = list_windows(query.store, model, query.number("windows", _WINDOWS, MOST_WINDOWS))
    runs = [window.run_id for window in windows]
    found = query.store.verdicts(run_id=runs, column=name, limit=None) if runs else ()
    if not found:
        raise UnknownRecordError(f"no window of model {model!r} has a column that is called {name!r}")
    window = _choose(windows, query.text("run")) or windows[-1]
    beside = _choose(windows, query.text("beside"))
    current = tuple(stored.verdict for stored in found if stored.run_id == window.run_id)
    judged = list_histories(windows, found, judged=True)
    described = {series.metric: history for series, history in list_histories(windows, found, judged=False).items()
                 if series.segment is None}  # fmt: skip
    ordered = sorted(judged.values(), key=_rank_history)
    return ColumnPage(
        model=model, column=name, windows=windows, window=window, beside=beside, verdicts=current,
        chart=chart_stored_column(query.store, window.run_id, name),
        compared=chart_stored_column(query.store, beside.run_id, name) if beside else None,
        judged=tuple(history for history in ordered if any(p.value is not None for p in history.line.points))[:12],
        described=tuple(described[metric] for metric in _DESCRIBED if metric in described),
        limits=tuple(_list_limits(current)), now=query.now,
    )  # fmt: skip


def _choose(windows: Sequence[WindowStatus], run: str) -> WindowStatus | None:
    """The window of a run; None where no run is named.

    Raises:
        UnknownRecordError: when it is none of these windows.
    """
    if not run:
        return None
    for window in windows:
        if window.run_id == run:
            return window
    raise UnknownRecordError(f"no window of this column has the run {run[:40]!r}")


def _rank_history(history: History) -> tuple[bool, int, bool]:
    """All rows before segments, what stood out worst first, and drift before the rest."""
    worst = max(level.rank for level in history.levels)
    return history.line.segment is not None, -worst, history.newest.family != "drift"


def _list_limits(verdicts: Sequence[Verdict]) -> list[Limit]:
    """The limit of each judged metric of all rows."""
    return [
        Limit(
            metric=each.metric, title=each.title, threshold=each.threshold, unit=each.unit, source=_say_source(each),
            yaml=f"metrics:\n  {each.metric}:\n    threshold: {abs(each.threshold - (each.reference or 0.0)):.4g}",
        )
        for each in verdicts
        if each.judged and each.threshold is not None and not each.segment and each.level is not Level.UNKNOWN
    ]  # fmt: skip


_SOURCES = {
    "yours": "your own setting",
    "learnt": "learnt: as far as the reference's own windows go",
    "default": "the default",
}


def _say_source(verdict: Verdict) -> str:
    if verdict.family == "expectation":
        return "your own check"
    return _SOURCES.get(str(verdict.detail.get("limit", "")), "not known: judged before this version")
