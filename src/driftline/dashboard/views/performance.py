"""How right one model is: realized and estimated by window, how far its labels have come, by segment, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from driftline.dashboard.views.base import MOST_WINDOWS, Query, view
from driftline.dashboard.windows import History, WindowStatus, list_histories, require_windows
from driftline.errors import UnknownRecordError
from driftline.stores.results import make_stored_figures
from driftline.types import Health, Level, Point, SeriesKey, Timeline, Verdict
from driftline.verdicts.sections.audit import LABELLED
from driftline.verdicts.sections.records import Chart, Table

_WINDOWS = 60
_SEGMENTS = 40
_HEADS = 6
_LINES = 12
_ESTIMATED = "estimated_"
_FIGURES = frozenset({"confusion", "roc", "precision-recall", "calibration", "errors", "errors-by-prediction"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """One metric of all rows over the windows: what came true, and what was estimated before labels; one may lack.

    Of the windows with both, whose labels are there (`audited`), the interval `held` what came true in so many, and the
    estimates were off by so much on average (`mean_error`, estimate minus what came true; None without such a window).
    """

    title: str
    realized: History | None
    estimated: Timeline | None
    audited: int = 0
    held: int = 0
    mean_error: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Maturity:
    """How many of a window's labels have come, 0 to 1; None where the model has no target."""

    window: str
    labelled: float | None
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRow:
    """A segment in the chosen window: its verdicts, in the order of the page's `heads`, None where there is none."""

    segment: str
    level: Level
    rows: int
    verdicts: tuple[Verdict | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformancePage:
    """The performance of a model over its windows, the oldest first, and of one of them (`window`) in detail.

    `whole` are the verdicts of all rows in that window, in the order of `heads`, and `level` is the worst of them.
    `by_segment` is the first metric over the windows, the worst segments first. `figures` are confusion, curves of
    scores, calibration and errors of the window, as far as the store has its profile and they fit the task. `hidden`
    segments are not listed.
    """

    model: str
    windows: tuple[WindowStatus, ...]
    window: WindowStatus
    maturity: tuple[Maturity, ...]
    metrics: tuple[Performance, ...]
    heads: tuple[str, ...]
    whole: tuple[Verdict | None, ...]
    level: Level
    segments: tuple[SegmentRow, ...]
    hidden: int
    by_segment: tuple[History, ...]
    figures: tuple[Table | Chart, ...]
    now: datetime


@view(
    "/performance", "/v1/performance",
    parameters={
        "model": "Name of the model.", "windows": f"How many windows, at most {MOST_WINDOWS}.",
        "run": "Which of these windows is shown in detail, by the id of its run; by default the newest with labels.",
    },
    required=("model",),
)  # fmt: skip
def performance(query: Query) -> PerformancePage:
    """How right a model is: realized and estimated by window, label maturity, segments, confusion and curves."""
    model = query.require("model")
    windows = require_windows(query.store, model, query.number("windows", _WINDOWS, MOST_WINDOWS))
    runs = [window.run_id for window in windows]
    found = query.store.verdicts(run_id=runs, family="performance", health=Health.MODEL, limit=None)
    estimates = query.store.verdicts(run_id=runs, family="estimate", health=Health.MODEL, limit=None)
    realized = {series: history for series, history in list_histories(windows, found).items() if _is_known(history)}
    estimated = {
        series: history for series, history in list_histories(windows, estimates).items() if _is_known(history)
    }
    window = _choose(windows, query.text("run"))
    current = {stored.verdict.series: stored.verdict for stored in found if stored.run_id == window.run_id}
    heads = _rank_metrics([series for series in realized if series.segment is None], realized)
    rows = _list_segments(current, heads[:_HEADS])
    main = heads[0].metric if heads else None
    lines = [history for series, history in realized.items() if series.segment is not None and series.metric == main]
    lines.sort(key=lambda history: (-max(level.rank for level in history.levels), history.line.segment or ""))
    return PerformancePage(
        model=model, windows=windows, window=window, now=query.now,
        maturity=tuple(Maturity(window=each.window, labelled=each.labelled, state=each.state) for each in windows),
        metrics=tuple(_pair(heads, realized, estimated, windows)),
        heads=tuple(realized[series].newest.title for series in heads[:_HEADS]),
        whole=tuple(current.get(series) for series in heads[:_HEADS]), segments=tuple(rows[:_SEGMENTS]),
        level=_find_worst([current[series] for series in heads if series in current]),
        hidden=max(len(rows) - _SEGMENTS, 0), by_segment=tuple(lines[:_LINES]),
        figures=tuple(each for each in make_stored_figures(query.store, window.run_id) if each.name in _FIGURES),
    )  # fmt: skip


def _is_known(history: History) -> bool:
    return any(point.value is not None for point in history.line.points)


def _choose(windows: Sequence[WindowStatus], run: str) -> WindowStatus:
    """The window of a run; where none is named the newest of which labels have come, else the newest.

    Raises:
        UnknownRecordError: when it is none of these windows.
    """
    if run:
        for window in windows:
            if window.run_id == run:
                return window
        raise UnknownRecordError(f"none of these windows has the run {run[:40]!r}")
    labelled = [window for window in windows if window.labelled]
    return (labelled or windows)[-1]


def _rank_metrics(found: Sequence[SeriesKey], histories: dict[SeriesKey, History]) -> list[SeriesKey]:
    """Those that are judged first, and of them in the order in which they were judged."""
    return sorted(found, key=lambda series: not histories[series].newest.judged)


def _pair(
    heads: Sequence[SeriesKey], realized: dict[SeriesKey, History], estimated: dict[SeriesKey, History],
    windows: Sequence[WindowStatus],
) -> list[Performance]:  # fmt: skip
    """Each metric with its estimate; then the estimates of which nothing came true yet. All are over all windows."""
    lines = {history.line.metric.removeprefix(_ESTIMATED): history
             for series, history in estimated.items() if series.segment is None}  # fmt: skip
    pairs = []
    for series in heads:
        history = lines.pop(series.metric, None)
        came_true, estimate = _spread(realized[series], windows), _spread(history, windows).line if history else None
        title = realized[series].newest.title
        pairs.append(_audit(Performance(title=title, realized=came_true, estimated=estimate), windows))
    alone = [
        Performance(title=history.newest.title, realized=None, estimated=_spread(history, windows).line)
        for history in lines.values()
    ]
    return pairs + alone


def _audit(performance: Performance, windows: Sequence[WindowStatus]) -> Performance:
    """With how good the estimates were in the windows whose labels are there."""
    realized, estimated = performance.realized, performance.estimated
    if realized is None or estimated is None:
        return performance
    errors, held = [], 0
    for window, real, guess in zip(windows, realized.line.points, estimated.points, strict=True):
        known = None not in {real.value, guess.value, guess.low, guess.high}
        if known and (window.labelled or 0.0) >= LABELLED:
            errors.append((guess.value or 0.0) - (real.value or 0.0))
            held += (guess.low or 0.0) <= (real.value or 0.0) <= (guess.high or 0.0)
    mean = sum(errors) / len(errors) if errors else None
    return replace(performance, audited=len(errors), held=held, mean_error=mean)


def _spread(history: History, windows: Sequence[WindowStatus]) -> History:
    """The same over all windows, without a value where there is none: what lies above each other is of one time."""
    known = {point.window: (point, level) for point, level in zip(history.line.points, history.levels, strict=True)}
    pairs = [known.get(each.window, (Point(each.window, None, None, None, 0), Level.UNKNOWN)) for each in windows]
    line = replace(history.line, points=tuple(point for point, _ in pairs))
    return replace(history, line=line, levels=tuple(level for _, level in pairs))


def _find_worst(verdicts: Sequence[Verdict]) -> Level:
    """The worst level; unknown where there is none."""
    return max((verdict.level for verdict in verdicts), key=lambda level: level.rank, default=Level.UNKNOWN)


def _list_segments(current: dict[SeriesKey, Verdict], heads: Sequence[SeriesKey]) -> list[SegmentRow]:
    """The segments of a window, the worst first."""
    names = dict.fromkeys(series.segment for series in current if series.segment is not None)
    rows = []
    for name in names:
        verdicts = tuple(current.get(SeriesKey(head.metric, head.column, name)) for head in heads)
        there = [verdict for verdict in verdicts if verdict is not None]
        if there:
            rows.append(
                SegmentRow(
                    segment=name, level=_find_worst(there), rows=max(verdict.n for verdict in there), verdicts=verdicts
                )
            )
    return sorted(rows, key=lambda row: (-row.level.rank, -row.rows, row.segment))
