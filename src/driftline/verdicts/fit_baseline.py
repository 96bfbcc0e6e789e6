"""Learns the baseline from the reference's own windows: days, weeks, weekdays and times of day."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import groupby

import numpy as np

from driftline import registry
from driftline.arrays import Floats
from driftline.config.budget import DAY, Budget
from driftline.metrics.base import Metric
from driftline.profiles.plan import Plan
from driftline.profiles.profile import Profile
from driftline.stats import intervals
from driftline.stats.ranks import kruskal_wallis
from driftline.types import Level, ProfileKey, SeriesKey
from driftline.verdicts.baseline import Baseline, Replay
from driftline.verdicts.find_changes import find_changes
from driftline.verdicts.measure import choose_side, measure_pairs
from driftline.verdicts.measurement import Measurement
from driftline.verdicts.seasons import FEWEST, Season, WindowKind, name_times_of_day
from driftline.verdicts.tolerance import BaselineStats
from driftline.windows import Windows, local, weekday

_DAYS = (1, 7)

WindowMeasurements = dict[SeriesKey, list[tuple[int, Measurement]]]
"""The measurements of windows by series, each with its window's place among them."""


def fit_baseline(plan: Plan, profiles: Mapping[ProfileKey, Profile], windows: Windows) -> Baseline:
    """Learn from the reference's daily windows and the weeks that they make, and from its weekdays if they differ.

    Windows of a week teach what weeks teach, where days have too few rows to be judged.
    A window of less than half the usual number of rows, such as a day cut short or an outage, teaches nothing.
    """
    whole = profiles[ProfileKey()]
    days = [(at, part) for at in range(windows.count) if (part := profiles.get(ProfileKey(windows.name(at))))]
    baseline = Baseline(changes=find_changes(plan, days, windows), zone=plan.zone)
    for length in _DAYS:
        parts = join_blocks(days, length * DAY, windows)
        if not parts:
            continue
        least = float(np.median([part.rows for _, part in parts])) / 2
        parts = [(at, part) for at, part in parts if part.rows >= least]
        if len(parts) >= FEWEST:
            measurements = measure_windows(plan, whole, [(part, None) for _, part in parts])
            kind = WindowKind(length * DAY)
            baseline = baseline.merge(learn(plan, measurements, len(parts), kind, _scale(len(parts))))
            if length == 1:
                baseline = baseline.merge(_fit_weekdays(plan, whole, measurements, parts, windows))
    return baseline


