"""Kullback-Leibler divergence of the current rows from the reference."""

from driftline.metrics.base import VALUES
from driftline.metrics.base_drift import drift
from driftline.profiles.profile import ColumnProfile
from driftline.stats import divergence
from driftline.types import Estimate


@drift(title="Kullback-Leibler divergence", kinds=VALUES, unit="nats", threshold=0.08)
def kl(current: ColumnProfile, reference: ColumnProfile) -> Estimate | None:
    """Kullback-Leibler divergence: the sum of p ln(p / q) over about ten groups of values, in nats, from 0.

    p is the current, q the reference share: what it costs to take the reference for the truth. Other tools may take the
    sides the other way round. Half a row is added to each group of both sides, so it is finite where a group is empty.
    0.08 is a shift of a normal column by about 0.4 of its standard deviation. Groups, bias and p-value as for the
    population stability index. Source: Kullback & Leibler (1951).

    >>> from driftline.testing.examples import measure
    >>> print(measure("kl", ["a"] * 30 + ["b"] * 70, ["a"] * 100 + ["b"] * 100))
    0.0732 (0.0191 to 0.233), n = 100
    """
    return Estimate.from_interval(divergence.kullback_leibler(current.grouped, reference.grouped), current.sample_size)
