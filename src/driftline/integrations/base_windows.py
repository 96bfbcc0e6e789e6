"""What a scheduler asks for: which window is due, where its rows lie, and what came of judging it."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from driftline.errors import ConfigError
from driftline.monitor import Monitor
from driftline.stores.base import Store
from driftline.stores.results import find_run
from driftline.types import Level
from driftline.verdicts.result import Result
from driftline.windows import EPOCH, Window, axis, lay, local, microseconds, seconds

_WIDTH = re.compile(r"[1-9][0-9]*[mhdw]")
_PLACE = re.compile(r"\{([^{}:]*)(?::([^{}]*))?\}")
_MOST_WINDOWS = 10_000
_MOST_FINDINGS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of judging one window, as plain values that any scheduler can keep.

    `level` is ok, warning, alert or unknown; `run` is the id of the result in the store, None where none is kept.
    `findings` are the worst 50: level, subject, what changed and since when.
    """

    model: str
    window: str
    level: str
    headline: str
    rows: int
    run: str | None
    findings: tuple[dict[str, str], ...] = ()

    @property
    def is_alert(self) -> bool:
        """Whether a person should look."""
        return self.level == Level.ALERT.value


def read_width(every: str) -> float:
    """A width such as `1d` in microseconds.

    Raises:
        ConfigError: when it is none.

    >>> read_width("1h")
    3600000000.0
    """
    if not _WIDTH.fullmatch(every):
        raise ConfigError(f"{every!r} is no width of windows; expected such as 30m, 1h, 1d or 1w")
    return seconds(every) * 1e6


def read_time(text: str, what: str) -> datetime:
    """A date or time of ISO 8601.

    Raises:
        ConfigError: when it is none; `what` names the setting.

    >>> read_time("2022-02-01", "start")
    datetime.datetime(2022, 2, 1, 0, 0)
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{what}: {text!r} is no date or time; expected such as 2022-02-01") from None


def list_windows(
    start: datetime, end: datetime, every: str, zone: str = "", week_start: str = "monday"
) -> list[Window]:
    """The windows of that width between two times, the end excluded; naive times are by the clock of the zone.

    Raises:
        ConfigError: when there is none, or more than 10,000.

    >>> [str(window)[:10] for window in list_windows(datetime(2022, 2, 1), datetime(2022, 2, 3), "1d")]
    ['2022-02-01', '2022-02-02']
    """
    width, low, high = read_width(every), _instant(start, zone), _instant(end, zone)
    if high <= low:
        raise ConfigError(f"no window of {every} lies between {start} and {end}; the end must be after the start")
    if (high - low) / width > _MOST_WINDOWS:
        raise ConfigError(f"{start} to {end}: more than {_MOST_WINDOWS:,} windows of {every}; take a shorter time")
    grid = lay(low, high - 1, width, zone, week_start)
    return [grid.window(at) for at in range(grid.count)]


def find_due(now: datetime, every: str, delay: str = "", zone: str = "", week_start: str = "monday") -> Window:
    """The newest window that had ended at a time, or a delay before it.

    >>> str(find_due(datetime(2022, 2, 9, 6, 15), "1d"))[:10], str(find_due(datetime(2022, 2, 9, 6), "1d", "7d"))[:10]
    ('2022-02-08', '2022-02-01')
    """
    instant = _instant(now, zone) - (read_width(delay) if delay else 0.0)
    grid = lay(instant, instant, read_width(every), zone, week_start)
    return replace(grid, start=grid.start - grid.width).window()


def fill_path(pattern: str, window: Window, zone: str = "") -> str:
    """A path in which `{start:%Y-%m-%d}` and `{end:…}` stand for the window, by the clock of the zone.

    Raises:
        ConfigError: when it names anything else in braces.

    >>> fill_path("trips/{start:%Y-%m-%d}.parquet", Window(0.0, 86_400e6))
    'trips/1970-01-01.parquet'
    """
    return _PLACE.sub(partial(_fill_place, {"start": window.start, "end": window.end}, pattern, zone), pattern)


def has_place(pattern: str) -> bool:
    """Whether a path differs from window to window.

    >>> has_place("trips/*.parquet"), has_place("trips/{start:%d}.parquet")
    (False, True)
    """
    return bool(_PLACE.search(pattern))


def check_window(monitor: Monitor, rows: str, window: Window, store: Store | None = None) -> tuple[Outcome, Result]:
    """Judge the rows of a window, and keep the result; doing so again changes nothing unless the rows changed.

    Args:
        monitor: what judges.
        rows: the path of the window's rows, with `{start:…}` for its time.
        window: the event time that they stand for.
        store: where the result is kept.

    Raises:
        InputError: when the rows cannot be read.
        StoreError: when the result cannot be kept.
    """
    path = fill_path(rows, window, monitor.plan.zone)
    ends = (as_datetime(window.start), as_datetime(window.end))
    result = monitor.check(path, window=ends, store=store)
    return describe(result, store), result


def describe(result: Result, store: Store | None = None) -> Outcome:
    """A result as an outcome; the id of its run is looked up in the store."""
    findings = tuple(
        {"level": finding.level.value, "subject": finding.subject, "what": finding.explain()[0],
         "since": finding.since or ""}
        for finding in result.findings[:_MOST_FINDINGS]
    )  # fmt: skip
    run = find_run(store, result.model, result.window) if store is not None and result.window else None
    return Outcome(
        model=result.model, window=result.window or "", level=result.level.value, headline=result.headline,
        rows=result.current.rows, run=run.run_id if run else None, findings=findings,
    )  # fmt: skip


def as_datetime(instant: float) -> datetime:
    """Microseconds since 1970 UTC as a datetime of UTC.

    >>> as_datetime(0.0)
    datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    return EPOCH + timedelta(microseconds=instant)


def _fill_place(times: dict[str, float], pattern: str, zone: str, place: re.Match[str]) -> str:
    name, form = place.groups()
    if name not in times:
        raise ConfigError(
            f"{pattern}: {place[0]} stands for nothing; expected such as {{start:%Y-%m-%d}} or {{end:%H}}"
        )
    return as_datetime(local(times[name], zone)).strftime(form or "%Y-%m-%d")


def _instant(when: datetime, zone: str) -> float:
    """Microseconds since 1970 UTC of a time; a naive one is by the clock of the zone."""
    if when.tzinfo is not None or not zone:
        return microseconds(when)
    return replace(axis(60e6, zone), zone=zone, start=microseconds(when)).window().start
