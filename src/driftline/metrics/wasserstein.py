"""Wasserstein distance between the reference and the current rows."""

from driftline.metric import distance
from driftline.profile import ColumnProfile
from driftline.sketches.bins import Bins
from driftline.sketches.moments import Moments
from driftline.stats import ecdf
from driftline.types import Estimate, Kind


@distance(title="Wasserstein distance", family="drift", kinds={Kind.NUMERIC}, low=0)
def wasserstein(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Mean distance that values must move to turn one distribution into the other, in the column's unit, from 0.

    From counts and sums in about 256 bins: exact where values lie on the edges; what a bin can hide is in the interval.
    Finite values only. The p-value is by moments of the distance under no drift. Source: Kantorovich (1942); Vallender
    (1974).
    """
    now, was, ends, past = current.get(Bins), reference.get(Bins), current.get(Moments), reference.get(Moments)
    found = ecdf.wasserstein(
        current.plan.edges, now.counts, was.counts, now.sums, was.sums,
        (ends.minimum, ends.maximum), (past.minimum, past.maximum),
    )  # fmt: skip
    return Estimate.of(found, ends.n)
