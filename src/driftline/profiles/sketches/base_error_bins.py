"""Sizes of the errors of a regression in fine logarithmic bins: what their quantiles and bars are read from."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from driftline.arrays import Floats, Integers
from driftline.profiles.batch import Batch
from driftline.profiles.plan import Plan
from driftline.profiles.sketches.base import TableSketch
from driftline.types import Role, Task

PER_OCTAVE = 128  # bins between a power of two and the next: each at most 1/128 of its lower bound wide
ZERO = -(2**20)  # the bin of no error at all
LARGEST = float(np.finfo(np.float64).max)
_TINY = float(np.finfo(np.float64).tiny)
_REST = 52 - 7  # bits of a float64 below those that say octave and place
_BIAS = 1022 * PER_OCTAVE


@dataclass(init=False, eq=False)
class ErrorBins(TableSketch):
    """Filled bins (b,), ascending, and the number of rows (b,) whose error has the size of each.

    Bin i of octave e spans 2^(e-1) (1 + i/128) to 2^(e-1) (1 + (i+1)/128), its lower bound included; its number is 128
    e + i. The bounds are exact in float64, so the same rows give the same bits on every machine. No error is the bin
    `ZERO`; errors too large for a float64 are in the last.
    """

    bins: Integers
    counts: Integers
    FIELDS: ClassVar[tuple[str, ...]] = ("bins", "counts")

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.bins = np.empty(0, np.int64)
        self.counts = np.empty(0, np.int64)

    @classmethod
    def suits(cls, plan: Plan) -> bool:
        """Regressions with target and prediction."""
        return plan.serves(Task.REGRESSION, Role.TARGET, Role.PREDICTION)

    @staticmethod
    @abstractmethod
    def sizes(errors: Floats) -> Floats:
        """The sizes, none below 0, of those of the errors (prediction - target) that are counted here."""

    def absorb(self, rows: Batch) -> None:
        """Fold in one batch; rows whose target or prediction is not finite do not count."""
        columns = (self.plan.require_role(role) for role in (Role.TARGET, Role.PREDICTION))
        target, prediction = rows.finite_pairs(*columns)
        with np.errstate(over="ignore"):
            errors = np.minimum(self.sizes(prediction - target), LARGEST)
        if not errors.size:
            return
        place = (errors.view(np.int64) >> _REST) - _BIAS
        small = np.flatnonzero(errors < _TINY)  # has no bits of its octave
        mantissa, octave = np.frexp(errors[small])
        place[small] = octave.astype(np.int64) * PER_OCTAVE + ((mantissa - 0.5) * (2 * PER_OCTAVE)).astype(np.int64)
        place[errors == 0] = lowest = place[errors > 0].min(initial=0) - 1
        counts = np.bincount(place - lowest)
        filled = np.flatnonzero(counts)
        bins = np.where(filled > 0, filled + lowest, ZERO)
        self._add_batch(self._like(bins=bins, counts=counts[filled].astype(np.int64)))

    def merge(self, other: Self) -> Self:
        """Sum of both, bin by bin."""
        bins, where = np.unique(np.concatenate((self.bins, other.bins)), return_inverse=True)
        counts = np.zeros(bins.size, np.int64)
        np.add.at(counts, where, np.concatenate((self.counts, other.counts)))
        return self._like(bins=bins, counts=counts)

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.counts.sum())

    def histogram(self) -> tuple[Floats, Integers]:
        """Edges (k,) and counts (2k + 1,) as `stats.ecdf` reads them; k = 0 without rows."""
        octave, place = np.divmod(self.bins, PER_OCTAVE)
        low, high = (
            np.ldexp((PER_OCTAVE + place + step) / (2.0 * PER_OCTAVE) * 0.5, octave.clip(-1200, 1024))
            for step in (0, 1)
        )  # halved, so that the last bound is no overflow
        low, high = (np.where(self.bins == ZERO, 0.0, np.minimum(end, LARGEST / 2) * 2) for end in (low, high))
        edges = np.unique(np.concatenate((low, high)))
        counts = np.zeros(2 * edges.size + 1, np.int64)
        at = 2 * np.searchsorted(edges, low) + np.where(self.bins == ZERO, 1, 2)
        counts[at] = self.counts
        return edges, counts
