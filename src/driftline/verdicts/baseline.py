"""How much the reference's own windows differ from it, by series: the baseline that tolerances come from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from driftline import humanize
from driftline.config.budget import DAY
from driftline.types import SeriesKey
from driftline.verdicts.seasons import Season, WindowKind, name_times_of_day
from driftline.verdicts.tolerance import BaselineStats
from driftline.windows import Window, local, weekday

if TYPE_CHECKING:
    from driftline.profiles.profile import Profile

_LONGER = 1.35  # a window stands for windows up to so much longer
_SHOWN = 3  # changes inside of the reference that a note tells


class Replay(NamedTuple):
    """How many windows of the reference there were, and how many would alert by what the others teach."""

    windows: int
    alerts: int


@dataclass(frozen=True, slots=True)
class ReferenceChange:
    """A lasting change inside of the reference: of a column, or of the number of rows (None), from a day on.

    `title` names the quantity that says how much; `before` is None where that is a distance between the two.
    """

    column: str | None
    start: str
    title: str
    before: float | None
    after: float

    def __str__(self) -> str:
        """What changed, in words.

        >>> str(ReferenceChange("fare", "2024-01-15", "median", 9.1, 11.8))
        'fare from 2024-01-15 on (median 9.1 → 11.8)'
        """
        was = "" if self.before is None else f"{humanize.number(self.before)} → "
        what = self.column or "the number of rows"
        return f"{what} from {self.start} on ({self.title} {was}{humanize.number(self.after)})"


def describe_changes(changes: Sequence[ReferenceChange]) -> Iterator[str]:
    """The note that tells them, with what to do; nothing where there are none."""
    if changes:
        shown = "; ".join(map(str, changes[:_SHOWN]))
        more = f"; and {len(changes) - _SHOWN} more" if len(changes) > _SHOWN else ""
        yield (
            f"Something changed within the reference itself: {shown}{more}. So it does not say what is normal, and "
            "changes of that size are tolerated. Fit again on the rows before or after."
        )


@dataclass(frozen=True)
class Baseline:
    """What the reference's own windows teach, by kind of window.

    `stats` says how each series varies among them, `replays` how often they would alert, and `seasons` are the profiles
    of windows that are alike, which a window of that season is compared with. `changes` are those inside of the
    reference. Days and times of day are those of the time zone `zone`, or of UTC.
    """

    stats: Mapping[WindowKind, Mapping[SeriesKey, BaselineStats]] = field(default_factory=dict)
    replays: Mapping[WindowKind, Replay] = field(default_factory=dict)
    seasons: Mapping[Season, "Profile"] = field(default_factory=dict, compare=False)
    changes: tuple[ReferenceChange, ...] = ()
    zone: str = ""

    def season(self, window: Window | None) -> "Profile | None":
        """The profile that a window is compared with instead of the whole reference; None where there is none."""
        if window is None or window.length <= 0:
            return None
        if DAY / _LONGER <= window.length <= _LONGER * DAY:
            return self.seasons.get(Season.of_weekday(weekday(local((window.start + window.end) / 2, self.zone))))
        if window.length > DAY:
            return None
        alike = (
            self.seasons.get(season) for season in name_times_of_day(local(window.start, self.zone), window.length)
        )
        return next((profile for profile in alike if profile), None)

    def kind(self, window: Window | None) -> WindowKind | None:
        """The kind of window that a window is judged by: that of its length, else the longest not much longer."""
        if window is None:
            return None
        short = WindowKind(round(window.length / 1e6) * 1e6, seasonal=True)
        if short in self.stats:
            return short
        if self.season(window) is not None:
            return WindowKind(DAY, seasonal=True)
        lengths = sorted(kind.length for kind in self.stats if not kind.seasonal)
        fitting = [length for length in lengths if length <= _LONGER * window.length]
        return WindowKind((fitting or lengths[:1])[-1]) if lengths else None

    def has_learnt(self, length: float) -> bool:
        """Whether windows of this length (microseconds), shorter than a day, are known."""
        return WindowKind(round(length / 1e6) * 1e6, seasonal=True) in self.stats

    def stats_of(self, window: Window | None) -> Mapping[SeriesKey, BaselineStats]:
        """How each series varies among windows like this one; nothing without a time."""
        kind = self.kind(window)
        return {} if kind is None else self.stats.get(kind, {})

    def tolerances_of(self, window: Window | None) -> Mapping[SeriesKey, float]:
        """The largest effect of each series that is tolerated of a window like this one."""
        return {series: stats.limit for series, stats in self.stats_of(window).items()}

    def merge(self, other: "Baseline") -> "Baseline":
        """The same with another's kinds of window as well."""
        return Baseline(
            {**self.stats, **other.stats},
            {**self.replays, **other.replays},
            {**self.seasons, **other.seasons},
            (*self.changes, *other.changes),
            self.zone or other.zone,
        )

    def state(self) -> dict[str, Any]:
        """Plain values for the codec; the profiles of the seasons are kept with the others."""
        effects = {
            kind.code: {f"{series.metric}/{series.column or ''}": list(astuple(stats)) for series, stats in own.items()}
            for kind, own in self.stats.items()
        }
        return {
            "effects": effects,
            "replayed": {kind.code: list(replay) for kind, replay in self.replays.items()},
            "changes": [list(astuple(change)) for change in self.changes],
            **({"zone": self.zone} if self.zone else {}),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any], seasons: Mapping[Season, "Profile"]) -> "Baseline":
        """The inverse of `state`."""
        stats = {
            WindowKind.from_code(int(code)): {_series(str(name)): _stats(values) for name, values in own.items()}
            for code, own in state["effects"].items()
        }
        replays = {
            WindowKind.from_code(int(code)): Replay(int(windows), int(alerts))
            for code, (windows, alerts) in state["replayed"].items()
        }
        changes = tuple(ReferenceChange(*values) for values in state.get("changes", ()))
        return cls(stats, replays, dict(seasons), changes, str(state.get("zone", "")))


def _series(name: str) -> SeriesKey:
    metric, _, column = name.partition("/")
    return SeriesKey(metric, column or None)


def _stats(values: Any) -> BaselineStats:
    limit, mean, deviation, correlation, n = values
    return BaselineStats(float(limit), float(mean), float(deviation), float(correlation), int(n))
