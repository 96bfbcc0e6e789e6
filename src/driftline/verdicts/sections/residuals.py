"""Charts of a regression's residuals: how they are spread, against the prediction, and over time."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from driftline.arrays import Floats
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.absolute_errors import AbsoluteErrors
from driftline.profiles.sketches.base_error_bins import ErrorBins
from driftline.profiles.sketches.negative_errors import NegativeErrors
from driftline.profiles.sketches.regression import Regression
from driftline.profiles.sketches.residual_bins import ResidualBins
from driftline.stats import intervals
from driftline.types import Health, ProfileKey
from driftline.verdicts.sections.records import Chart, Series
from driftline.verdicts.sides import Current, Reference

_BARS = 24
_FEWEST = 10  # rows behind a point
_RESIDUAL = "prediction minus target"

Mean = tuple[float, float, float, float]
"""Where a point is along x, a mean there, and the ends of its interval."""


def chart_residuals(current: Profile, reference: Profile) -> Chart | None:
    """Errors of a regression in bars of one width, as far to each side as 99 % of the errors of the larger side are."""
    sides = [(name, _Residuals.of(side)) for name, side in (("reference", reference), ("current", current))]
    known = [(name, residuals) for name, residuals in sides if residuals is not None]
    top = max((_quantile(residuals.all, 0.99) for _, residuals in known), default=0.0)
    if len(known) < len(sides) or not 0 < top < np.inf:
        return None
    ends = np.linspace(-top, top, _BARS + 1)

    def line(name: str, residuals: "_Residuals") -> Series:
        shares = np.diff(residuals.upto(ends)).tolist()
        return Series(name, name, tuple(zip(ends.tolist(), (*shares, shares[-1]), strict=True)))

    return Chart(
        name="errors", title="Errors", health=Health.MODEL, detail=True, steps=True,
        x=f"{_RESIDUAL}, in the unit of the target", y="share of rows",
        series=tuple(line(name, residuals) for name, residuals in known),
        caption="Right of 0 the prediction is too high. The largest 1 % is left out.",
    )  # fmt: skip


def chart_residuals_by_prediction(current: Profile, reference: Profile) -> Chart | None:
    """The mean residual by ranges of the prediction, with the 95 % interval of each (pointwise)."""
    lines = []
    for name, side in (("reference", reference), ("current", current)):
        bins = side.get_or_none(ResidualBins)
        if bins is not None and (means := _by_range(bins)):
            lines.append(_draw_means(name, means, banded=name == "current"))
    if not lines or lines[-1].side != "current":
        return None
    return Chart(
        name="errors-by-prediction", title="Errors against the prediction", health=Health.MODEL, detail=True,
        x="mean prediction, in the unit of the target", y=f"mean of {_RESIDUAL}",
        series=(_guide(lines), *lines),
        caption="Rows in up to 20 ranges of the prediction, which are of equal rows in the reference. The band has the "
        "95 % interval of each point by itself (Student).",
    )  # fmt: skip


def chart_residuals_over_time(reference: Reference, current: Current) -> Iterator[Chart]:
    """The mean residual of each window of the current rows, with its 95 % interval (pointwise), beside the reference's.

    Nothing for fewer than two windows with labels.
    """
    windows = [(key.window, part) for key, part in sorted(current.profiles.items()) if key.window and not key.segment]
    means = [
        (start, *ends)
        for name, part in windows
        if (errors := part.get_or_none(Regression)) is not None and errors.n >= _FEWEST
        for start, ends in [(name.split("/")[0], _mean_of(errors))]
        if all(map(math.isfinite, ends))
    ]
    past = reference.profiles[ProfileKey()].get_or_none(Regression)
    if len(means) < 2 or past is None or not past.n:
        return
    times = [start for start, *_ in means]
    usual = Series("reference", "reference", ((times[0], float(past.mean[0])), (times[-1], float(past.mean[0]))))
    line = Series(
        "current", "current", tuple((start, value) for start, value, _, _ in means),
        band=tuple((start, low, high) for start, _, low, high in means),
    )  # fmt: skip
    yield Chart(
        name="errors-over-time", title="Errors over time", health=Health.MODEL, detail=True, x="time (UTC)",
        y=f"mean of {_RESIDUAL}", series=(usual, line),
        caption="One point a window; above 0 the prediction is too high on average. The band has the 95 % interval of "
        "each window by itself (Student); the reference is the mean of all its rows.",
    )  # fmt: skip


def _mean_of(errors: Regression) -> tuple[float, float, float]:
    value, low, high = intervals.mean(float(errors.mean[0]), float(errors.comoments[0, 0]), errors.n)
    return float(value), float(low), float(high)


def _by_range(bins: ResidualBins) -> list[Mean]:
    """Mean prediction, and mean residual with its interval, of each range with ten rows and more."""
    found = []
    for at in np.flatnonzero(bins.counts >= _FEWEST).tolist():
        n, total, square = int(bins.counts[at]), float(bins.residuals[0, at]), float(bins.residuals[1, at])
        value, low, high = intervals.mean(total / n, max(square - total * total / n, 0.0), n)
        point = float(bins.sums[at]) / n, float(value), float(low), float(high)
        if all(map(math.isfinite, point)):
            found.append(point)
    return found


def _draw_means(name: str, means: Sequence[Mean], *, banded: bool) -> Series:
    band = tuple((x, low, high) for x, _, low, high in means) if banded else ()
    return Series(name, name, tuple((x, y) for x, y, _, _ in means), band=band)


def _guide(lines: Sequence[Series]) -> Series:
    places = [float(x) for line in lines for x, _ in line.points]
    return Series("no error", "guide", ((min(places), 0.0), (max(places), 0.0)))


@dataclass(frozen=True)
class _Residuals:
    """Errors with their sign: the sizes of all, and of those below 0."""

    all: AbsoluteErrors
    negative: NegativeErrors

    @classmethod
    def of(cls, profile: Profile) -> "_Residuals | None":
        """Those of a profile that has any."""
        errors, negative = profile.get_or_none(AbsoluteErrors), profile.get_or_none(NegativeErrors)
        return None if errors is None or negative is None or not errors.n else cls(errors, negative)

    def upto(self, ends: Floats) -> Floats:
        """Share of the rows with errors up to each end."""
        below, far = _upto(self.negative, np.abs(ends)), _upto(self.all, np.abs(ends))
        rows: Floats = np.where(ends < 0, self.negative.n - below, self.negative.n + far - below)
        return rows / self.all.n


def _upto(errors: ErrorBins, sizes: Floats) -> Floats:
    """Rows with errors up to each size; errors lie evenly in their bins."""
    edges, counts = errors.histogram()
    rows = np.concatenate(([0.0], np.cumsum(counts[:-1])[1::2]))  # up to each edge, after a start
    found: Floats = np.interp(sizes, np.concatenate(([-1.0], edges)), rows)
    return found


def _quantile(errors: ErrorBins, share: float) -> float:
    edges, counts = errors.histogram()
    upto = np.cumsum(counts[:-1])[1::2]
    return float(edges[min(int(np.searchsorted(upto, share * errors.n)), edges.size - 1)])
