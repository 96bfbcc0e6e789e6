"""What the reference's windows shorter than a day teach: an hour is compared with that hour of other days."""

from collections.abc import Mapping
from functools import reduce

import numpy as np

from driftline.config.budget import DAY
from driftline.profiles.plan import Plan
from driftline.profiles.profile import Profile
from driftline.types import ProfileKey
from driftline.verdicts.baseline import Learnt, learnt_of, taken_of
from driftline.windows import Windows, weekday

_LEAST = 3  # windows of one hour, to learn from them
_DAYS = 28


def hours(low: float, high: float, width: float, most: int) -> Windows | None:
    """The grid of windows of that width (microseconds) over a reference's last four weeks, in whole days.

    None where they make no whole day, where there are fewer than three days, or more than `most` windows a day.
    """
    if width >= DAY or DAY % width:
        return None
    a_day, end = round(DAY / width), np.floor((high + width) / DAY)  # a day is whole that has begun its last window
    days = min(_DAYS, int(end - np.ceil((low - width) / DAY)), most // a_day)
    return Windows((end - days) * DAY, width, days * a_day) if days >= _LEAST else None


def names(start: float, width: float) -> tuple[str, str]:
    """What the cells are called that hold the windows at this time of the day: of like days, and of all.

    >>> names(3 * 3600e6, 3600e6)
    ('hours/3600/working day/3', 'hours/3600/3')
    """
    of, slot = f"hours/{width / 1e6:.0f}", round((start % DAY) / width)
    return f"{of}/{'weekend' if weekday(start) >= 5 else 'working day'}/{slot}", f"{of}/{slot}"


def calibrate_hours(
    plan: Plan, whole: Profile, cells: Mapping[ProfileKey, Profile], windows: Windows
) -> tuple[Learnt | None, dict[ProfileKey, Profile]]:
    """Learn from windows shorter than a day; and the profiles of the times of day, each of at least three windows.

    Working days and weekends are apart where there are enough of both. With `season: none` windows are compared with
    the whole reference.
    """
    found = {at: cells[cell] for at in range(windows.count) if (cell := ProfileKey(windows.name(at))) in cells}
    keys = {at: names(windows.start + at * windows.width, windows.width) for at in found}
    for kind in (0, 1):
        groups: dict[str, list[int]] = {}
        for at, key in keys.items():
            groups.setdefault(key[kind], []).append(at)
        usual = {key: np.median([found[at].rows for at in own]) for key, own in groups.items()}
        kept = {key: [at for at in own if found[at].rows >= usual[key] / 2] for key, own in groups.items()}
        least = min(map(len, kept.values()), default=0)
        if least >= _LEAST and (kind or len(kept) == 2 * round(DAY / windows.width)):
            break
    else:
        return None, {}
    like = {key: reduce(Profile.merge, [found[at] for at in own]) for key, own in kept.items()}
    if plan.config.season == "none":
        like, least = dict.fromkeys(like, whole), 1
    pairs = [(found[at], like[key]) for at, key in sorted((at, key) for key, own in kept.items() for at in own)]
    scale = least / (least - 1) if least > 1 else 1.0
    learnt = learnt_of(plan, taken_of(plan, pairs), len(pairs), windows.width, scale)
    return learnt, {} if plan.config.season == "none" else {ProfileKey(key): part for key, part in like.items()}
