"""Kullback-Leibler divergence of the current rows from the reference."""

from driftline.metrics.base import VALUES, distance
from driftline.profiles.profile import ColumnProfile
from driftline.stats import divergence
from driftline.types import Estimate


@distance(
    title="Kullback-Leibler divergence",
    family="drift",
    kinds=VALUES,
    unit="nats",
    low=0,
    threshold=0.08,
    judged=False,
    windowed=True,
)
def kl(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Kullback-Leibler divergence: the sum of p ln(p / q) over about ten groups of values, in nats, from 0.

    p is the current, q the reference share: what it costs to take the reference for the truth. Other tools may take the
    sides the other way round. Half a row is added to each group of both sides, so it is finite where a group is empty.
    0.08 is a shift of a normal column by about 0.4 of its standard deviation. Groups, bias and p-value as for the
    population stability index. Source: Kullback & Leibler (1951).
    """
    return Estimate.from_interval(divergence.kullback_leibler(current.grouped, reference.grouped), current.n)
