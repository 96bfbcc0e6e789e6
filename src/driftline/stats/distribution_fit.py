"""Which family of distributions a column is like: the best fit of a few well-known ones to its binned values."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy

from driftline.arrays import Floats
from driftline.humanize import number

_Share = Callable[[Floats], Floats]

_SIMPLER = 1.25
_POOR = 0.1
_EDGES = 64
_MATCHED = ((0.25, 0.75), (0.1, 0.9))


@dataclass(frozen=True)
class Fit:
    """A family, its parameters in words, and its Kolmogorov-Smirnov distance from the column, 0 to 1."""

    family: str
    parameters: str
    distance: float


@dataclass(frozen=True)
class _Family:
    """The standard form of a family: its quantiles and its distribution function, with the names of its parameters.

    `logs`: of the logarithm of the values. `at_zero`: it begins at 0, so only its scale is fitted.
    """

    name: str
    quantile: _Share
    share: _Share
    place: str
    scale: str
    shape: str = ""
    logs: bool = False
    at_zero: bool = False

    @cached_property
    def standard(self) -> Floats:
        """Its quantiles (2, 2) that are matched."""
        return self.quantile(np.array(_MATCHED))


def _gamma(k: float) -> _Family:
    share: _Share = lambda x: scipy.special.gammainc(k, np.maximum(x, 0))  # noqa: E731 - a formula
    return _Family("gamma", partial(scipy.special.gammaincinv, k), share, "", "scale", f"shape {k:.3g}", at_zero=True)


def _student(v: float) -> _Family:
    name, shape = "heavy-tailed, Student's t", f"{v:g} degrees of freedom"
    return _Family(name, partial(scipy.special.stdtrit, v), partial(scipy.special.stdtr, v), "center", "scale", shape)


def _pareto(a: float) -> _Family:
    quantile: _Share = lambda p: (1 - p) ** (-1 / a) - 1  # noqa: E731 - a formula
    share: _Share = lambda x: 1 - (1 + np.maximum(x, 0)) ** -a  # noqa: E731 - a formula
    return _Family("heavy-tailed, Pareto", quantile, share, "from", "scale", f"index {a:g}")


_FAMILIES = (  # the simplest first
    _Family("uniform", lambda p: p, lambda x: np.clip(x, 0, 1), "from", "width"),
    _Family("normal", scipy.special.ndtri, scipy.special.ndtr, "mean", "sd"),
    _Family("exponential", lambda p: -np.log1p(-p), lambda x: -np.expm1(-np.maximum(x, 0)), "from", "mean excess"),
    _Family("lognormal", scipy.special.ndtri, scipy.special.ndtr, "log mean", "log sd", logs=True),
    _Family("logistic", scipy.special.logit, scipy.special.expit, "mean", "scale"),
    *(_gamma(k) for k in (0.25, 0.5, 0.75, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.0, 10.0, 15.0)),
    *(_student(v) for v in (1.0, 2.0, 3.0, 5.0)),
    *(_pareto(a) for a in (0.5, 1.0, 2.0, 3.0)),
)


class _Values(NamedTuple):
    """The values, or their logarithms: their quantiles (2, 2) that are matched, and the edges (k,)."""

    matched: Floats
    at: Floats


class _Match(NamedTuple):
    """A family whose place and scale are matched to the values."""

    family: _Family
    place: float
    scale: float
    distance: float

    def describe(self) -> str:
        """Shape, place and scale in words."""
        shape, place, scale = self.family.shape, self.family.place, self.family.scale
        parts = [shape, f"{place} {number(self.place)}" if place else "", f"{scale} {number(self.scale)}"]
        return ", ".join(part for part in parts if part)


def fit_best(edges: npt.ArrayLike, counts: npt.ArrayLike) -> Fit | None:
    """The family that fits binned values best; None where there are fewer than 5 edges within them, or no rows.

    `edges`: shape (k,), ascending; `counts`: shape (2k + 1,). Place and scale are matched to two quantiles (25 and 75,
    or 10 and 90 %, whichever fits better), the shape is chosen from a few; the fit is judged by the largest gap of the
    distribution functions at up to 64 edges. A simpler family wins over one that is better by less than a fifth.
    "other" where none comes nearer than 0.1.

    >>> edges = np.linspace(0, 1, 101)
    >>> fit_best(edges, [0] + [0, 10] * 100 + [0, 0]).family
    'uniform'
    """
    at, rows = np.asarray(edges, dtype=float), np.asarray(counts, dtype=float)
    if not rows.sum():
        return None
    upto = np.cumsum(rows) / rows.sum()
    before, after = upto[:-1:2], upto[1::2]
    inside = (after > 0.001) & (before < 0.999)
    if inside.sum() < 5:
        return None
    at, before, after = at[inside], before[inside], after[inside]
    chosen = np.unique(np.linspace(0, at.size - 1, _EDGES).astype(int))
    ends, middles = np.stack((before[chosen], after[chosen])), (before + after) / 2
    families = [family for family in _FAMILIES if at[0] > 0 or not family.logs]
    with np.errstate(all="ignore"):
        plain, logs = (_Values(np.interp(_MATCHED, middles, scaled), scaled[chosen]) for scaled in (at, np.log(at)))
        all_matches = _match(families, [logs if family.logs else plain for family in families], ends)
    matches = [match for match in all_matches if match is not None]
    if not matches:
        return None
    least = min(match.distance for match in matches)
    found = next(match for match in matches if match.distance <= least * _SIMPLER)
    if found.distance > _POOR:
        return Fit("other", f"nearest is {found.family.name}", found.distance)
    return Fit(found.family.name, found.describe(), found.distance)


def _match(families: Sequence[_Family], values: Sequence[_Values], ends: Floats) -> list[_Match | None]:
    """Place and scale of each family by either pair of quantiles, whichever fits better; None where neither does."""
    standard = np.array([family.standard for family in families])
    matched, at = np.array([each.matched for each in values]), np.array([each.at for each in values])
    scales = (matched[:, :, 1] - matched[:, :, 0]) / (standard[:, :, 1] - standard[:, :, 0])
    at_zero = np.array([[family.at_zero] for family in families])
    places = np.where(at_zero, 0.0, matched[:, :, 0] - scales * standard[:, :, 0])
    scaled = (at[:, np.newaxis, :] - places[:, :, np.newaxis]) / scales[:, :, np.newaxis]
    fitted = np.array([family.share(points) for family, points in zip(families, scaled, strict=True)])
    distances = np.abs(fitted - ends[:, np.newaxis, np.newaxis]).max((0, 3))
    distances[~(np.isfinite(distances) & np.isfinite(scales) & np.isfinite(places) & (scales > 0))] = np.inf
    best = np.argmin(distances, axis=1)
    return [
        _Match(family, *(float(own[i, k]) for own in (places, scales, distances))) if distances[i, k] < np.inf else None
        for i, (family, k) in enumerate(zip(families, best, strict=True))
    ]
