"""Follows the weak segments that the search has found: each window measures them again, until they are weak no more."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, field
from typing import Any

import numpy as np
import scipy

from driftline import humanize
from driftline.profiles.plan import Plan
from driftline.profiles.segments.cells import code_columns, name_cell
from driftline.profiles.sketches.cell_errors import CellErrors
from driftline.stats.intervals import Z_95
from driftline.stats.segments.weak_cells import CellGap
from driftline.types import WEAK_SEGMENT, Health, Level, ProfileKey, Verdict
from driftline.verdicts.sections.weak_segments import count_fewest, find_weak, measure_cell, unit_of_errors
from driftline.verdicts.sides import Current, Reference
from driftline.windows import Window, iso

_MOST = 20
"""Segments that are followed at once."""
_KEPT = 60
"""Windows of each that are kept."""
_RECENT = 5
"""Windows that say together whether a segment is still weak; it is over where they do not."""
_CHANCE = 0.005
"""So often at most a segment that is no weaker than in the reference is ever confirmed, however long it is followed."""
_MATTERS = 0.1
"""Of the error elsewhere: what is higher by less is nothing to act upon, as in the search."""

Ends = tuple[float, float, float]
"""A number with its 95 % interval."""


@dataclass(frozen=True, slots=True)
class SegmentWindow:
    """One window of a followed segment: its start, rows, and how much higher the error is, with standard error."""

    start: float
    rows: int
    value: float
    error: float
    elsewhere: float

    @property
    def is_weak(self) -> bool:
        """Whether the 95 % interval is above 0."""
        return self.value > Z_95 * self.error


@dataclass
class FollowedSegment:
    """A cell that the search found in the window from `since` on, and the windows after that (60 at most).

    `confirmed` is whether the last window that could be judged confirmed it.
    """

    columns: tuple[int, ...]
    codes: tuple[int, ...]
    since: float
    confirmed: bool = False
    windows: list[SegmentWindow] = field(default_factory=list)

    def add(self, window: SegmentWindow) -> None:
        """Take in the next window."""
        self.windows = [*self.windows, window][-_KEPT:]

    @property
    def is_over(self) -> bool:
        """Whether the last five windows together show nothing any more (one-sided test at 5 %)."""
        value, error = _pool(self.windows[-_RECENT:])
        return len(self.windows) >= _RECENT and value <= float(scipy.special.ndtri(0.95)) * error

    def is_confirmed(self, reference: CellGap | None) -> bool:
        """Whether later windows show it to be weaker than in the reference, by an amount that matters.

        The k-th window is tested with a share of the chance, 6 / (pi k)^2, so that it holds for all of them together.
        """
        value, error = _pool(self.windows)
        base = 0.0
        if reference is not None:
            base, error = reference.value, math.hypot(error, reference.error)
        k = len(self.windows)
        if not k or not math.isfinite(error):
            return False
        sure = -float(scipy.special.ndtri(_CHANCE * 6 / (math.pi * k) ** 2))
        elsewhere = float(np.mean([window.elsewhere for window in self.windows]))
        return value - base > max(sure * error, _MATTERS * abs(elsewhere))

    def overall(self) -> Ends | None:
        """How much higher the error is over all windows after the one that found it; None before there are any."""
        return _ends(*_pool(self.windows)) if self.windows else None


@dataclass(eq=False)
class FollowedSegments:
    """The weak segments of a model, each followed from the window that found it until five windows show it no more.

    Later windows know nothing of the search, so their numbers are as they are: no correction is needed, and none of
    them is flattered. What is followed is no new find. A segment is a warning once it is confirmed to be weaker than
    in the reference, else a number that is described.
    """

    known: dict[str, FollowedSegment] = field(default_factory=dict)
    end: float = -math.inf

    def judge(self, reference: Reference, current: Current) -> list[Verdict]:
        """One verdict for each segment that is followed, or was until this window; none without labels.

        Of windows that overlap those alone count that begin after the last one that counted.
        """
        profile, window = current.profiles[ProfileKey()], current.window
        errors = profile.get_or_none(CellErrors)
        if errors is None or window is None:
            return []
        past, fresh = reference.profiles[ProfileKey()].get_or_none(CellErrors), window.start >= self.end
        verdicts = [self._follow(name, errors, past, window, fresh=fresh) for name in list(self.known)]
        if fresh and errors.counts.any():
            verdicts += self._take_up(errors, past, window)
            self.end = window.end
        return verdicts

    def state(self) -> list[Any]:
        """Plain values, for the codec."""
        segments = [
            [
                name,
                list(one.columns),
                list(one.codes),
                one.since,
                one.confirmed,
                [list(astuple(each)) for each in one.windows],
            ]
            for name, one in self.known.items()
        ]
        return [self.end, segments]

    @classmethod
    def from_state(cls, state: Sequence[Any]) -> "FollowedSegments":
        """The inverse of `state`; of an empty one nothing is known."""
        if not state:
            return cls()
        end, segments = state
        known = {
            name: FollowedSegment(
                tuple(columns), tuple(codes), since, confirmed, [SegmentWindow(*each) for each in windows]
            )
            for name, columns, codes, since, confirmed, windows in segments
        }
        return cls(known, end)

    def _follow(
        self, name: str, errors: CellErrors, past: CellErrors | None, window: Window, *, fresh: bool
    ) -> Verdict:
        """One segment in the next window: measured, and let go of where it is over."""
        segment = self.known[name]
        gap, before = measure_cell(errors, segment.columns, segment.codes), _measure_past(past, segment)
        if not _is_enough(gap, errors.plan):
            return _verdict(name, segment, gap, before, errors.plan, "unknown")
        if fresh:
            segment.add(SegmentWindow(window.start, gap.rows, gap.value, gap.error, gap.elsewhere))
        if segment.is_over:
            del self.known[name]
            return _verdict(name, segment, gap, before, errors.plan, "over")
        was, segment.confirmed = segment.confirmed, segment.is_confirmed(before)
        state = "confirmed" if segment.confirmed else "followed"
        return _verdict(name, segment, gap, before, errors.plan, state, news=segment.confirmed and not was)

    def _take_up(self, errors: CellErrors, past: CellErrors | None, window: Window) -> Iterable[Verdict]:
        """Begin to follow what this window's search has found and is not followed yet."""
        codings = code_columns(errors.plan)
        for cell in find_weak(errors):
            name = name_cell(codings, cell.columns, cell.codes)
            if name in self.known or len(self.known) >= _MOST:
                continue
            segment = self.known[name] = FollowedSegment(cell.columns, cell.codes, window.start)
            rows = measure_cell(errors, cell.columns, cell.codes).rows
            error = (cell.value - cell.low) / Z_95
            gap = CellGap(rows, 0, cell.mean, cell.elsewhere, cell.value, error)
            yield _verdict(name, segment, gap, _measure_past(past, segment), errors.plan, "found")