def join_blocks(parts: Sequence[tuple[int, Profile]], length: float, windows: Windows) -> list[tuple[int, Profile]]:
    """The windows of a length (microseconds) that those of a grid, each with its place, make; none where some lack."""
    size = round(length / windows.width)  # windows in a block; 0 where a window is longer
    blocks = [list(block) for _, block in groupby(parts, key=lambda part: part[0] // size)] if size else []
    return [(block[0][0], reduce(Profile.merge, [part for _, part in block])) for block in blocks if len(block) == size]


def fit_times_of_day(plan: Plan, whole: Profile, profiles: Mapping[ProfileKey, Profile], windows: Windows) -> Baseline:
    """Learn from windows shorter than a day, each compared with that time of other days, of at least three.

    Working days and weekends are apart where there are enough of both. With `season: none` windows are compared with
    the whole reference.
    """
    parts = {at: part for at in range(windows.count) if (part := profiles.get(ProfileKey(windows.name(at))))}
    times = {at: name_times_of_day(local(windows.window(at).start, plan.zone), windows.width) for at in parts}
    for all_days in (0, 1):
        groups: dict[Season, list[int]] = {}
        for at, seasons in times.items():
            groups.setdefault(seasons[all_days], []).append(at)
        least = {season: np.median([parts[at].rows for at in own]) / 2 for season, own in groups.items()}
        kept = {season: [at for at in own if parts[at].rows >= least[season]] for season, own in groups.items()}
        fewest = min(map(len, kept.values()), default=0)
        if fewest >= FEWEST and (all_days or len(kept) == 2 * round(DAY / windows.width)):
            break
    else:
        return Baseline()
    alike = {season: reduce(Profile.merge, [parts[at] for at in own]) for season, own in kept.items()}
    if plan.config.season == "none":
        alike, fewest = dict.fromkeys(alike, whole), 1
    placed = sorted((at, season) for season, own in kept.items() for at in own)
    measurements = measure_windows(plan, whole, [(parts[at], alike[season]) for at, season in placed])
    kind = WindowKind(windows.width, seasonal=True)
    learned = learn(plan, measurements, len(placed), kind, _scale(fewest))
    return learned if plan.config.season == "none" else learned.merge(Baseline(seasons=alike))


def measure_windows(
    plan: Plan, whole: Profile, windows: Sequence[tuple[Profile, Profile | None]]
) -> WindowMeasurements:
    """The measurements of windows, each given with those of its season, by the metrics that windows are judged by."""
    return measure_followed(
        plan, lambda metric: [(part, choose_side(metric, whole, season)) for part, season in windows]
    )


def measure_followed(plan: Plan, pair: Callable[[Metric], Sequence[tuple[Profile, Profile]]]) -> WindowMeasurements:
    """The measurements of windows, each with what a metric compares it with, by the metrics that they are judged by."""
    measurements: WindowMeasurements = {}
    for metric in registry.every("metrics").values():
        if not metric.windowed or not metric.judged:
            continue
        for at, of_window in enumerate(measure_pairs(metric, plan, ProfileKey(), pair(metric))):
            for measurement in of_window:
                if measurement.estimate.n >= plan.config.judge.min_rows and math.isfinite(measurement.effect.value):
                    measurements.setdefault(measurement.series, []).append((at, measurement))
    return measurements


def _fit_weekdays(
    plan: Plan,
    whole: Profile,
    measurements: WindowMeasurements,
    days: Sequence[tuple[int, Profile]],
    windows: Windows,
) -> Baseline:
    """Days compared with their weekday's, each of at least two, if wanted and if they differ more than by chance."""
    numbers = np.array([weekday(local(windows.window(at).start, plan.zone)) for at, _ in days])
    counts = np.bincount(numbers, minlength=7)
    if plan.config.season == "none" or counts.min() < 2:
        return Baseline()
    if plan.config.season == "auto":
        p_values = [_compare_weekdays(numbers, own) for own in measurements.values()]
        if not any(p_value <= 0.01 / len(p_values) for p_value in p_values):
            return Baseline()
    seasons = {
        day: reduce(Profile.merge, [part for number, (_, part) in zip(numbers, days, strict=True) if number == day])
        for day in range(7)
    }
    own = measure_windows(
        plan, whole, [(part, seasons[int(day)]) for day, (_, part) in zip(numbers, days, strict=True)]
    )
    learned = learn(plan, own, len(days), WindowKind(DAY, seasonal=True), _scale(int(counts.min())))
    return learned.merge(Baseline(seasons={Season.of_weekday(day): part for day, part in seasons.items()}))


def _compare_weekdays(numbers: np.ndarray, own: list[tuple[int, Measurement]]) -> float:
    """The p-value of no difference between the weekdays' effects: analysis of variance of their ranks."""
    at = numbers[[place for place, _ in own]]
    values = np.array([measurement.effect.value for _, measurement in own])
    groups = [values[at == day] for day in np.unique(at)]
    if len(groups) < 2 or np.ptp(values) == 0:
        return 1.0
    return kruskal_wallis(groups)


def _scale(windows: int) -> float:
    """Makes up for each window being part of the so many windows that it is compared with."""
    return windows / (windows - 1) if windows > 1 else 1.0


def learn(plan: Plan, measurements: WindowMeasurements, count: int, kind: WindowKind, scale: float = 1.0) -> Baseline:
    """What so many windows of a kind teach."""
    chance = Budget.parse(plan.config.alerts.budget).chance(kind.length) / max(len(measurements), 1)
    stats = {
        series: summarize(scale * np.array([measurement.effect.value for _, measurement in own]), chance)
        for series, own in measurements.items()
    }
    alerts = {at for own in measurements.values() for at in _find_alerts(own, chance)}
    return Baseline({kind: stats}, {kind: Replay(count, len(alerts))})


def _find_alerts(own: list[tuple[int, Measurement]], chance: float) -> Iterator[int]:
    """The windows in which this series alerts, by the limit that all the others set."""
    values = np.array([measurement.effect.value for _, measurement in own])
    for place, (at, measurement) in enumerate(own):
        effect = measurement.effect
        significant = measurement.metric.most is Level.ALERT and effect.p_value <= chance
        beyond = significant and effect.low > measurement.min_effect and values.size > 2
        if beyond and effect.low > summarize(np.delete(values, place), chance).limit:
            yield at


def summarize(values: Floats, chance: float) -> BaselineStats:
    """How the effects (windows,) of one series vary, and what is tolerated of one more window.

    Tolerated is the largest effect that there was; where the next window could well exceed that, as much as it exceeds
    with this chance, if windows were independent and normal.
    """
    limit = max(0.0, float(values.max()), intervals.upper_prediction(values, chance))
    if values.size < 2:
        return BaselineStats(limit)
    apart = values - values.mean()
    squares = float((apart**2).sum())
    correlation = float((apart[1:] * apart[:-1]).sum()) / squares if squares else 0.0
    correlation += (1 + 3 * correlation) / values.size  # short series make it look less than it is (Kendall 1954)
    correlation = min(max(correlation, 0.0), 0.9)
    return BaselineStats(limit, float(values.mean()), float(values.std(ddof=1)), correlation, values.size)
