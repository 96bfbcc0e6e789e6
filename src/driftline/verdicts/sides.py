"""The two sides of a check: the reference with what it teaches, and the current rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from driftline.profiles.plan import Plan
from driftline.profiles.profile import Profile
from driftline.types import Dataset, ProfileKey
from driftline.verdicts.baseline import Baseline
from driftline.windows import Window, Windows, iso


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a monitor knows of the rows that say what normal is.

    `profiles` are those of all rows (`ProfileKey()`) and of each segment. They hold no value of single rows, so
    neither does what is judged against them, nor a pack. `trailing` is what its windows teach of those that are
    compared with the ones before them; `fixed` the reference that the monitor was fitted on, where this is one of the
    last windows.
    """

    plan: Plan
    profiles: Mapping[ProfileKey, Profile]
    dataset: Dataset
    baseline: Baseline = field(default_factory=Baseline)
    trailing: Baseline | None = None
    fixed: "Reference | None" = None

    def of_metric(self, name: str) -> "Reference":
        """What a metric is compared with: these rows, or those that the monitor was fitted on, as the settings say."""
        if self.fixed is None:
            return self
        config = self.plan.config
        settings = config.metrics.get(name)
        kind = (settings.reference if settings else None) or config.comparison.reference
        return self.fixed if kind == "fixed" else self

    def __post_init__(self) -> None:
        object.__setattr__(self, "profiles", {key: part.private(final=True) for key, part in self.profiles.items()})
        seasons = {season: part.private(final=True) for season, part in self.baseline.seasons.items()}
        object.__setattr__(self, "baseline", replace(self.baseline, seasons=seasons))


@dataclass(frozen=True, slots=True, kw_only=True)
class Current:
    """Rows to be judged, folded under the reference's plan.

    `profiles` are those of all rows (`ProfileKey()`), of each segment, and of the windows of `grid` that say since
    when. `times` is the event time that the rows cover, `window` the one that they stand for, where a person said so.
    `now` (microseconds since 1970 UTC) is the time up to which rows should be there, where that is known.
    `label_history` says that no more labels are due: how many came for how many rows in the windows before. But for the
    windows, the profiles hold no value of single rows, so no verdict shows one.
    """

    profiles: Mapping[ProfileKey, Profile]
    dataset: Dataset
    times: Window | None = None
    window: Window | None = None
    grid: Windows | None = None
    now: float | None = None
    label_history: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        whole = self.profiles[ProfileKey()].within(self.window, self.now, self.label_history)
        profiles = {**self.profiles, ProfileKey(): whole}
        shown = {key: part if key.window else part.private() for key, part in profiles.items()}
        object.__setattr__(self, "profiles", shown)

    @classmethod
    def from_window(cls, profiles: Mapping[ProfileKey, Profile], window: Window, label: str) -> "Current":
        """One window of a stream or of a file."""
        rows = profiles[ProfileKey()].rows
        dataset = Dataset(label, rows, iso(window.start), iso(window.end), "window")
        return cls(profiles=profiles, dataset=dataset, window=window)

    @property
    def span(self) -> Window | None:
        """The event time that the rows stand for, else that they cover."""
        return self.window or self.times