def _pool(windows: Sequence[SegmentWindow]) -> tuple[float, float]:
    """The mean of windows by their rows, with its standard error; that is infinite where there are none."""
    rows = np.array([window.rows for window in windows], np.float64)
    if not rows.sum():
        return 0.0, math.inf
    values, errors = (np.array([getattr(window, name) for window in windows]) for name in ("value", "error"))
    return float(rows @ values / rows.sum()), float(np.sqrt((rows**2) @ (errors**2)) / rows.sum())


def _ends(value: float, error: float) -> Ends:
    return value, value - Z_95 * error, value + Z_95 * error


def _say(ends: Ends, unit: str) -> str:
    return f"{humanize.quantity(ends[0], unit)} {humanize.interval(*ends[1:], unit)}"


def _is_enough(gap: CellGap, plan: Plan) -> bool:
    return min(gap.rows, gap.others) >= count_fewest(plan) and math.isfinite(gap.error)


def _measure_past(past: CellErrors | None, segment: FollowedSegment) -> CellGap | None:
    """The same cell in the reference; None where it has too few rows of it."""
    gap = None if past is None else measure_cell(past, segment.columns, segment.codes)
    return gap if past is not None and gap is not None and _is_enough(gap, past.plan) else None


def _verdict(  # noqa: PLR0913 - what a verdict is made of
    name: str, segment: FollowedSegment, gap: CellGap, before: CellGap | None, plan: Plan, state: str, *,
    news: bool = True,
) -> Verdict:  # fmt: skip
    unit, known = unit_of_errors(plan), state != "unknown"
    overall, weak = segment.overall(), sum(window.is_weak for window in segment.windows)
    level = {"confirmed": Level.WARNING, "unknown": Level.UNKNOWN}.get(state, Level.OK)
    base = 0.0 if before is None else before.value
    detail: dict[str, Any] = {"state": state, "news": news and known, "windows": len(segment.windows), "weak": weak}
    if overall is not None:
        names = ("over_windows", "over_windows_low", "over_windows_high")
        detail |= dict(zip(names, overall, strict=True))
    value, low, high = _ends(gap.value, gap.error) if known else (None, None, None)
    return Verdict(
        health=Health.MODEL, family="performance", metric=WEAK_SEGMENT, title="error above that of other rows",
        column=None, segment=name, window=None, level=level, value=value,
        low=low, high=high, n=gap.rows, unit=unit,
        threshold=base + _MATTERS * abs(gap.elsewhere) if known else None,
        reason=_reason(gap, before, overall, unit, (state, weak, len(segment.windows))),
        reference=None if before is None else before.value, since=iso(segment.since), judged=state == "confirmed",
        detail=detail,
    )  # fmt: skip


def _reason(gap: CellGap, before: CellGap | None, overall: Ends | None, unit: str, counts: tuple[str, int, int]) -> str:
    """What a window says of a segment, in a sentence."""
    state, weak, windows = counts
    if state == "unknown":
        return f"{humanize.count(gap.rows, 'row')} with a label, too few to say"
    here = _say(_ends(gap.value, gap.error), unit)
    said = f"error above that of other rows {here} in {humanize.count(gap.rows, 'row')}"
    past = "too few rows" if before is None else humanize.quantity(before.value, unit)
    said += f", in the reference {past}"
    if overall is None:
        return f"{said}; found in this window"
    said += f"; over {humanize.count(windows, 'window')} since it was found {_say(overall, unit)}, weak in {weak:,}"
    return f"{said}; weak no more" if state == "over" else said
