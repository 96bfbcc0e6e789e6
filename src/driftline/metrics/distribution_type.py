"""The family of distributions that a numeric column is like."""

import numpy as np

from driftline import humanize
from driftline.metrics.base import distance
from driftline.profiles.profile import ColumnProfile
from driftline.profiles.sketches.bins import Bins
from driftline.profiles.sketches.distinct import Distinct
from driftline.stats import distribution_fit
from driftline.types import Estimate, Kind

_FEW = 20
_ATOM = 0.1


@distance(title="distribution type", family="description", kinds={Kind.NUMERIC}, low=0, high=1)
def distribution_type(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Kolmogorov-Smirnov distance of the finite values from the family that fits them best, 0 to 1; names the family.

    Constant, discrete (up to 20 different values), uniform, normal, exponential, lognormal, logistic, gamma, or
    heavy-tailed (Student's t or Pareto), the simplest of those that fit about as well; other where none comes nearer
    than 0.1. A single value that at least a tenth of the rows have is named, and the rest is fitted. Fitted to the
    counts under the plan's edges, so coarse where values lie outside of the reference's range. The reason says when
    the family is another one than in the reference. Described only, without interval: the fit is to the same rows.

    >>> from driftline.testing.examples import measure
    >>> print(measure("distribution_type", list(range(200)), list(range(200))))
    0.0025, n = 200; reference 0.0025
    """
    now, was = _type(current), reference.once("distribution_type", _type)
    if now is None or was is None:
        return None
    changed = now.detail["family"] != was.detail["family"]
    says = f"{now.says}; in the reference {was.says}" if changed else now.says
    detail = {**now.detail, "changed": changed}
    return Estimate(value=now.value, n=now.n, reference=Estimate(value=was.value, n=was.n), says=says, detail=detail)


def _type(column: ColumnProfile) -> Estimate | None:
    """Distance, family and parameters of one side."""
    bins, distinct = column.get(Bins).counts, column.get(Distinct)
    n = int(bins.sum())
    if not n:
        return None
    if distinct.exact and distinct.hashes.size <= _FEW:
        family = "constant" if distinct.hashes.size == 1 else "discrete"
        return _said(0.0, n, family, humanize.count(distinct.hashes.size, "value"))
    if not column.plan.edges.size:
        return _said(None, n, "not known", "the reference has no finite values")
    rest, heavy, atom = bins.astype(float), 2 * int(np.argmax(bins[1::2])) + 1, ""
    if bins[heavy] >= _ATOM * n:
        share, value = (
            humanize.quantity(bins[heavy] / n, "share"),
            humanize.number(float(column.plan.edges[heavy // 2])),
        )
        rest[heavy], atom = 0.0, f"{share} are {value}, the rest "
    fit = distribution_fit.fit_best(column.plan.edges, rest)
    if fit is None:
        return _said(None, n, "not known", "too few edges within the values")
    return _said(fit.distance, n, "mixed" if atom else fit.family, fit.parameters, atom and f"{atom}{fit.family}")


def _said(value: float | None, n: int, family: str, parameters: str, name: str = "") -> Estimate:
    says, detail = f"{name or family} ({parameters})", {"family": family, "parameters": parameters}
    return Estimate(value=value, n=n, why=parameters, says=says, detail=detail)
