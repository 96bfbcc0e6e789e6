"""One column: how its values lie against the reference's, its quantiles, and each verdict on it over time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from driftline.dashboard import times
from driftline.dashboard.views.base import MOST_WINDOWS, Query, view
from driftline.dashboard.windows import History, WindowStatus, describe_window, list_histories, list_windows
from driftline.errors import UnknownRecordError
from driftline.stores.base import Store
from driftline.stores.records import StoredVerdict
from driftline.stores.results import chart_stored_column, compare_stored_column
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
class Difference:
    """A metric of the column in two windows; None where one of them has none."""

    metric: str
    title: str
    unit: str
    beside: float | None
    window: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A window that a link compares with, such as the one before: in words, and its run."""

    name: str
    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPage:
    """A column over its windows, the oldest first, and one of them (`window`) beside the reference.

    `chart` is None where the store has no profile of that window, or no pack of its plan. `beside` is a second window:
    `compared` has it in the place of the reference, `differences` the metrics of both. `compared` is None where one of
    them has no profile, or they were judged under different plans. `neighbours` are windows to compare with. `judged`
    and `described` are its metrics over time.
    """

    model: str
    column: str
    windows: tuple[WindowStatus, ...]
    window: WindowStatus
    chart: ChartData | None
    compared: ChartData | None
    beside: WindowStatus | None
    differences: tuple[Difference, ...]
    neighbours: tuple[Neighbour, ...]
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
        "run": "Which window is shown, by the id of its run, older ones too; by default the newest.",
        "beside": "A second window, to compare it with in one chart, by the id of its run.",
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
    window = _choose(query.store, model, windows, query.text("run")) or windows[-1]
    beside = _choose(query.store, model, windows, query.text("beside"))
    current = _list_verdicts(query.store, found, window, name)
    other = _list_verdicts(query.store, found, beside, name) if beside else ()
    judged = list_histories(windows, found, judged=True)
    described = {series.metric: history for series, history in list_histories(windows, found, judged=False).items()
                 if series.segment is None}  # fmt: skip
    ordered = sorted(judged.values(), key=_rank_history)
    return ColumnPage(
        model=model, column=name, windows=windows, window=window, beside=beside, verdicts=current,
        chart=chart_stored_column(query.store, window.run_id, name),
        compared=compare_stored_column(query.store, window.run_id, beside.run_id, name) if beside else None,
        differences=tuple(_list_differences(other, current)) if beside else (),
        neighbours=tuple(_list_neighbours(windows, window)),
        judged=tuple(history for history in ordered if any(p.value is not None for p in history.line.points))[:12],
        described=tuple(described[metric] for metric in _DESCRIBED if metric in described),
        limits=tuple(_list_limits(current)), now=query.now,
    )  # fmt: skip


def _choose(store: Store, model: str, windows: Sequence[WindowStatus], run_id: str) -> WindowStatus | None:
    """The window of a run; None where no run is named.

    Raises:
        UnknownRecordError: when it is none of this model.
    """
    if not run_id:
        return None
    for window in windows:
        if window.run_id == run_id:
            return window
    run = store.run(run_id)
    if run.model != model:
        raise UnknownRecordError(f"no window of model {model!r} has the run {run_id[:40]!r}")
    return describe_window(run)


def _list_verdicts(
    store: Store, found: Iterable[StoredVerdict], window: WindowStatus, name: str
) -> tuple[Verdict, ...]:
    """Those on the column in a window: of what was read, or of a window that is older than that."""
    own = tuple(stored.verdict for stored in found if stored.run_id == window.run_id)
    return own or tuple(each.verdict for each in store.verdicts(run_id=window.run_id, column=name, limit=None))


def _list_differences(was: Iterable[Verdict], now: Iterable[Verdict]) -> Iterator[Difference]:
    """The metrics of all rows in two windows: what describes the values, then what is judged and differs."""
    sides = [{each.metric: each for each in side if not each.segment} for side in (was, now)]
    known = sides[0] | sides[1]
    judged = [metric for metric, each in known.items() if each.judged]
    for metric in dict.fromkeys([*(metric for metric in _DESCRIBED if metric in known), *judged]):
        before, after = (side[metric].value if metric in side else None for side in sides)
        if (before is not None or after is not None) and (before != after or metric in _DESCRIBED):
            yield Difference(
                metric=metric, title=known[metric].title, unit=known[metric].unit, beside=before, window=after
            )


def _list_neighbours(windows: Sequence[WindowStatus], window: WindowStatus) -> Iterator[Neighbour]:
    """The window before, and the one a week before, where they are among these."""
    at = next((at for at, each in enumerate(windows) if each.run_id == window.run_id), 0)
    if at:
        yield Neighbour(name="the window before", run_id=windows[at - 1].run_id)
    start = times.parse(window.window.partition("/")[0])
    for each in windows[: max(at - 1, 0)]:
        then = times.parse(each.window.partition("/")[0])
        if start is not None and then is not None and start - then == timedelta(weeks=1):
            yield Neighbour(name="a week before", run_id=each.run_id)


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
