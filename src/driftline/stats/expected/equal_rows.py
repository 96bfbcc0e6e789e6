"""Whether losses differ at equal features: of current rows and rows of the reference that look alike.

Two halves of the rows, drawn by their features; what is learnt of one half is used on the other.
"""

from typing import NamedTuple

import numpy as np
import scipy

from driftline.arrays import Floats, Integers
from driftline.stats.intervals import Interval
from driftline.stats.multivariate import Learn

_LEAST = 10  # rows of a side in each half
_Z = 1.959964


class EqualRows(NamedTuple):
    """Mean loss of the current rows and of the reference's, both weighted alike, and how many rows they are.

    `effective` is the smaller of both sides' effective sample sizes (Kish 1965).
    """

    now: Interval
    was: Interval
    effective: float


class Side(NamedTuple):
    """Features (n, d), losses (n,) and the half, 0 or 1, of each row (n,)."""

    rows: Floats
    losses: Floats
    halves: Integers


def compare_losses(current: Side, reference: Side, learn_loss: Learn, learn_odds: Learn) -> EqualRows | None:
    """Doubly robust comparison of losses at equal features; None where a half has less than ten rows of a side.

    A row counts by the chance that such a row is the other side's (overlap weights; Li, Morgan & Zaslavsky 2018), so
    what one side alone has counts for nothing. Each loss is taken less what the features lead to expect, learnt from
    the reference's other half: a shift of the features alone moves nothing as long as either is learnt well (Robins,
    Rotnitzky & Zhao 1994). `learn_odds` gives the log-odds that a row is a current one. Intervals (95 %) are normal, of
    the weighted residuals.
    """
    sides: tuple[list[Floats], list[Floats]] = [], []
    for half in (0, 1):
        now, was = current.halves == half, reference.halves == half
        if min(now.sum(), was.sum(), (~now).sum(), (~was).sum()) < _LEAST:
            return None
        expect = learn_loss(reference.rows[~was], reference.losses[~was])
        side = np.concatenate((np.ones(int((~now).sum())), np.zeros(int((~was).sum()))))
        odds = learn_odds(np.concatenate((current.rows[~now], reference.rows[~was])), side)
        for rows, losses, sign, kept in (
            (current.rows[now], current.losses[now], 1.0, sides[0]),
            (reference.rows[was], reference.losses[was], -1.0, sides[1]),
        ):
            kept.append(np.stack((losses, losses - expect(rows), scipy.special.expit(-sign * odds(rows)))))
    (_, left_now, of_now), (losses, left_was, of_was) = (np.concatenate(parts, axis=1) for parts in sides)
    of_now, of_was = of_now / of_now.sum(), of_was / of_was.sum()
    mean, base, level = float(of_now @ left_now), float(of_was @ left_was), float(of_was @ losses)
    errors = [
        float(np.sqrt(weight**2 @ (left - at) ** 2))
        for weight, left, at in ((of_now, left_now, mean), (of_was, left_was, base))
    ]
    value = level + mean - base
    return EqualRows(
        (value, value - _Z * errors[0], value + _Z * errors[0]),
        (level, level - _Z * errors[1], level + _Z * errors[1]),
        float(min(1 / (of_now @ of_now), 1 / (of_was @ of_was))),
    )
