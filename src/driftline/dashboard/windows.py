"""A model's windows as its pages show them: what was judged of each, and metrics over time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from driftline import humanize
from driftline.errors import UnknownRecordError
from driftline.report import phrases
from driftline.stores.base import Store
from driftline.stores.records import Run, RunSummary, StoredVerdict
from driftline.types import WEAK_SEGMENT, Health, Level, Point, SeriesKey, Timeline, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowStatus:
    """One judged window; a run of no window stands for itself.

    `window` is its event time, ISO 8601; `labelled` the share of its rows with a label, where there is a target.
    `state` says in words what is still to come.
    """

    window: str
    run_id: str
    level: Level
    rows: int
    headline: str
    tiers: Mapping[Health, Level]
    labelled: float | None
    created: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One metric over windows, the oldest first, with the verdict of each."""

    line: Timeline
    levels: tuple[Level, ...]
    newest: Verdict


def list_windows(
    store: Store, model: str, limit: int, until: str | None = None, due: str = ""
) -> tuple[WindowStatus, ...]:
    """The newest windows of a model, the oldest of them first; those that start before `until`.

    Labels of windows that ended until `due` (ISO 8601) should be there.
    """
    return tuple(describe_window(run, due) for run in reversed(store.windows(model, limit, until=until)))


def require_windows(
    store: Store, model: str, limit: int, until: str | None = None, due: str = ""
) -> tuple[WindowStatus, ...]:
    """The same, of a model that has some.

    Raises:
        UnknownRecordError: when there is no window.
    """
    if windows := list_windows(store, model, limit, until, due):
        return windows
    raise UnknownRecordError(f"no window of a model that is called {model!r}{' before then' if until else ''}")


def describe_window(run: Run | RunSummary, due: str = "") -> WindowStatus:
    """A run as a window; if it ended until `due`, its labels should be there."""
    window = name_window(run)
    is_due = bool(due) and window.rpartition("/")[2] <= due
    return WindowStatus(
        window=window, run_id=run.run_id, level=run.level, rows=run.current_rows, headline=run.headline,
        tiers=run.tiers, labelled=run.labelled, created=run.created, state=_say_state(run, is_due=is_due),
    )  # fmt: skip


def name_window(run: Run | RunSummary) -> str:
    """The event time that a run is about: its window, else that of its rows, else the time of the check."""
    if run.window:
        return run.window
    return f"{run.current_start}/{run.current_end}" if run.current_start else run.created


def say_window(window: WindowStatus) -> str:
    """A window in a line, for a pointer on it."""
    when = humanize.interval_of_time(window.window)
    return f"{when}: {phrases.SHORT[window.level]}. {window.headline}"


def _say_state(run: Run | RunSummary, *, is_due: bool) -> str:
    if run.labelled is not None and run.labelled < 1:
        if is_due:
            return f"labels are late: {f'{run.labelled:.0%} are there' if run.labelled else 'none came'}"
        return f"{run.labelled:.0%} of the labels are there" if run.labelled else "waits for labels"
    return "too little to judge" if run.level is Level.UNKNOWN else "judged"


SIGNALS = ("fairness", "unusual rows", "concept drift", "detectors", "weak segments")
"""The kinds of signals of a whole model, in the order in which pages name them."""
_SIGNALS = {"unusual_rows": "unusual rows", "concept_drift": "concept drift", WEAK_SEGMENT: "weak segments"}


def name_signal(family: str, metric: str) -> str | None:
    """Which kind of signal of the whole model a metric is; None for what is of a column, the rows or the errors."""
    if family == "fairness":
        return "fairness"
    if "(" in metric:  # detector(series)
        return "detectors"
    return _SIGNALS.get(metric)


def list_histories(
    windows: Sequence[WindowStatus], verdicts: Iterable[StoredVerdict], *, judged: bool | None = None
) -> dict[SeriesKey, History]:
    """The metrics of these verdicts over these windows, by series; `judged` takes those alone that are, or are not."""
    by_series: dict[SeriesKey, dict[str, Verdict]] = {}
    for stored in verdicts:
        verdict = stored.verdict
        by_series.setdefault(verdict.series, {})[stored.run_id] = verdict
    histories = {series: _follow(windows, found) for series, found in by_series.items()}
    return {
        series: history for series, history in histories.items() if judged is None or history.newest.judged is judged
    }


def _follow(windows: Sequence[WindowStatus], found: Mapping[str, Verdict]) -> History:
    chosen = [(window, found[window.run_id]) for window in windows if window.run_id in found]
    newest = chosen[-1][1]
    points = tuple(
        Point(window.window, verdict.value, verdict.low, verdict.high, verdict.n) for window, verdict in chosen
    )
    line = Timeline(
        metric=newest.metric, title=newest.title, column=newest.column, segment=newest.segment, unit=newest.unit,
        reference=newest.reference, threshold=newest.threshold, points=points,
    )  # fmt: skip
    return History(line=line, levels=tuple(verdict.level for _, verdict in chosen), newest=newest)
