"""One model: what moved first, its four panels, one time line, and which columns were loud in which window."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from driftline.dashboard.times import place
from driftline.dashboard.views.base import MOST_WINDOWS, Query, view
from driftline.dashboard.windows import (
    SIGNALS,
    History,
    WindowStatus,
    list_histories,
    name_signal,
    require_windows,
)
from driftline.stores.base import Store
from driftline.stores.events import UNJUDGED
from driftline.stores.records import LoudColumn, StoredEvent, StoredIncident
from driftline.stores.results import load_fixed_reference
from driftline.types import Health, Level, Point, SeriesKey, Timeline, Verdict
from driftline.windows import Window, iso, seconds

_WINDOWS = 60
_ROWS = 40
_PANELS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatRow:
    """A column, or what is about no column, over the windows: its worst level in each; None where nothing stood out."""

    column: str | None
    levels: tuple[Level | None, ...]
    alerts: int
    warnings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """An incident on the time line: from where to where it lasts, as parts of the width (0 to 1)."""

    incident: StoredIncident
    start: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """An event on the time line, as a part of the width (0 to 1)."""

    event: StoredEvent
    place: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedWindow:
    """A window that could not be judged, and why."""

    window: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPage:
    """A model over its windows, the oldest first.

    `panels` are data drift, drift of predictions and target, and errors, as far as there are any. `bars` are the
    incidents of this time by onset: what moved first comes first. `quiet` are the columns that stood out nowhere,
    `signals` the kinds of signals of the whole model that the newest window has.
    """

    model: str
    windows: tuple[WindowStatus, ...]
    failed: tuple[FailedWindow, ...]
    incidents: tuple[StoredIncident, ...]
    panels: tuple[History, ...]
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    heat: tuple[HeatRow, ...]
    quiet: tuple[str, ...]
    hidden: int
    older: str | None
    signals: tuple[str, ...]
    size: int
    now: datetime


@view(
    "/model", "/v1/model",
    parameters={
        "model": "Name of the model.", "windows": f"How many windows, at most {MOST_WINDOWS}.",
        "until": "Only windows that start before this time, ISO 8601.",
    },
    required=("model",),
)  # fmt: skip
def model(query: Query) -> ModelPage:
    """One model over its newest windows: open incidents, panels, time line, and its columns by window."""
    name, size, until = query.require("model"), query.number("windows", _WINDOWS, MOST_WINDOWS), query.text("until")
    due = _find_due(query.store, name)
    windows = require_windows(query.store, name, size, until or None, due or "")
    runs = [window.run_id for window in windows]
    loud = query.store.loud_columns(runs)
    contents = query.store.contents(runs[-1])
    rows, standing_out = _rank_rows(windows, loud)
    incidents, events = query.store.incidents(name), query.store.events(name)
    shown = set(standing_out)
    return ModelPage(
        model=name, windows=windows, failed=tuple(_list_failed(events, windows)),
        incidents=tuple(each for each in incidents if each.is_open),
        panels=tuple(_panels(query.store, windows, loud)), bars=tuple(_lay_bars(incidents, windows)),
        marks=tuple(_lay_marks(events, windows)), heat=tuple(rows),
        quiet=tuple(column for column in contents.columns if column not in shown),
        hidden=len(standing_out) - len(rows), size=size, now=query.now,
        signals=tuple(kind for kind in SIGNALS if kind in {name_signal(*each) for each in contents.metrics}),
        older=windows[0].window.split("/")[0] if len(windows) == size else None,
    )  # fmt: skip


def _find_due(store: Store, model: str) -> str | None:
    """The time until which a window ended whose labels should be there; None without a pack or a window."""
    newest = next(iter(store.windows(model, 1)), None)
    reference = load_fixed_reference(store, newest) if newest is not None and newest.window else None
    if reference is None or newest is None or not newest.window:
        return None
    return iso(Window.parse(newest.window).end - seconds(reference.plan.config.stream.label_delay) * 1e6)


def _list_failed(events: Iterable[StoredEvent], windows: Sequence[WindowStatus]) -> Iterable[FailedWindow]:
    """The windows of this time that could not be judged, and were not since."""
    judged = {window.window for window in windows}
    for event in events:
        window, _, reason = event.text.partition(": ")
        if event.kind == UNJUDGED and window not in judged and window >= windows[0].window:
            yield FailedWindow(window=window, reason=reason)


def _panels(store: Store, windows: Sequence[WindowStatus], loud: Iterable[LoudColumn]) -> Iterable[History]:
    """Data drift; then drift of predictions and target; then errors, the first metrics that are judged."""
    runs = [window.run_id for window in windows]
    yield _count_drifting(windows, loud)
    drift = list_histories(windows, store.verdicts(run_id=runs, family="drift", health=Health.MODEL, limit=None),
                           judged=True)  # fmt: skip
    errors = list_histories(
        windows, store.verdicts(run_id=runs, family="performance", health=Health.MODEL, limit=None), judged=True
    )
    chosen = [history for found in (errors, drift) for series, history in found.items() if _is_whole(series, history)]
    yield from chosen[: _PANELS - 1]


def _is_whole(series: SeriesKey, history: History) -> bool:
    return series.segment is None and any(point.value is not None for point in history.line.points)


def _count_drifting(windows: Sequence[WindowStatus], loud: Iterable[LoudColumn]) -> History:
    """How many columns of the data drifted in each window."""
    drifting: dict[str, list[Level]] = {window.run_id: [] for window in windows}
    for each in loud:
        if each.drifts and each.column is not None:
            drifting[each.run_id].append(each.level)
    points = tuple(
        Point(window.window, float(len(drifting[window.run_id])), None, None, window.rows) for window in windows
    )
    levels = tuple(max(drifting[window.run_id], key=lambda level: level.rank, default=Level.OK) for window in windows)
    line = Timeline(metric="drifting_columns", title="columns with data drift", column=None, segment=None,
                    unit="columns", reference=None, threshold=None, points=points)  # fmt: skip
    newest = Verdict(
        health=Health.DATA, family="drift", metric=line.metric, title=line.title, column=None, segment=None,
        window=windows[-1].window, level=levels[-1], value=points[-1].value, low=None, high=None, n=points[-1].n,
        unit=line.unit, threshold=None, reason="", judged=False,
    )  # fmt: skip
    return History(line=line, levels=levels, newest=newest)


def _rank_rows(windows: Sequence[WindowStatus], loud: Iterable[LoudColumn]) -> tuple[list[HeatRow], list[str | None]]:
    """The columns that stood out most, over the windows, the loudest first; and the names of all that did."""
    worst: dict[str | None, dict[str, Level]] = {}
    for each in loud:
        levels = worst.setdefault(each.column, {})
        levels[each.run_id] = max(levels.get(each.run_id, Level.OK), each.level, key=lambda level: level.rank)
    counts = {column: Counter(levels.values()) for column, levels in worst.items()}
    ranked = sorted(
        counts, key=lambda column: (-counts[column][Level.ALERT], -counts[column][Level.WARNING], column or "")
    )
    rows = [
        HeatRow(
            column=column, levels=tuple(worst[column].get(window.run_id) for window in windows),
            alerts=counts[column][Level.ALERT], warnings=counts[column][Level.WARNING],
        )
        for column in ranked[:_ROWS]
    ]  # fmt: skip
    return rows, ranked


def _lay_bars(incidents: Iterable[StoredIncident], windows: Sequence[WindowStatus]) -> Iterable[Bar]:
    """The incidents that lasted into these windows, by onset."""
    names = [window.window for window in windows]
    first, last = names[0].split("/")[0], names[-1].rpartition("/")[2]
    for incident in sorted(incidents, key=lambda each: each.since or each.opened):
        since, end = incident.since or incident.opened, incident.closed or last
        if end > first and since < last:
            yield Bar(incident=incident, start=place(since, names) or 0.0, end=place(end, names) or 1.0)


def _lay_marks(events: Iterable[StoredEvent], windows: Sequence[WindowStatus]) -> Iterable[Mark]:
    names = [window.window for window in windows]
    first, last = names[0].split("/")[0], names[-1].rpartition("/")[2]
    for event in sorted(events, key=lambda each: each.at):
        if first <= event.at <= last and (at := place(event.at, names)) is not None:
            yield Mark(event=event, place=at)
