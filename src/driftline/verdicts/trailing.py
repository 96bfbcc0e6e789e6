"""The trailing reference: the last windows, in place of the rows that a monitor was fitted on."""

from collections import deque
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple

from driftline.config.budget import DAY
from driftline.profiles.plan import Plan
from driftline.profiles.profile import Profile
from driftline.types import Dataset, ProfileKey
from driftline.verdicts.baseline import Baseline
from driftline.verdicts.fit_baseline import join_blocks, learn, measure_followed
from driftline.verdicts.seasons import FEWEST, WindowKind
from driftline.verdicts.sides import Current, Reference
from driftline.windows import Window, Windows, iso, seconds

FORMAT = "windows"
"""The `format` of a dataset that is windows which were judged before."""


class PastWindow(NamedTuple):
    """A window that was judged: the profile of all its rows, and of each segment."""

    window: Window
    profiles: Mapping[ProfileKey, Profile]


class PastWindows:
    """The last windows that had rows enough to be judged, in memory."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._windows: deque[PastWindow] = deque(maxlen=plan.config.comparison.most)

    def add(self, current: Current) -> None:
        """Take in a window that was judged."""
        if current.window and current.profiles[ProfileKey()].rows >= self._plan.config.judge.min_rows:
            self._windows.append(PastWindow(current.window, current.profiles))

    def __call__(self, window: Window) -> Sequence[PastWindow]:  # noqa: ARG002 - others look it up by the window
        """Those before a window, in order."""
        return tuple(self._windows)

    def state(self) -> list[Any]:
        """Plain values, for the codec."""
        return [
            [past.window.start, past.window.end, {key.segment: part.dump() for key, part in past.profiles.items()}]
            for past in self._windows
        ]

    def recall(self, state: Sequence[Any]) -> None:
        """The inverse of `state`."""
        for start, end, profiles in state:
            parts = {ProfileKey(segment=name): Profile.load(self._plan, data) for name, data in profiles.items()}
            self._windows.append(PastWindow(Window(start, end), parts))


def make_trailing(fixed: Reference, past: Sequence[PastWindow]) -> Reference:
    """The reference that the last windows make; the fixed one until there are as many as the settings say.

    A segment without rows in all of them is left out: there is nothing to compare with.
    """
    if len(past) < fixed.plan.config.comparison.most:
        return fixed
    parts = {key: [one.profiles[key] for one in past if key in one.profiles] for key in fixed.profiles}
    profiles = {key: reduce(Profile.merge, own) for key, own in parts.items() if own}
    start, end = (iso(time) for time in (min(one.window.start for one in past), max(one.window.end for one in past)))
    label = "the window before" if len(past) == 1 else f"the {len(past)} windows before"
    dataset = Dataset(label, profiles[ProfileKey()].rows, start, end, FORMAT)
    return compare_with_windows(fixed, profiles, dataset)


def compare_with_windows(fixed: Reference, profiles: Mapping[ProfileKey, Profile], dataset: Dataset) -> Reference:
    """The reference that these profiles of windows make, with what is learnt of how windows differ from those before.

    Args:
        fixed: the reference that the monitor was fitted on.
        profiles: of all rows of the windows (`ProfileKey()`), and of each segment that has any.
        dataset: says which windows they are.
    """
    learnt = fixed.trailing or Baseline(zone=fixed.baseline.zone)
    return Reference(plan=fixed.plan, profiles=profiles, dataset=dataset, baseline=learnt, fixed=fixed)


def fit_trailing(plan: Plan, profiles: Mapping[ProfileKey, Profile], grid: Windows | None) -> Baseline:
    """Learn how windows differ from those before them: each of the reference's is compared with so many.

    Where the reference has too few for that, with half as many as it has: what is tolerated is then rather too much
    than too little. Windows of less than half the usual number of rows teach nothing.
    """
    width = seconds(plan.config.stream.length or plan.config.stream.every) * 1e6
    places = range(grid.count if grid else 0)
    found = [(at, part) for at in places if grid and (part := profiles.get(ProfileKey(grid.name(at))))]
    windows = [part for _, part in join_blocks(found, width, grid)] if grid and found else []
    usual = sorted(part.rows for part in windows)[len(windows) // 2] if windows else 0
    windows = [part for part in windows if part.rows >= usual / 2]
    count = min(plan.config.comparison.most, len(windows) // 2)
    if len(windows) - count < FEWEST:
        return Baseline()
    before = list(merge_running(windows, count))
    pairs = list(zip(windows[count:], before, strict=False))
    kind = WindowKind(width, seasonal=width < DAY)
    learnt = learn(plan, measure_followed(plan, lambda _: pairs), len(pairs), kind)
    return learnt.merge(Baseline(zone=plan.zone))


def merge_running(profiles: Sequence[Profile], count: int) -> Sequence[Profile]:
    """Each run of so many neighbours merged, in three merges each: ends of one block, beginnings of the next."""
    heads: list[Profile] = []
    for at, profile in enumerate(profiles):
        heads.append(profile if at % count == 0 else heads[-1].merge(profile))
    tails = list(profiles)
    for at in reversed(range(len(profiles) - 1)):
        if (at + 1) % count:
            tails[at] = profiles[at].merge(tails[at + 1])
    runs = range(len(profiles) - count + 1)
    return [tails[at] if at % count == 0 else tails[at].merge(heads[at + count - 1]) for at in runs]
