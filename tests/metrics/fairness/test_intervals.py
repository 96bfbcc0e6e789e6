"""Intervals of differences and ratios between groups hold what they say."""

import math

import numpy as np
import pytest

from driftline.stats.intervals import wilson
from driftline.stats.segments.group_gaps import largest_difference, pair_confidence, smallest_ratio

N, TIMES = 200, 600


@pytest.mark.parametrize(
    "rates", [(0.3, 0.3), (0.3, 0.2), (0.1, 0.1, 0.1), (0.3,) * 5, (0.5, 0.45, 0.1), (0.02, 0.02), (0.9, 0.05)]
)
def test_coverage(rates):
    """The true difference and ratio lie within the interval in 95 % of samples, or more."""
    random = np.random.default_rng(len(rates))
    confidence = pair_confidence(len(rates))
    held = np.zeros(2)
    for counts in random.binomial(N, rates, (TIMES, len(rates))):
        groups = [wilson(int(count), N, confidence) for count in counts]
        truth = max(rates) - min(rates), min(rates) / max(rates)
        for at, (value, low, high) in enumerate((largest_difference(groups), smallest_ratio(groups))):
            held[at] += low <= truth[at] + 1e-12 <= high + 1e-9 or math.isnan(value)
    assert (held / TIMES >= 0.93).all()


def test_degenerate():
    """Without two groups there is no value; of rates that are all 0 there is no ratio."""
    assert all(map(math.isnan, largest_difference([(0.1, 0.0, 0.2)])))
    assert all(map(math.isnan, smallest_ratio([(0.0, 0.0, 0.1)] * 2)))
    assert (0.0, 0.0) == smallest_ratio([(0.0, 0.0, 0.1), (0.5, 0.4, 0.6)])[:2]
