"""Segments with too few rows in each window: their rows are added up until they are enough to be judged."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from driftline import humanize
from driftline.config.budget import DAY
from driftline.profiles.plan import Plan
from driftline.profiles.profile import Profile
from driftline.types import ProfileKey
from driftline.verdicts.sides import Current, Reference
from driftline.windows import HOUR, Window

_MOST = 50
"""Segments whose rows are held at once."""
_LONGEST = 30
"""Windows, and a week at least, after which rows that are not enough by then are given up."""


class JoinedRows(NamedTuple):
    """The rows of a segment over the windows of `span`."""

    profile: Profile
    span: Window

    def describe(self) -> str:
        """How long that is, for the end of a sentence."""
        days, hours = round(self.span.length / DAY), round(self.span.length / HOUR)
        return f"over the last {humanize.count(days, 'day') if days > 1 else humanize.count(hours, 'hour')}"


@dataclass(eq=False)
class SparseSegments:
    """What is held of segments that a window cannot judge alone; each row is judged once.

    Rows are held until they are as many as `judge.min_rows`, and stand for a day at least: hours of one day differ, and
    segments are compared with the whole reference. A window that can judge a segment alone ends what is held of it.
    """

    known: dict[str, JoinedRows] = field(default_factory=dict)
    end: float = -math.inf

    def add(self, reference: Reference, current: Current) -> dict[ProfileKey, JoinedRows]:
        """Take in the next window; gives the segments that have enough rows with it, which begin anew.

        Of windows that overlap those alone count that begin after the last one that counted.
        """
        window, least = current.window, reference.plan.config.judge.min_rows
        if window is None or window.start < self.end:
            return {}
        self.end, oldest = window.end, window.end - max(7 * DAY, _LONGEST * window.length)
        self.known = {name: joined for name, joined in self.known.items() if joined.span.start >= oldest}
        enough: dict[ProfileKey, JoinedRows] = {}
        for key, profile in sorted(current.profiles.items()):
            if key.window or not key.segment:
                continue
            before = self.known.pop(key.segment, None)
            past = reference.profiles.get(key)
            if past is None or past.rows < least or profile.rows >= least:
                continue
            start = before.span.start if before else window.start
            joined = JoinedRows(before.profile.merge(profile) if before else profile, Window(start, window.end))
            if joined.profile.rows >= least and joined.span.length >= DAY:
                enough[key] = joined
            elif joined.profile.rows and len(self.known) < _MOST:
                self.known[key.segment] = joined
        return enough

    def state(self) -> dict[str, Any]:
        """Plain values, for the codec."""
        held = [[name, part.span.start, part.span.end, part.profile.dump()] for name, part in self.known.items()]
        return {"known": held, "end": self.end}

    @classmethod
    def from_state(cls, plan: Plan, state: Mapping[str, Any]) -> "SparseSegments":
        """The inverse of `state`."""
        held: Iterable[tuple[str, float, float, bytes]] = state["known"]
        known = {name: JoinedRows(Profile.load(plan, data), Window(start, end)) for name, start, end, data in held}
        return cls(known, state["end"])
